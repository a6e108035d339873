"""Which profiles the devices of an account use, read from the bits of its visits."""

import numpy as np
import polars as pl
from numba import njit  # pyright: ignore[reportMissingTypeStubs]
from numpy.typing import NDArray

from detector.schemas import Visits

V = Visits
BITS = 64
"""Profiles that a visit can tell apart."""


def list_profile_visits(visits: pl.DataFrame) -> pl.DataFrame:
    """Repeat each visit for every profile that was used on it, as `bit` (0..63).

    Examples:
        >>> seen = pl.DataFrame({"day": [1, 2, 3],
        ...                      "profiles": pl.Series([1, 1 | 1 << 63, 0], dtype=pl.UInt64)})
        >>> list_profile_visits(seen).select("day", "bit").rows()
        [(1, 0), (2, 0), (2, 63)]
    """
    row, bit = _list_bits(visits[V.profiles.name].to_numpy().copy())
    return visits[row].with_columns(bit=pl.Series(bit))


@njit(cache=True, nogil=True)
def _list_bits(
    masks: NDArray[np.uint64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The row and the number of every bit that is set."""
    one, size = np.uint64(1), 0
    for mask in masks:
        while mask:
            mask, size = mask & (mask - one), size + 1
    row, number, at = np.empty(size, np.int64), np.empty(size, np.int64), 0
    for i in range(len(masks)):
        mask, bit = masks[i], 0
        while mask:
            if mask & one:
                row[at], number[at], at = i, bit, at + 1
            mask, bit = mask >> one, bit + 1
    return row, number


@njit(cache=True, nogil=True)
def count_bits(masks: NDArray[np.uint64]) -> NDArray[np.int64]:
    """In how many masks each bit is set: on how many visits each profile was used.

    Examples:
        >>> count_bits(np.array([1, 5], np.uint64))[:3].tolist()
        [2, 0, 1]
    """
    count, one = np.zeros(BITS, np.int64), np.uint64(1)
    for mask in masks:
        bit = 0
        while mask:
            count[bit] += np.int64(mask & one)
            mask, bit = mask >> one, bit + 1
    return count
