"""Visits → circles: devices of an account that are chained together by the profiles they use."""

import numpy as np
import polars as pl
from numba import njit  # pyright: ignore[reportMissingTypeStubs]
from numpy.typing import NDArray

from detector.account_rows import ACCOUNT, DEVICE, AccountRows, Ints
from detector.bits import BITS, count_bits
from detector.forest import find_root, unite
from detector.schemas import Visits

REGULAR = 10
"""One in so many of a device's uses: a profile used less is a slip of the finger."""

_NOBODY = -1


def find_circles(visits: pl.DataFrame) -> pl.DataFrame:
    """Chain the devices of each account that use the same profiles.

    A family shares a television, so its profiles meet there; two households behind one
    address do not share a screen, and fall into circles of their own.

    Args:
        visits: Of any subset of accounts, whole accounts only.

    Returns:
        account_id, device_id, circle (a number, one for each circle of each account); sorted.
        Devices without profiles have no row.

    Examples:
        >>> seen = pl.DataFrame({
        ...     "account_id": "ada", "device_id": ["tv", "phone", "stick"],
        ...     "profiles": pl.Series([0b011, 0b001, 0b100], dtype=pl.UInt64)})
        >>> find_circles(seen).select("device_id", "circle").rows()
        [('phone', 0), ('stick', 1), ('tv', 0)]
    """
    rows = AccountRows.of(visits)
    circles = _chain(rows.values(Visits.profiles.name), rows.devices, rows.first_devices)
    return pl.DataFrame(
        {
            ACCOUNT: rows.first_of(rows.devices, ACCOUNT),
            DEVICE: rows.first_of(rows.devices, DEVICE),
            "circle": circles,
        }
    ).filter(pl.col("circle") != _NOBODY)


@njit(cache=True, nogil=True)
def _chain(profiles: NDArray[np.uint64], devices: Ints, accounts: Ints) -> Ints:
    """The first device of each device's circle; none for one without profiles.

    Args:
        profiles: Of each visit, a bit for each profile.
        devices: The first visit of each device, and the number of visits.
        accounts: The first device of each account, and the number of devices.
    """
    parent = np.arange(len(devices) - 1)
    used = np.zeros(len(parent), np.bool_)
    for account in range(len(accounts) - 1):
        first = np.full(BITS, _NOBODY, np.int64)
        for device in range(accounts[account], accounts[account + 1]):
            count = count_bits(profiles[devices[device] : devices[device + 1]])
            used[device] = count.any()
            for bit in np.flatnonzero((count > 0) & (REGULAR * count >= count.sum())):
                if first[bit] == _NOBODY:
                    first[bit] = device
                unite(parent, first[bit], device)
    circle = np.full(len(parent), _NOBODY, np.int64)
    for device in range(len(parent)):
        if used[device]:
            circle[device] = find_root(parent, device)
    return circle
