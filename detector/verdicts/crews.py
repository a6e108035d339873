"""Whose the devices, places and days of some accounts are, in numbers.

Numbers in place of names: what joins by text would find again for each table is looked up once.
"""

from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np
import polars as pl

from detector.kernels.arrays import Ints
from detector.kernels.blocks import AccountRows
from detector.kernels.grids import find_ends
from detector.kernels.positions import find_devices, locate
from detector.schemas import ACCOUNT, DEVICE, DeviceGroups, Visits

GROUP, PLACE = DeviceGroups.group.name, Visits.place.name
NOBODY = -1
_SHIFT = 32


class Crews(NamedTuple):
    """The groups of devices of some accounts: a crew is a group of one account."""

    rows: AccountRows
    """The visits."""
    codes: Ints
    """Account and group of each crew in one number; sorted."""
    of_device: Ints
    """The crew of each device of the rows; -1 for none."""

    @classmethod
    def of(cls, visits: pl.DataFrame, groups: pl.DataFrame) -> Self:
        """Number the crews.

        Args:
            visits: Of whole accounts.
            groups: `DeviceGroups` of their devices; some may have none.
        """
        rows = AccountRows.of(visits)
        [device] = find_devices(rows, groups[ACCOUNT], groups[DEVICE])
        account = np.repeat(np.arange(len(rows.accounts) - 1), np.diff(rows.first_devices))
        number = groups[GROUP].cast(pl.Int64).to_numpy()
        codes, crew = np.unique(join_numbers(account[device], number), return_inverse=True)
        of_device = np.full(len(account), NOBODY)
        of_device[device] = crew
        return cls(rows, codes, of_device)

    @property
    def keys(self) -> pl.DataFrame:
        """account_id, group of each crew, sorted."""
        account, group = split_numbers(self.codes)
        return pl.DataFrame({ACCOUNT: self.names(account), GROUP: group.astype(np.int32)})

    def names(self, accounts: Ints) -> pl.Series:
        """The ids of accounts, given their numbers."""
        return self.rows.first_of(self.rows.accounts, ACCOUNT).gather(accounts)

    def number(self, table: pl.DataFrame, column: str) -> Ints:
        """The account of each row and a column of whole numbers from 0 on, in one number."""
        names = self.rows.first_of(self.rows.accounts, ACCOUNT)
        number = table[column].cast(pl.Int64).to_numpy()
        return join_numbers(locate(names, table[ACCOUNT]), number)

    def of_groups(self, table: pl.DataFrame) -> Ints:
        """The crew of each row of a table with account_id and group."""
        return find_numbers(self.codes, self.number(table, GROUP))

    @property
    def of_visit(self) -> Ints:
        """The crew of each visit; -1 for none."""
        return self.of_device[self.rows.device]

    @property
    def day(self) -> Ints:
        """Of each visit."""
        return self.rows.numbers(Visits.day.name)


def join_numbers(account: Ints, number: Ints) -> Ints:
    """An account and what is numbered within it, in one number.

    Examples:
        >>> split_numbers(join_numbers(np.array([7]), np.array([2])))
        (array([7]), array([2]))
    """
    return (account << _SHIFT) | number


def split_numbers(codes: Ints) -> tuple[Ints, Ints]:
    """The reverse of `join_numbers`."""
    return codes >> _SHIFT, codes % (1 << _SHIFT)


def find_numbers(known: Ints, asked: Ints) -> Ints:
    """Where numbers stand among others that are sorted; -1 for those that do not.

    Examples:
        >>> find_numbers(np.array([2, 5, 9]), np.array([9, 4, 2])).tolist()
        [2, -1, 0]
    """
    if not len(known):
        return np.full(len(asked), NOBODY)
    at = np.minimum(np.searchsorted(known, asked), len(known) - 1)
    return np.where(known[at] == asked, at, NOBODY)


class SeenDays(NamedTuple):
    """When owners were seen: days since 1970."""

    first: Ints
    last: Ints
    days: Ints
    """On how many; 0 for one that was never seen, whose first and last mean nothing."""

    @classmethod
    def of(cls, owners: Sequence[Ints], day: Ints, count: int) -> Self:
        """Count the days of each owner.

        Args:
            owners: The owner of each row, -1 for none; several if a row has more than one.
            day: Of each row.
            count: How many owners there are.

        Examples:
            >>> SeenDays.of([np.array([0, 1, 0, -1])], np.array([5, 6, 7, 9]), 2)
            SeenDays(first=array([5, 6]), last=array([7, 6]), days=array([2, 1]))
        """
        start = int(day.min()) if len(day) else 0
        width = int(day.max()) - start + 1 if len(day) else 1
        grid = np.zeros((count, width), np.bool_)
        for owner in owners:
            theirs = owner >= 0
            grid[owner[theirs], day[theirs] - start] = True
        first, last = find_ends(grid)
        return cls(start + first, start + last, grid.sum(axis=1))
