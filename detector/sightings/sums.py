"""Events added up in compiled code, so that pieces of a log can be added up again.

What `detector.sightings.build` says of single tables holds for the sums of many: each piece of a
log becomes sums that still know the fingerprints of their events, and sums of several pieces merge
into sums of the whole, every event counted once, in however many pieces it was delivered.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from detector.kernels.arrays import Bits, Bytes, Codes, Flags, Ints, Longs
from detector.log_settings import EventSettings
from detector.sightings.sum_kernels import (
    SLOT_US,
    SLOTS,
    find_least,
    gather_prints,
    group_rows,
    spread_rows,
    unite_rows,
)

Scalar = TypeVar("Scalar", bound=np.generic)

NEVER, ALWAYS, IF_LASTING, STOPS = range(4)
"""Whether an event says that something plays: never, yes, if it has a duration, until now."""

NO_LABEL = np.iinfo(np.int32).max
NO_PLACE = np.iinfo(np.int32).min


@dataclass(frozen=True)
class Keys:
    """Whose sums: codes of texts that the caller knows, and days since 1970.

    Pieces tell apart from which day's events they know of a day: see `spread_events`.
    """

    account: Codes
    device: Codes
    network: Codes
    day: Codes


@dataclass(frozen=True)
class Prints:
    """The fingerprints of the events behind each row, and where these events were.

    The lowest bit tells what an event says of the day on which it did not happen itself. A
    fingerprint is only ever compared with others of the same account, device, network and day.
    """

    ends: Ints
    """One more than there are rows: where each row's fingerprints begin."""

    prints: Longs
    lat: Codes
    lon: Codes
    """In 1e-4 degrees, `NO_PLACE` where unknown; empty if that is so everywhere."""


@dataclass(frozen=True)
class Sums:
    """Sightings, their keys and labels as codes, with the fingerprints of their events."""

    keys: Keys
    kind: Bytes
    hours: Bits
    playing: Longs
    profiles: Longs
    labels: Mapping[str, Codes]
    """Codes in the order of their values, `NO_LABEL` for none."""

    prints: Prints


@dataclass(frozen=True)
class Totals:
    """What was counted over the distinct events of each row."""

    events: Bits
    located: Bits
    lat: Ints
    lon: Ints
    copies: int
    """Events that were there already."""


@dataclass(frozen=True)
class ReadableRows:
    """Readable rows of a log, the values of one column each."""

    keys: Keys
    """The day is worked out from the time; what is given here is not looked at."""

    ts: Ints
    duration: Ints
    """Seconds; -1 where unknown."""

    plays: Bytes
    """`NEVER`, `ALWAYS`, `IF_LASTING` or `STOPS`."""

    kind: Bytes
    profiles: Longs
    labels: Mapping[str, Codes]
    prints: Longs
    lat: Codes
    lon: Codes


def spread_events(seen: ReadableRows, settings: EventSettings) -> Sums:
    """Say of each event what it says of its day, and of the other day that it plays on.

    Returns:
        Sums whose days are numbered three by three: what the events of the day before say of
        a day, its own events, and those of the day after; see `told_day` and `log_day`.
    """
    stops = seen.plays == STOPS
    lasting = (seen.plays == IF_LASTING) & (seen.duration >= 0)
    on = stops | (seen.plays == ALWAYS) | lasting
    longest = settings.max_play_hours * 3600
    other, day, hours, playing = spread_rows(seen.ts, seen.duration, stops, on, longest)

    def spread(column: NDArray[Scalar]) -> NDArray[Scalar]:
        """The events' own days first, then the other days of some of them."""
        return np.concatenate([column, column[other]])

    beside = np.zeros(len(day), np.int32)
    beside[len(seen.ts) :] = seen.ts[other] // (SLOT_US * SLOTS) - day[len(seen.ts) :]
    prints = (spread(seen.prints) & ~np.uint64(1)) | (beside != 0).astype(np.uint64)
    keys = seen.keys
    places = (spread(seen.lat), spread(seen.lon)) if len(seen.lat) else (seen.lat, seen.lon)
    return Sums(
        Keys(spread(keys.account), spread(keys.device), spread(keys.network), 3 * day + beside + 1),
        spread(seen.kind),
        hours,
        playing,
        spread(seen.profiles),
        {name: spread(codes) for name, codes in seen.labels.items()},
        Prints(np.arange(len(day) + 1), prints, *places),
    )


def told_day(days: Codes) -> Codes:
    """The days that sums are of, by their numbers from `spread_events`.

    Examples:
        >>> day = np.array([3 * 20_000], np.int32)
        >>> told_day(day).item(), log_day(day).item()
        (20000, 19999)
    """
    return days // 3


def log_day(days: Codes) -> Codes:
    """The days of the events behind sums, by their numbers from `spread_events`."""
    return days // 3 + days % 3 - 1


def drop_events(sums: Sums, gone: Flags) -> Sums:
    """Leave some events out of the counts, and with them the rows that nothing else is behind.

    Rows keep all else that the events said of them, so this is for copies of events that are
    known of the same account, device, network and day already.

    Args:
        sums: As `add_up` returns them.
        gone: Of each fingerprint, whether its event is left out.
    """
    given = sums.prints
    kept = np.concatenate([[0], np.cumsum(~gone)])[given.ends]
    rows = np.flatnonzero(np.diff(kept))
    places = (given.lat[~gone], given.lon[~gone]) if len(given.lat) else (given.lat, given.lon)
    keys = sums.keys
    return Sums(
        Keys(keys.account[rows], keys.device[rows], keys.network[rows], keys.day[rows]),
        sums.kind[rows],
        sums.hours[rows],
        sums.playing[rows],
        sums.profiles[rows],
        {name: codes[rows] for name, codes in sums.labels.items()},
        Prints(np.append(kept[rows], kept[-1]), given.prints[~gone], *places),
    )


def add_up(sums: Sums, rank: Codes | None = None) -> tuple[Sums, Totals]:
    """Add up the rows of each account, device, network and day.

    Args:
        sums: Of one piece or of several, in any order.
        rank: For each code of an account, which comes first in the result.

    Returns:
        One row for each key, by the rank of its account or else as it came; and the counts,
        copies taken out.
    """
    keys = sums.keys
    row, first = group_rows(keys.account, keys.device, keys.network, keys.day)
    if rank is not None and len(row):
        order = np.argsort(rank[keys.account[first]], kind="stable")
        place = np.empty(len(order), np.int32)
        place[order] = np.arange(len(order), dtype=np.int32)
        row, first = place[row], first[order]
    size = len(first)
    kind, hours, playing, profiles = unite_rows(
        row, size, sums.kind, sums.hours, sums.playing, sums.profiles
    )
    labels = {name: find_least(row, size, codes, NO_LABEL) for name, codes in sums.labels.items()}
    given = sums.prints
    ends, prints, lat, lon, totals, copies = gather_prints(
        row, size, given.ends, given.prints, (given.lat, given.lon), NO_PLACE
    )
    whole = Sums(
        Keys(keys.account[first], keys.device[first], keys.network[first], keys.day[first]),
        kind,
        hours,
        playing,
        profiles,
        labels,
        Prints(ends, prints, lat, lon),
    )
    located = totals[0].astype(np.uint32)
    return whole, Totals(
        np.diff(ends).astype(np.uint32), located, totals[1], totals[2], int(copies)
    )
