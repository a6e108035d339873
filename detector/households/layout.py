"""Visits laid out for the kernels that tell households apart.

Devices lie account by account, and the visits of each device together. A *label* is the number
of a device that speaks for its group, or -1 for what is no device; labels never leave an account.
"""

from typing import NamedTuple, Self

import numpy as np

from detector.kernels.arrays import Ints, Longs
from detector.kernels.blocks import AccountRows
from detector.kernels.loops import loop
from detector.kernels.sorts import sort_rows
from detector.schemas import Visits

V = Visits


class Lives(NamedTuple):
    """What the devices of accounts did."""

    accounts: Ints
    """The first device of each account, and the number of devices."""

    devices: Ints
    """The first visit of each device, and the number of visits."""

    place: Ints
    day: Ints
    use: Ints
    profiles: Longs

    @classmethod
    def of(cls, rows: AccountRows) -> Self:
        """Turn visits into numbers."""
        place, day, use = (rows.numbers(column.name) for column in (V.place, V.day, V.use))
        profiles = rows.values(V.profiles.name)
        return cls(rows.first_devices, rows.devices, place, day, use, profiles)


@loop
def count_days(lives: Lives) -> Ints:
    """Days of each device at any place."""
    days, order = np.zeros(len(lives.devices) - 1, np.int64), np.arange(len(lives.day))
    for device in range(len(days)):
        mine = order[lives.devices[device] : lives.devices[device + 1]]
        sort_rows(mine, lives.day, lives.place)
        last = np.int64(-1)
        for k in range(len(mine)):
            row = mine[k]
            if lives.place[row] >= 0 and (days[device] == 0 or lives.day[row] != last):
                days[device] += 1
                last = lives.day[row]
    return days
