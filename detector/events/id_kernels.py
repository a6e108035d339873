"""Ids spelt as nearly all are, told from odd ones in compiled code."""

from collections.abc import Iterable

import numpy as np
import polars as pl
from numba import njit

from detector.kernels.arrays import Bytes, Flags, Ints, Longs
from detector.kernels.texts import text_buffers

_BASIS, _PRIME = 0xCBF29CE484222325, 0x100000001B3
_FIRST, _LAST = ord("!"), ord("~")
_UPPER_A, _UPPER_Z, _TO_LOWER = ord("A"), ord("Z"), 32


def mark_words(words: Iterable[str]) -> Longs:
    """One number for each word in lower case, by which `find_plain` knows it again (FNV-1a)."""
    marks = list[int]()
    for word in words:
        mark = _BASIS
        for letter in word.encode():
            mark = (mark ^ letter) * _PRIME % (1 << 64)
        marks.append(mark)
    return np.array(marks, np.uint64)


def find_plain(texts: pl.Series, words: Longs, longest: int) -> Flags:
    """Tell texts of visible ASCII letters that are no longer than this and none of some words.

    Args:
        texts: Without nulls.
        words: From `mark_words`; upper and lower case are one. Now and then another text has
            the mark of a word, so those that are not found need a closer look.
        longest: In letters.

    Examples:
        >>> words = mark_words(["null"])
        >>> find_plain(pl.Series(["ada", "NULL", "a b", "zoë", "overlong"]), words, 7).tolist()
        [True, False, False, False, False]
    """
    plain = np.zeros(len(texts), np.bool_)
    _find(*text_buffers(texts), words, longest, plain)
    return plain


@njit(cache=True, nogil=True)
def _find(offsets: Ints, data: Bytes, words: Longs, longest: int, plain: Flags) -> None:
    for row in range(len(plain)):
        start, end = offsets[row], offsets[row + 1]
        good, mark = end - start <= longest, np.uint64(_BASIS)
        for at in range(start, end if good else start):
            letter = data[at]
            good = good and _FIRST <= letter <= _LAST
            if _UPPER_A <= letter <= _UPPER_Z:
                letter += np.uint8(_TO_LOWER)
            mark = (mark ^ np.uint64(letter)) * np.uint64(_PRIME)
        for word in words:
            good = good and mark != word
        plain[row] = good
