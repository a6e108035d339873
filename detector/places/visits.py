"""Sightings → visits: which device was at which place on which day, addresses taken off."""

import dataframely as dy
import numpy as np
import polars as pl

from detector.kernels.arrays import Ints, Longs
from detector.kernels.bits import to_hours
from detector.kernels.blocks import AccountRows
from detector.kernels.loops import loop
from detector.kernels.sorts import sort_rows
from detector.schemas import Sightings, Visits

S, V = Sightings, Visits


def build_visits(rows: AccountRows, place: Ints) -> dy.DataFrame[Visits]:
    """Unite the sightings of each device, day and place.

    Args:
        rows: The sightings.
        place: Of each of them, -1 for nowhere in particular.

    Returns:
        One row per device, day and place, sorted.

    Examples:
        The provider gave Ada's line another address in the course of a day:

        >>> from datetime import date
        >>> rows = AccountRows.of(Sightings.sample(overrides={
        ...     "account_id": "ada", "device_id": "tv", "network": ["81.2.69.142", "81.2.70.9"],
        ...     "day": date(2026, 5, 1), "seen": [0b0011, 0b0110]}))
        >>> build_visits(rows, np.array([0, 0])).select("place", "use").rows()
        [(0, 3)]
    """
    frame = rows.frame
    day = rows.numbers(S.day.name)
    said = (rows.values(column.name) for column in (S.seen, S.playing, S.profiles))
    first, seen, playing, profiles = _unite(rows.devices, day, place, *said)
    keys = frame.select(V.account_id.name, V.device_id.name, V.day.name)
    found = keys[first].with_columns(
        pl.Series(V.place.name, place[first].astype(np.int32)),
        pl.Series(V.use.name, seen).bitwise_count_ones(),
        pl.Series(V.hours.name, to_hours(seen)),
        pl.Series(V.playing.name, playing),
        pl.Series(V.profiles.name, profiles),
    )
    return Visits.cast(found)


@loop
def _unite(  # noqa: PLR0913 - flat arrays, as compiled code takes them
    devices: Ints, day: Ints, place: Ints, seen: Longs, playing: Longs, profiles: Longs
) -> tuple[Ints, Longs, Longs, Longs]:
    """A row of each device, day and place, with all bits together."""
    order, all_seen = np.arange(len(day)), np.zeros(len(day), np.uint64)
    slots, users = np.zeros(len(day), np.uint64), np.zeros(len(day), np.uint64)
    kept = -1
    for device in range(len(devices) - 1):
        begin, end = devices[device], devices[device + 1]
        mine = order[begin:end].copy()
        sort_rows(mine, day, place)
        for k in range(len(mine)):
            row, last = mine[k], mine[k - 1]
            if k == 0 or day[row] != day[last] or place[row] != place[last]:
                kept += 1
                order[kept] = row
            all_seen[kept] |= seen[row]
            slots[kept] |= playing[row]
            users[kept] |= profiles[row]
    end = kept + 1
    return order[:end], all_seen[:end], slots[:end], users[:end]
