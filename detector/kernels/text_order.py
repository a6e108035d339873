"""Texts in order, seven letters at a time: ids and addresses mostly differ within the first."""

import numpy as np
import polars as pl
from numba import njit

from detector.kernels.arrays import Bytes, Ints, Longs
from detector.kernels.texts import text_buffers

_WIDTH = 7
"""Bytes in one key; the eighth tells how many of them there are, so that an end comes first."""


def order_texts(texts: pl.Series) -> Ints:
    """Where the texts stand that come first, second, and so on, by their bytes in UTF-8.

    Args:
        texts: Without nulls; which of two equal ones comes first is left open.

    Examples:
        >>> order_texts(pl.Series(["tv", "phone", "", "phones"])).tolist()
        [2, 1, 3, 0]
    """
    offsets, data = text_buffers(texts)
    begin = _shared(offsets, data)
    keys = _keys(offsets, data, begin)
    order = np.argsort(keys)
    _refine(order, keys[order], offsets, data, begin)
    return order


@njit(cache=True, nogil=True)
def _shared(offsets: Ints, data: Bytes) -> int:
    """How many bytes all texts begin with."""
    first = offsets[0]
    length = offsets[1] - first if len(offsets) > 1 else 0
    for row in range(1, len(offsets) - 1):
        length = min(length, offsets[row + 1] - offsets[row])
        for i in range(length):
            if data[offsets[row] + i] != data[first + i]:
                length = i
                break
    return length


@njit(cache=True, nogil=True)
def _keys(offsets: Ints, data: Bytes, begin: int) -> Longs:
    keys = np.empty(len(offsets) - 1, np.uint64)
    for row in range(len(keys)):
        keys[row] = _key(offsets, data, row, begin)
    return keys


@njit(cache=True, nogil=True, inline="always")
def _key(offsets: Ints, data: Bytes, row: int, begin: int) -> np.uint64:
    """The bytes from here on as one number."""
    at = offsets[row] + begin
    there = max(0, min(_WIDTH, offsets[row + 1] - at))
    key = np.uint64(0)
    for i in range(_WIDTH):
        key = key << np.uint64(8)
        if i < there:
            key |= np.uint64(data[at + i])
    return (key << np.uint64(8)) | np.uint64(there)


@njit(cache=True, nogil=True)
def _refine(order: Ints, keys: Longs, offsets: Ints, data: Bytes, begin: int) -> None:
    """Sort each run of equal keys by the bytes that follow, until all differ or have ended."""
    count, going = len(order), True
    edge = np.ones(count + 1, np.bool_)
    edge[1:count] = keys[1:] != keys[:-1]
    while going:
        begin, start, going = begin + _WIDTH, 0, False
        for end in range(1, count + 1):
            if not edge[end]:
                continue
            if end - start > 1 and keys[start] & np.uint64(255) == _WIDTH:
                _sort_run(order[start:end], keys[start:end], offsets, data, begin)
                edge[start + 1 : end] = keys[start + 1 : end] != keys[start : end - 1]
                going = True
            start = end


@njit(cache=True, nogil=True)
def _sort_run(order: Ints, keys: Longs, offsets: Ints, data: Bytes, begin: int) -> None:
    for k in range(len(order)):
        keys[k] = _key(offsets, data, order[k], begin)
    by = np.argsort(keys)
    order[:], keys[:] = order[by], keys[by]
