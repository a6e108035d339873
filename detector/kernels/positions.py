"""Names of accounts and devices in one table → their numbers in another."""

import numpy as np
import polars as pl

from detector.kernels.arrays import Bytes, Ints
from detector.kernels.blocks import AccountRows
from detector.kernels.loops import loop, part
from detector.kernels.texts import text_buffers
from detector.schemas import ACCOUNT, DEVICE


def find_devices(rows: AccountRows, accounts: pl.Series, *devices: pl.Series) -> list[Ints]:
    """Find devices among those of a table.

    Args:
        rows: The table.
        accounts: Whose devices are asked for.
        devices: One or more of each.

    Returns:
        For each series of devices their numbers in the table; -1 for those that are not there.

    Examples:
        Bob's television is another one than Ada's, whatever both call themselves:

        >>> table = pl.DataFrame({"account_id": ["ada", "bob"], "device_id": ["tv", "tv"]})
        >>> asked = pl.Series(["bob", "eve"]), pl.Series(["tv", "tv"])
        >>> [found] = find_devices(AccountRows.of(table), *asked)
        >>> found.tolist()
        [1, -1]
    """
    names, starts = rows.first_of(rows.devices, DEVICE), rows.first_devices
    owners = rows.first_of(rows.devices, ACCOUNT)
    if len(devices) == 1 and devices[0].equals(names) and accounts.equals(owners):
        return [np.arange(len(names))]
    account = locate(rows.first_of(rows.accounts, ACCOUNT), accounts)
    return [_locate_within(starts, names, account, asked) for asked in devices]


def locate(names: pl.Series, asked: pl.Series) -> Ints:
    """Find accounts among those of another table.

    Args:
        names: Sorted, each once.
        asked: In any order; quick if equal ones lie together.

    Returns:
        The place of each in `names`; -1 for one that is not there.

    Examples:
        >>> locate(pl.Series(["ada", "bob"]), pl.Series(["bob", "bob", "eve"])).tolist()
        [1, 1, -1]
    """
    new = (asked != asked.shift()).fill_null(value=True).to_numpy()
    heads = asked.filter(pl.Series(new))
    if heads.equals(names):
        return np.cumsum(new) - 1
    whole = np.array([0, len(names)])
    found = _locate_within(whole, names, np.zeros(len(heads), np.int64), heads)
    return found[np.cumsum(new) - 1]


def _locate_within(starts: Ints, names: pl.Series, group: Ints, asked: pl.Series) -> Ints:
    """The place of each name among those of its group; -1 for those that have none."""
    found = np.full(len(asked), -1, np.int64)
    _search_all(starts, *text_buffers(names), group, *text_buffers(asked), found)
    return found


@loop
def _search_all(  # noqa: PLR0913 - flat arrays, as compiled code takes them
    starts: Ints,
    name_at: Ints,
    names: Bytes,
    group: Ints,
    asked_at: Ints,
    asked: Bytes,
    found: Ints,
) -> None:
    for i in range(len(found)):
        if group[i] < 0:
            continue
        low, high = starts[group[i]], starts[group[i] + 1]
        word = asked[asked_at[i] : asked_at[i + 1]]
        while low < high:
            middle = (low + high) // 2
            order = _compare(names[name_at[middle] : name_at[middle + 1]], word)
            if order == 0:
                found[i] = middle
                break
            if order < 0:
                low = middle + 1
            else:
                high = middle


@part
def _compare(a: Bytes, b: Bytes) -> int:
    """-1, 0 or 1, as the bytes of one text come before, with or after those of the other."""
    for k in range(min(len(a), len(b))):
        if a[k] != b[k]:
            return -1 if a[k] < b[k] else 1
    return np.sign(len(a) - len(b))
