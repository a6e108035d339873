"""Texts as numbers: each distinct text of a column once, and its place in every row.

Millions of rows hold few distinct texts, so what a text means is worked out once for each. The
hashes depend on nothing but the bytes: they are the same in every process, version and machine.
"""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import polars as pl
import pyarrow
from numba import njit
from numpy.typing import NDArray

from detector.kernels.arrays import Bytes, Codes, Ints, Longs

pa: Any = pyarrow


SHARDS = 1 << 15

_P1, _P2, _P3 = (np.uint64(p) for p in (0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9))


@dataclass(frozen=True)
class Encoded:
    """A column of texts.

    Examples:
        >>> column = Encoded.of(pyarrow.array(["tv", "phone", None, "tv"]))
        >>> column.codes.tolist(), column.texts.to_list()
        ([0, 1, -1, 0], ['tv', 'phone'])
    """

    codes: Codes
    """The place of each row's text in `texts`; -1 for null."""

    texts: pl.Series
    """The texts. A dictionary that was read from a file may hold one twice, or one of no row:
    what is told apart here must come together again where pieces are merged."""

    @classmethod
    def of(cls, array: Any) -> Self:  # noqa: ANN401 - pyarrow ships no types
        """Encode an Arrow array of texts, or take the codes of one that is encoded already."""
        if pa.types.is_dictionary(array.type) and array.dictionary.null_count:
            array = array.dictionary_decode()
        if not pa.types.is_dictionary(array.type):
            array = array.dictionary_encode()
        codes = array.indices.fill_null(-1) if array.indices.null_count else array.indices
        texts = pl.Series(pl.from_arrow(array.dictionary), dtype=pl.String)
        return cls(codes.cast(pa.int32()).to_numpy(), texts)

    @classmethod
    def one_each(cls, array: Any) -> Self:  # noqa: ANN401 - pyarrow ships no types
        """Take a text for each row, where they are known to be distinct but for few.

        Examples:
            >>> Encoded.one_each(pyarrow.array(["e1", None, "e2"])).codes.tolist()
            [0, -1, 2]
        """
        if pa.types.is_dictionary(array.type):
            return cls.of(array)
        texts = pl.Series(pl.from_arrow(array), dtype=pl.String)
        codes = np.arange(len(texts), dtype=np.int32)
        if texts.null_count():
            codes[texts.is_null().to_numpy()] = -1
        codes.flags.writeable = False
        return cls(codes, texts)

    @classmethod
    def of_series(cls, texts: pl.Series) -> Self:
        """Encode a Polars column of texts."""
        return cls.of(as_arrow(texts))

    def hashes(self, salt: int) -> Longs:
        """One number for the text of each row, for each salt another one; 0 for null."""
        return self.take(mix(hash_texts(self.texts), salt), 0)

    def add_hashes(self, totals: Longs, salt: int) -> None:
        """Add these numbers to those of other columns."""
        _add_taken(totals, self.codes, mix(hash_texts(self.texts), salt))

    def take(self, values: NDArray[Any], missing: Any) -> NDArray[Any]:  # noqa: ANN401
        """Give each row the value of its text, or that for null."""
        return np.append(values, values.dtype.type(missing))[self.codes]


def hash_texts(texts: pl.Series) -> Longs:
    """Hash texts without nulls.

    Examples:
        >>> hash_texts(pl.Series(["ada", "tv"])).tolist()
        [14219564856394510688, 8280144769438224721]
    """
    hashes = np.empty(len(texts), np.uint64)
    _hash_all(*text_buffers(texts), hashes)
    return hashes


def shards_of(texts: pl.Series) -> Codes:
    """Deal texts out to shards by their hash, so that some shards hold their share of all.

    Examples:
        >>> shards_of(pl.Series(["ada", "tv"])).tolist()
        [25259, 14708]
    """
    return (hash_texts(texts) >> np.uint64(49)).astype(np.int32)


def text_buffers(texts: pl.Series) -> tuple[Ints, Bytes]:
    """Where each text begins and the last one ends, and the bytes of all of them."""
    _, ends, data = as_arrow(texts).buffers()
    if not len(texts):
        return np.frombuffer(bytes(8), np.int64), np.frombuffer(b"\0", np.uint8)
    return np.frombuffer(ends, np.int64), np.frombuffer(data or b"\0", np.uint8)


def mix(hashes: Longs, salt: int) -> Longs:
    """Scatter numbers all over the 64 bits, for each salt in another way; 0 stays 0."""
    return _mix_all(hashes, np.uint64(2 * salt + 1))


def as_arrow(texts: pl.Series) -> Any:  # noqa: ANN401
    """One Arrow array of the kind whose offsets have 64 bits."""
    plain = texts.cast(pl.String).rechunk()
    return plain.to_arrow(compat_level=pl.CompatLevel.oldest())  # pyright: ignore[reportUnknownVariableType]


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True)
def _add_taken(totals: Longs, codes: Codes, values: Longs) -> None:
    for i in range(len(totals)):
        if codes[i] >= 0:
            totals[i] += values[codes[i]]


@njit(cache=True, nogil=True)
def _mix_all(hashes: Longs, salt: np.uint64) -> Longs:
    mixed = np.empty(len(hashes), np.uint64)
    for i in range(len(hashes)):
        word = hashes[i] * salt * _P1
        mixed[i] = _scattered(word)
    return mixed


@njit(cache=True, nogil=True, inline="always")
def _scattered(word: np.uint64) -> np.uint64:
    word ^= word >> np.uint64(33)
    word *= _P2
    word ^= word >> np.uint64(29)
    word *= _P3
    return word ^ (word >> np.uint64(32))
