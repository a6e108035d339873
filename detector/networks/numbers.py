"""Networks as numbers, so that what is one line or near each other is plain arithmetic."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl

from detector.kernels.arrays import Bytes, Codes, Ints, Longs
from detector.kernels.loops import loop, part
from detector.kernels.texts import hash_texts, text_buffers

OTHER, IPV4, IPV6 = np.uint8(0), np.uint8(4), np.uint8(6)
NOWHERE = np.int64(-1)
"""The position of what is no address."""

_DOT, _COLON, _ZERO, _NINE, _A, _F = (ord(letter) for letter in ".:09af")
_TAIL = np.frombuffer(b"::/64", np.uint8)


@dataclass(frozen=True)
class Numbers:
    """What networks are called, as numbers: equal if and only if the texts are equal."""

    value: Longs
    """The IPv4 address, the first half of the IPv6 address, or a hash of the text."""

    family: Bytes
    """`IPV4`, `IPV6`, or `OTHER` for cells and countries."""

    @classmethod
    def of(cls, networks: pl.Series) -> Self:
        """Read the names of networks as `detector.events.addresses` writes them.

        Examples:
            >>> numbers = Numbers.of(pl.Series(["0.0.1.2", "2a02:8071::/64", "country:FR"]))
            >>> numbers.value[0], numbers.family.tolist()
            (np.uint64(258), [4, 6, 0])
        """
        value, family = np.zeros(len(networks), np.uint64), np.zeros(len(networks), np.uint8)
        _read_all(*text_buffers(networks), value, family)
        other = family == OTHER
        if other.any():
            value[other] = hash_texts(networks.filter(pl.Series(other)))
        return cls(value, family)

    def take(self, rows: Codes) -> "Numbers":
        """Some of the networks."""
        return Numbers(self.value[rows], self.family[rows])

    def cut(self, old: int, new: int) -> Longs:
        """The prefixes left when so many bits are taken off IPv4 addresses, and off IPv6 halves."""
        shift = np.select([self.family == IPV4, self.family == IPV6], [old, new], 0)
        return self.value >> shift.astype(np.uint64)

    def blocks(self) -> Longs:
        """The neighbourhood of each: IPv4 /24, IPv6 /48; cells are their own."""
        return self.cut(8, 16)

    def lines(self) -> Longs:
        """What one line is given: an IPv6 /56, as routers open several /64s in it."""
        return np.where(self.family == IPV6, self.value >> np.uint64(8), self.value)

    def positions(self) -> Ints:
        """Where networks stand on the number line of addresses, or `NOWHERE`.

        IPv4 by address, IPv6 by /48 far beyond all IPv4; near numbers are near neighbours.
        """
        at = np.where(self.family == IPV6, self.value >> np.uint64(16), self.value)
        return np.where(self.family == OTHER, NOWHERE, at.astype(np.int64))


@loop
def _read_all(offsets: Ints, data: Bytes, value: Longs, family: Bytes) -> None:
    for i in range(len(value)):
        good, number = _read_quad(data, offsets[i], offsets[i + 1])
        if good:
            value[i], family[i] = number, IPV4
            continue
        good, number = _read_prefix(data, offsets[i], offsets[i + 1])
        if good:
            value[i], family[i] = number, IPV6


@part
def _read_quad(data: Bytes, start: int, end: int) -> tuple[bool, np.uint64]:
    """A dotted quad; another spelling of one must not be taken for it."""
    number, octet, digits, dots = np.uint64(0), 0, 0, 0
    for at in range(start, end):
        letter = int(data[at])
        if letter == _DOT and digits > 0 and dots < 3:
            number = (number << np.uint64(8)) | np.uint64(octet)
            octet, digits, dots = 0, 0, dots + 1
        elif _ZERO <= letter <= _NINE and not (digits > 0 and octet == 0):
            octet, digits = octet * 10 + letter - _ZERO, digits + 1
            if octet > 255:
                return False, number
        else:
            return False, number
    return dots == 3 and digits > 0, (number << np.uint64(8)) | np.uint64(octet)


@part
def _read_prefix(data: Bytes, start: int, end: int) -> tuple[bool, np.uint64]:
    """A /64, zeros at its end left out."""
    number, word, last, digits, words = np.uint64(0), 0, 0, 0, 0
    end -= len(_TAIL)
    if end <= start:
        return False, number
    for i in range(len(_TAIL)):
        if data[end + i] != _TAIL[i]:
            return False, number
    for at in range(start, end + 1):
        letter = int(data[at])
        if letter == _COLON and digits > 0 and words < 4:
            number = (number << np.uint64(16)) | np.uint64(word)
            last, word, digits, words = word, 0, 0, words + 1
        elif digits < 4 and not (digits > 0 and word == 0) and _is_hex(letter):
            word = word * 16 + (letter - _ZERO if letter <= _NINE else letter - _A + 10)
            digits += 1
        else:
            return False, number
    return last > 0, number << np.uint64(16 * (4 - words))


@part
def _is_hex(letter: int) -> bool:
    return _ZERO <= letter <= _NINE or _A <= letter <= _F
