"""What each group did on each day: one grid of groups by days for all accounts."""

from typing import NamedTuple, Self

import numpy as np
import polars as pl

from detector.kernels.arrays import MOST, Flags, Ints, Longs
from detector.kernels.blocks import AccountRows
from detector.kernels.loops import loop
from detector.schemas import ACCOUNT, DeviceGroups, Visits

V = Visits

_NOBODY = -1


class Seen(NamedTuple):
    """Visits of whole accounts as numbers, each account's and each device's together."""

    account: Ints
    devices: Ints
    """The first visit of each device, and the number of visits."""
    group: Ints
    owner: Ints
    """The group of the place; -1 for nobody's."""
    day: Ints
    place: Ints
    use: Ints
    playing: Longs

    @classmethod
    def of(cls, rows: AccountRows) -> Self:
        """Turn visits with `group` and `owner` into numbers."""
        owner = rows.frame["owner"].fill_null(_NOBODY).cast(pl.Int64).to_numpy()
        day, place, use = (rows.numbers(c.name) for c in (V.day, V.place, V.use))
        playing = rows.values(V.playing.name)
        group = rows.numbers(DeviceGroups.group.name)
        return cls(rows.account, rows.devices, group, owner, day, place, use, playing)


class Grid(NamedTuple):
    """One row per group, one column per day."""

    seen: Flags
    placed: Flags
    """Was at any place."""
    nowhere: Flags
    """Was seen on the road."""
    own: Flags
    """Was at its own place."""
    at_home: Flags
    visited: Flags
    """Somebody of home was at its place."""
    playing: Longs
    """Half-hours played at its own place."""


class Counts(NamedTuple):
    """One number per group."""

    own_use: Ints
    home_use: Ints
    """Half-hours in which it was seen at home, of each device."""
    new_devices: Ints
    """Devices that came new to the account."""
    new_at_home: Ints
    """Of these, those first seen at home."""


class GroupDays(NamedTuple):
    """The days of all groups of some accounts."""

    rows: AccountRows
    visits: Seen
    keys: pl.DataFrame
    """account_id and group, sorted: every number from 0 to the account's last."""
    first: Ints
    """The first row of each account, and the number of rows."""
    start: int
    """The day of the first column, since 1970."""
    grid: Grid
    counts: Counts

    @classmethod
    def of(cls, seen: pl.DataFrame, settled_days: int) -> Self:
        """Fill the grid.

        Args:
            seen: Visits with `group`, and with `owner`, the group of the place.
            settled_days: A device first seen later than this after the account's first day is new.
        """
        rows = AccountRows.of(seen)
        visits = Seen.of(rows)
        last = np.maximum.reduceat(visits.group, rows.accounts[:-1]) if len(seen) else rows.device
        first = np.concatenate([[0], np.cumsum(last + 1)])
        account = np.repeat(np.arange(len(last)), last + 1)
        number = np.arange(len(account)) - first[account]
        keys = pl.DataFrame(
            {
                ACCOUNT: rows.first_of(rows.accounts, ACCOUNT).gather(account),
                DeviceGroups.group.name: pl.Series(number, dtype=pl.Int32),
            }
        )
        start = int(visits.day.min()) if len(seen) else 0
        days = int(visits.day.max()) - start + 1 if len(seen) else 1
        shape = (len(account), days)
        flags = {name: np.zeros(shape, np.bool_) for name in Grid._fields if name != "playing"}
        grid = Grid(**flags, playing=np.zeros(shape, np.uint64))
        counts = Counts(*(np.zeros(len(account), np.int64) for _ in Counts._fields))
        _fill(visits, first, start, grid, counts)
        _count_new_devices(visits, first, counts, settled_days)
        return cls(rows, visits, keys, first, start, grid, counts)

    @property
    def home(self) -> Ints:
        """The row of each group's home."""
        return np.repeat(self.first[:-1], np.diff(self.first))


@loop
def _fill(visits: Seen, first: Ints, start: int, grid: Grid, counts: Counts) -> None:
    for i in range(len(visits.day)):
        begin, day = first[visits.account[i]], visits.day[i] - start
        row, owner = begin + visits.group[i], visits.owner[i]
        grid.seen[row, day] = True
        if visits.place[i] < 0:
            grid.nowhere[row, day] = True
            continue
        grid.placed[row, day] = True
        if owner == visits.group[i]:
            grid.own[row, day] = True
            grid.playing[row, day] |= visits.playing[i]
            counts.own_use[row] += visits.use[i]
        if owner == 0:
            grid.at_home[row, day] = True
            counts.home_use[row] += visits.use[i]
        elif owner > 0 and visits.group[i] == 0:
            grid.visited[begin + owner, day] = True


@loop
def _count_new_devices(visits: Seen, first: Ints, counts: Counts, settled_days: int) -> None:
    begin = np.full(len(first) - 1, MOST, np.int64)
    for i in range(len(visits.day)):
        begin[visits.account[i]] = min(begin[visits.account[i]], visits.day[i])
    for device in range(len(visits.devices) - 1):
        came, at_home = np.int64(-1), False
        for i in range(visits.devices[device], visits.devices[device + 1]):
            if visits.place[i] < 0 or (0 <= came < visits.day[i]):
                continue
            at_home = visits.owner[i] == 0 or (visits.day[i] == came and at_home)
            came = visits.day[i]
        account = visits.account[visits.devices[device]]
        if came - begin[account] > settled_days:
            row = first[account] + visits.group[visits.devices[device]]
            counts.new_devices[row] += 1
            counts.new_at_home[row] += at_home
