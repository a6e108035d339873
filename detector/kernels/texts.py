"""Texts as numbers: each distinct text of a column once, and its place in every row.

Millions of rows hold few distinct texts, so what a text means is worked out once for each. The
hashes depend on nothing but the bytes: they are the same in every process, version and machine.
"""

from typing import Any

import numpy as np
import polars as pl
import pyarrow

from detector.kernels.arrays import Bytes, Ints, Longs
from detector.kernels.loops import loop, part

pa: Any = pyarrow


_P1, _P2, _P3 = (np.uint64(p) for p in (0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9))


def hash_texts(texts: pl.Series) -> Longs:
    """Hash texts without nulls.

    Examples:
        >>> hash_texts(pl.Series(["ada", "tv"])).tolist()
        [14219564856394510688, 8280144769438224721]
    """
    hashes = np.empty(len(texts), np.uint64)
    _hash_all(*text_buffers(texts), hashes)
    return hashes


def text_buffers(texts: pl.Series) -> tuple[Ints, Bytes]:
    """Where each text begins and the last one ends, and the bytes of all of them."""
    _, ends, data = as_arrow(texts).buffers()
    if not len(texts):
        return np.frombuffer(bytes(8), np.int64), np.frombuffer(b"\0", np.uint8)
    return np.frombuffer(ends, np.int64), np.frombuffer(data or b"\0", np.uint8)


def as_arrow(texts: pl.Series) -> Any:  # noqa: ANN401
    """One Arrow array of the kind whose offsets have 64 bits."""
    plain = texts.cast(pl.String).rechunk()
    return plain.to_arrow(compat_level=pl.CompatLevel.oldest())  # pyright: ignore[reportUnknownVariableType]


@loop
def _hash_all(offsets: Ints, data: Bytes, hashes: Longs) -> None:
    """Eight bytes at a time, each round and the end mixed as in XXH64."""
    for row in range(len(hashes)):
        at, end = offsets[row], offsets[row + 1]
        total = np.uint64(end - at) * _P1 + _P3
        while at < end:
            word = np.uint64(0)
            for i in range(min(8, end - at)):
                word |= np.uint64(data[at + i]) << np.uint64(8 * i)
            word *= _P2
            word = (word << np.uint64(31)) | (word >> np.uint64(33))
            total ^= word * _P1
            total = ((total << np.uint64(27)) | (total >> np.uint64(37))) * _P1 + _P3
            at += 8
        hashes[row] = _scattered(total)


@part
def _scattered(word: np.uint64) -> np.uint64:
    word ^= word >> np.uint64(33)
    word *= _P2
    word ^= word >> np.uint64(29)
    word *= _P3
    return word ^ (word >> np.uint64(32))
