"""Sorting many short runs of rows in compiled code, without memory of their own."""

import numpy as np

from detector.kernels.arrays import Ints
from detector.kernels.loops import loop, part

_SHORT = 24


@loop
def sort_rows(rows: Ints, major: Ints, minor: Ints) -> None:
    """Sort rows in place by two numbers of each; equal ones stay in their order.

    Args:
        rows: Rows of `major` and `minor`; a slice of a larger array may be given.
        major: What is asked first.
        minor: What decides between equals.

    Examples:
        >>> rows = np.arange(3)
        >>> sort_rows(rows, np.array([2, 1, 1]), np.array([0, 9, 4]))
        >>> rows.tolist()
        [2, 1, 0]
    """
    size, width = len(rows), _SHORT
    for begin in range(0, size, width):
        _insert(rows[begin : begin + width], major, minor)
    if size > width:
        spare = np.empty(size, np.int64)
        while width < size:
            for begin in range(0, size - width, 2 * width):
                # To copy stretches that may not fit, Numba compiles messages, for seconds.
                for k in range(width):
                    spare[k] = rows[begin + k]
                _merge(rows[begin : begin + 2 * width], spare[:width], major, minor)
            width *= 2


@part
def _merge(rows: Ints, left: Ints, major: Ints, minor: Ints) -> None:
    """Merge the first rows, of which `left` is a copy, into the others."""
    i, j, to = 0, len(left), 0
    while i < len(left):
        if j < len(rows) and _less(rows[j], left[i], major, minor):
            rows[to] = rows[j]
            j += 1
        else:
            rows[to] = left[i]
            i += 1
        to += 1


@part
def _insert(rows: Ints, major: Ints, minor: Ints) -> None:
    for k in range(1, len(rows)):
        row, back = rows[k], k - 1
        high, low = major[row], minor[row]
        while back >= 0:
            other = rows[back]
            if major[other] < high or (major[other] == high and minor[other] <= low):
                break
            rows[back + 1] = other
            back -= 1
        rows[back + 1] = row


@part
def _less(a: int, b: int, major: Ints, minor: Ints) -> bool:
    return major[a] < major[b] or (major[a] == major[b] and minor[a] < minor[b])
