"""Rows of whole accounts as numbers: where each account and each device begins."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from detector.kernels.arrays import Flags, Ints
from detector.schemas import ACCOUNT, DEVICE


@dataclass(frozen=True)
class AccountRows:
    """A table whose rows lie together by account and device: a block-diagonal layout.

    What is done for one account touches only its own stretch of each column, so that compiled
    code goes through millions of accounts in one loop, and none needs a table of its own.
    """

    frame: pl.DataFrame
    """Sorted by account and device."""

    accounts: Ints
    """The first row of each account, and the number of rows."""

    devices: Ints
    """The first row of each device, and the number of rows; a device is one account's."""

    device: Ints
    """The device of each row, numbered in the order of rows."""

    @classmethod
    def of(cls, frame: pl.DataFrame) -> Self:
        """Lay out a table with accounts and devices; one that is sorted stays as it is.

        Examples:
            >>> table = pl.DataFrame({"account_id": ["ada", "ada", "bob"],
            ...                       "device_id": ["tv", "phone", "tv"]})
            >>> rows = AccountRows.of(table)
            >>> rows.accounts.tolist(), rows.devices.tolist(), rows.frame["device_id"].to_list()
            ([0, 2, 3], [0, 1, 2, 3], ['phone', 'tv', 'tv'])
        """
        steps = _steps(frame)
        if steps["back"].any():
            frame = frame.sort(ACCOUNT, DEVICE, maintain_order=True)
            steps = _steps(frame)
        account, device = steps["account"].to_numpy(), steps["device"].to_numpy()
        return cls(frame, _starts(account), _starts(device), np.cumsum(device) - 1)

    @property
    def account(self) -> Ints:
        """The account of each row, numbered in the order of rows."""
        return np.repeat(np.arange(len(self.accounts) - 1), np.diff(self.accounts))

    @property
    def first_devices(self) -> Ints:
        """The first device of each account, and the number of devices."""
        return np.searchsorted(self.devices, self.accounts)

    def numbers(self, column: str) -> Ints:
        """A column of dates or of whole numbers.

        It is the caller's own: were some arrays locked, each loop would be compiled for both.
        """
        return self.frame[column].to_physical().cast(pl.Int64).to_numpy(writable=True)

    def values(self, column: str) -> NDArray[Any]:
        """A column of numbers as it is, the caller's own."""
        return self.frame[column].to_numpy(writable=True)

    def first_of(self, starts: Ints, column: str) -> pl.Series:
        """What stands in the first row of each account, or of each device."""
        return self.frame[column].gather(starts[:-1])


def _steps(frame: pl.DataFrame) -> pl.DataFrame:
    """Whether each row has another account or device than the one before, and comes too late."""
    account, device = pl.col(ACCOUNT), pl.col(DEVICE)
    new = (account != account.shift()).fill_null(value=True)
    return frame.select(
        account=new,
        device=new | (device != device.shift()),
        back=(account < account.shift()) | (~new & (device < device.shift())),
    )


def _starts(new: Flags) -> Ints:
    return np.append(np.flatnonzero(new), len(new))
