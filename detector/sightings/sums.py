# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
"""Events added up in compiled code, so that pieces of a log can be added up again.

What `detector.sightings.build` says of single tables holds for the sums of many: each piece of a
log becomes sums that still know the fingerprints of their events, and sums of several pieces merge
into sums of the whole, every event counted once, in however many pieces it was delivered.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numba import njit  # pyright: ignore[reportMissingTypeStubs]
from numpy.typing import NDArray

from detector.log_settings import EventSettings

Ints = NDArray[np.int64]
Codes = NDArray[np.int32]
Words = NDArray[np.uint64]
Bits = NDArray[np.uint32]
Kinds = NDArray[np.uint8]
Flags = NDArray[np.bool_]
Scalar = TypeVar("Scalar", bound=np.generic)

NEVER, ALWAYS, IF_LASTING, STOPS = range(4)
"""Whether an event says that something plays: never, yes, if it has a duration, until now."""

NO_LABEL = np.iinfo(np.int32).max
NO_PLACE = np.iinfo(np.int32).min

_SLOT_US = 30 * 60 * 1_000_000
_SLOTS = 48


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

    prints: Words
    lat: Codes
    lon: Codes
    """In 1e-4 degrees, `NO_PLACE` where unknown; empty if that is so everywhere."""


@dataclass(frozen=True)
class Sums:
    """Sightings, their keys and labels as codes, with the fingerprints of their events."""

    keys: Keys
    kind: Kinds
    hours: Bits
    playing: Words
    profiles: Words
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

    plays: Kinds
    """`NEVER`, `ALWAYS`, `IF_LASTING` or `STOPS`."""

    kind: Kinds
    profiles: Words
    labels: Mapping[str, Codes]
    prints: Words
    lat: Codes
    lon: Codes


def spread_events(seen: ReadableRows, settings: EventSettings) -> Sums:
    """Say of each event what it says of its day, and of the other day that it plays on.

    Returns:
        Sums whose days are numbered three by three: what the events of the day before say of
        a day, its own events, and those of the day after; see `told_day` and `log_day`.
    """
    other, day, hours, playing = _spread(
        seen.ts, seen.duration, seen.plays, settings.max_play_hours * 3600
    )

    def spread(column: NDArray[Scalar]) -> NDArray[Scalar]:
        """The events' own days first, then the other days of some of them."""
        return np.concatenate([column, column[other]])

    beside = np.zeros(len(day), np.int32)
    beside[len(seen.ts) :] = seen.ts[other] // (_SLOT_US * _SLOTS) - day[len(seen.ts) :]
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
    row, first = _group(keys.account, keys.device, keys.network, keys.day)
    if rank is not None and len(row):
        order = np.argsort(rank[keys.account[first]], kind="stable")
        place = np.empty(len(order), np.int32)
        place[order] = np.arange(len(order), dtype=np.int32)
        row, first = place[row], first[order]
    size = len(first)
    kind, hours, playing, profiles = _united(
        row, size, sums.kind, sums.hours, sums.playing, sums.profiles
    )
    labels = {name: _least(row, size, codes) for name, codes in sums.labels.items()}
    given = sums.prints
    ends, prints, lat, lon, totals, copies = _once(
        row, size, given.ends, given.prints, given.lat, given.lon
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


@njit(cache=True, nogil=True)
def _spread(  # noqa: PLR0915 - one loop, as compiled code likes it
    ts: Ints, duration: Ints, plays: Kinds, longest: int
) -> tuple[Ints, Codes, Bits, Words]:
    """Days, hours and half-hours: see `build_sightings` for what they mean.

    Of all events in their order, then of those that tell of another day too; which these are.
    """
    count = len(ts)
    row, day = np.empty(count, np.int64), np.empty(2 * count, np.int32)
    hours, playing = np.empty(2 * count, np.uint32), np.empty(2 * count, np.uint64)
    others = 0
    for i in range(count):
        length = min(max(duration[i], 0), longest) * 1_000_000
        begin = ts[i] - length if plays[i] == STOPS else ts[i]
        end = begin + length - (1 if length > 0 else 0)
        on = plays[i] == STOPS or plays[i] == ALWAYS
        on = on or (plays[i] == IF_LASTING and duration[i] >= 0)
        slot, first, last = ts[i] // _SLOT_US, begin // _SLOT_US, end // _SLOT_US
        own = slot // _SLOTS
        other = first // _SLOTS if first // _SLOTS != own else last // _SLOTS
        for each in range(2 if on and other != own else 1):
            at, to = (own, i) if each == 0 else (other, count + others)
            low = min(max(first - at * _SLOTS, 0), _SLOTS)
            high = min(max(last + 1 - at * _SLOTS, 0), _SLOTS)
            seen, slots = np.uint64(0), np.uint64(0)
            if each == 0:
                seen = np.uint64(1) << np.uint64((slot - at * _SLOTS) // 2)
            else:
                row[others] = i
                others += 1
            if on and high > low:
                slots = _bits(low, high)
                seen |= _bits(low // 2, (high + 1) // 2)
            day[to] = at
            hours[to], playing[to] = np.uint32(seen), slots
    filled = count + others
    return row[:others], day[:filled], hours[:filled], playing[:filled]


@njit(cache=True, nogil=True, inline="always")
def _bits(low: int, high: int) -> np.uint64:
    """Bits low .. high - 1 set."""
    return (np.uint64(1) << np.uint64(high)) - (np.uint64(1) << np.uint64(low))


@njit(cache=True, nogil=True)
def _group(  # noqa: PLR0915 - one loop, as compiled code likes it
    account: Codes, device: Codes, network: Codes, day: Codes
) -> tuple[Codes, Ints]:
    """Number the distinct keys in order of first use; open addressing, at most half full."""
    count = len(account)
    size = 1024
    while size < count:
        size *= 2
    size *= 2
    slots = np.full(size, -1, np.int32)
    group, first = np.empty(count, np.int32), np.empty(count, np.int64)
    found = 0
    for i in range(count):
        mark = np.uint64(account[i]) * np.uint64(0x9E3779B185EBCA87)
        mark = (mark ^ np.uint64(device[i])) * np.uint64(0xC2B2AE3D27D4EB4F)
        mark ^= mark >> np.uint64(29)
        mark = (mark ^ np.uint64(network[i])) * np.uint64(0x165667B19E3779F9)
        mark = (mark ^ np.uint64(day[i])) * np.uint64(0x9E3779B185EBCA87)
        slot = np.int64((mark ^ (mark >> np.uint64(32))) & np.uint64(size - 1))
        while True:
            other = slots[slot]
            if other < 0:
                slots[slot], first[found] = found, i
                other = np.int32(found)
                found += 1
                break
            j = first[other]
            same = account[i] == account[j] and device[i] == device[j]
            if same and network[i] == network[j] and day[i] == day[j]:
                break
            slot = (slot + 1) & (size - 1)
        group[i] = other
    return group, first[:found].copy()


@njit(cache=True, nogil=True)
def _united(  # noqa: PLR0913 - flat arrays, as compiled code takes them
    row: Codes, size: int, kind: Kinds, hours: Bits, playing: Words, profiles: Words
) -> tuple[Kinds, Bits, Words, Words]:
    """The least kind and all bits of each row's parts."""
    kinds = np.full(size, 255, np.uint8)
    all_hours, slots = np.zeros(size, np.uint32), np.zeros(size, np.uint64)
    all_profiles = np.zeros(size, np.uint64)
    for i in range(len(row)):
        to = row[i]
        kinds[to] = min(kinds[to], kind[i])
        all_hours[to] |= hours[i]
        slots[to] |= playing[i]
        all_profiles[to] |= profiles[i]
    return kinds, all_hours, slots, all_profiles


@njit(cache=True, nogil=True)
def _least(row: Codes, size: int, codes: Codes) -> Codes:
    least = np.full(size, NO_LABEL, np.int32)
    for i in range(len(row)):
        least[row[i]] = min(least[row[i]], codes[i])
    return least


@njit(cache=True, nogil=True)
def _once(  # noqa: C901, PLR0913, PLR0915 - flat arrays in one pass
    row: Codes, size: int, ends: Ints, prints: Words, lat: Codes, lon: Codes
) -> tuple[Ints, Words, Codes, Codes, Ints, np.int64 | int]:
    """Gather the fingerprints of each row, each once, and add up where its events were."""
    starts = np.zeros(size + 1, np.int64)
    for i in range(len(row)):
        starts[row[i] + 1] += ends[i + 1] - ends[i]
    starts = np.cumsum(starts)
    at = starts[:-1].copy()
    source = np.empty(starts[-1], np.int64)
    for i in range(len(row)):
        for j in range(ends[i], ends[i + 1]):
            source[at[row[i]]] = j
            at[row[i]] += 1
    whole, places = np.zeros(size + 1, np.int64), len(lat) > 0
    kept = np.empty(len(source), np.uint64)
    kept_lat = np.empty(len(source) if places else 0, np.int32)
    kept_lon = np.empty(len(source) if places else 0, np.int32)
    totals = np.zeros((3, size), np.int64)
    filled, copies = 0, 0
    for to in range(size):
        mine = source[starts[to] : starts[to + 1]]
        _sort_by_print(mine, prints)
        for k in range(len(mine)):
            j = mine[k]
            if k and prints[mine[k - 1]] == prints[j]:
                copies += 1 - np.int64(prints[j] & np.uint64(1))
                continue
            kept[filled] = prints[j]
            if places:
                kept_lat[filled], kept_lon[filled] = lat[j], lon[j]
                if lat[j] != NO_PLACE:
                    totals[0, to] += 1
                    totals[1, to] += lat[j]
                    totals[2, to] += lon[j] if lon[j] != NO_PLACE else 0
            filled += 1
        whole[to + 1] = filled
    if places:
        kept_lat, kept_lon = kept_lat[:filled].copy(), kept_lon[:filled].copy()
    return whole, kept[:filled].copy(), kept_lat, kept_lon, totals, copies


@njit(cache=True, nogil=True)
def _sort_by_print(mine: Ints, prints: Words) -> None:
    """Sort in place; most rows have few events, or come sorted."""
    if len(mine) > 48:
        mine[:] = mine[np.argsort(prints[mine])]
        return
    for k in range(1, len(mine)):
        j = mine[k]
        back = k - 1
        while back >= 0 and prints[mine[back]] > prints[j]:
            mine[back + 1] = mine[back]
            back -= 1
        mine[back + 1] = j
