"""Rows of whole accounts as numbers: where each account and each device begins."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from detector.kernels.arrays import Flags, Ints
from detector.kernels.runs import begins
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
        account, device = _steps(frame)
        if not _is_sorted(frame.select(ACCOUNT, DEVICE).filter(device)):
            frame = frame.sort(ACCOUNT, DEVICE, maintain_order=True)
            account, device = _steps(frame)
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


def _steps(frame: pl.DataFrame) -> tuple[Flags, Flags]:
    """Whether each row has another account, and another account or device, than the one before."""
    steps = frame.select(account=begins(ACCOUNT), device=begins(ACCOUNT) | begins(DEVICE))
    return steps["account"].to_numpy(), steps["device"].to_numpy()


def _is_sorted(devices: pl.DataFrame) -> bool:
    """Whether rows that differ from the one before come after it; texts take long to compare."""
    account, device = pl.col(ACCOUNT), pl.col(DEVICE)
    back = (account < account.shift()) | ((account == account.shift()) & (device < device.shift()))
    return not devices.select(back.any()).item()


def _starts(new: Flags) -> Ints:
    return np.append(np.flatnonzero(new), len(new))
