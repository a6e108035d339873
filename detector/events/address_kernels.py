"""Addresses spelt as nearly all are, read in compiled code."""

import numpy as np
import polars as pl
from numba import njit

from detector.kernels.arrays import Bytes, Ints, Longs
from detector.kernels.texts import text_buffers

OTHER, IPV4, IPV6, MAPPED = np.uint8(0), np.uint8(4), np.uint8(6), np.uint8(46)
MAPPING = "::ffff:"
"""What IPv4 addresses begin with where a program knows IPv6 only."""
_MAPPING = np.frombuffer(MAPPING.encode(), np.uint8)
_GROUPS = pl.Series([f"{group:x}" for group in range(1 << 16)])
_DOT, _COLON, _ZERO, _NINE = ord("."), ord(":"), ord("0"), ord("9")
_UPPER_A, _UPPER_F, _LOWER_A, _LOWER_F = (ord(letter) for letter in "AFaf")


def read_plain(texts: pl.Series) -> tuple[Longs, Bytes]:
    """Read dotted quads without leading zeros, and colon-separated IPv6 without an IPv4 inside.

    Args:
        texts: Without nulls.

    Returns:
        The number of each IPv4 address, or of the first half of each IPv6 address; and which
        it is: `IPV4`, `IPV6`, `MAPPED` (IPv4 after `MAPPING`), or `OTHER` where another reader
        must look.

    Examples:
        >>> value, kind = read_plain(pl.Series(["0.0.1.2", "::1:0:0:0:2", "1.2.3.04"]))
        >>> value.tolist(), kind.tolist()
        ([258, 1, 0], [4, 6, 0])
    """
    offsets, data = text_buffers(texts)
    value, kind = np.zeros(len(texts), np.uint64), np.zeros(len(texts), np.uint8)
    _read_all(offsets, data, value, kind)
    return value, kind


def write_prefixes(value: Longs) -> pl.Series:
    """Write the /64s that begin with these halves of addresses.

    The zeros at the end are left out: no run of zeros before them can be longer.

    Examples:
        >>> write_prefixes(np.array([0x2A020C7F << 32, 0x2A02 << 48 | 9], np.uint64)).to_list()
        ['2a02:c7f::/64', '2a02:0:0:9::/64']
    """
    shifts = (np.uint64(s) for s in (48, 32, 16, 0))
    parts = [(value >> shift & np.uint64(0xFFFF)).astype(np.uint32) for shift in shifts]
    words = pl.DataFrame({str(i): _GROUPS.gather(part) for i, part in enumerate(parts)})
    lasts = [pl.lit(pl.Series(part > 0)) for part in parts]
    forms = [pl.concat_str([str(i) for i in range(n)], separator=":") for n in (4, 3, 2, 1)]
    text = pl.when(lasts[3]).then(forms[0]).when(lasts[2]).then(forms[1])
    text = text.when(lasts[1]).then(forms[2]).otherwise(forms[3])
    return words.select(text + "::/64").to_series()


@njit(cache=True, nogil=True)
def _read_all(offsets: Ints, data: Bytes, value: Longs, kind: Bytes) -> None:
    for i in range(len(value)):
        start, end = offsets[i], offsets[i + 1]
        mapped = _is_mapped(data, start, end)
        good, number = _read_ipv4(data, start + (len(_MAPPING) if mapped else 0), end)
        if good:
            value[i], kind[i] = number, MAPPED if mapped else IPV4
            continue
        good, number = _read_ipv6(data, start, end)
        if good:
            value[i], kind[i] = number, IPV6


@njit(cache=True, nogil=True, inline="always")
def _is_mapped(data: Bytes, start: int, end: int) -> bool:
    alike = end - start >= len(_MAPPING)
    for i in range(len(_MAPPING) if alike else 0):
        alike = alike and data[start + i] == _MAPPING[i]
    return alike


@njit(cache=True, nogil=True)
def _read_ipv4(data: Bytes, start: int, end: int) -> tuple[bool, np.uint64]:
    number, octet, digits, dots = np.uint64(0), 0, 0, 0
    if end - start > 15:
        return False, number
    for at in range(start, end):
        letter = int(data[at])
        if letter == _DOT and digits > 0:
            number = (number << np.uint64(8)) | np.uint64(octet)
            octet, digits, dots = 0, 0, dots + 1
        elif _ZERO <= letter <= _NINE and not (digits > 0 and octet == 0):
            octet, digits = 10 * octet + (letter - _ZERO), digits + 1
            if octet > 255:
                return False, number
        else:
            return False, number
    return digits > 0 and dots == 3, (number << np.uint64(8)) | np.uint64(octet)


@njit(cache=True, nogil=True)
def _read_ipv6(  # noqa: C901, PLR0915 - one pass over the letters
    data: Bytes, start: int, end: int
) -> tuple[bool, np.uint64]:
    """Groups of up to four digits; one pair of colons may stand for at least one of them."""
    groups = np.zeros(8, np.uint64)
    found, gap, digits, word = 0, -1, 0, np.uint64(0)
    at = start
    while at < end:
        digit = _digit(data[at])
        if digit >= 0:
            word, digits = (word << np.uint64(4)) | np.uint64(digit), digits + 1
            if digits > 4 or found == 8:
                return False, word
            at += 1
            continue
        if data[at] != _COLON:
            return False, word
        doubled = at + 1 < end and data[at + 1] == _COLON
        if digits:
            groups[found] = word
            found, digits, word = found + 1, 0, np.uint64(0)
        elif not (doubled and at == start):
            return False, word
        if doubled:
            if gap >= 0:
                return False, word
            gap = found
        elif at + 1 == end:
            return False, word
        at += 2 if doubled else 1
    if digits:
        groups[found] = word
        found += 1
    if (gap < 0 and found != 8) or (gap >= 0 and found > 7):
        return False, word
    return True, _upper_half(groups, found, gap)


@njit(cache=True, nogil=True)
def _upper_half(groups: Longs, found: int, gap: int) -> np.uint64:
    """The first four of eight groups, with zeros put into the gap if there is one."""
    number = np.uint64(0)
    for i in range(4):
        group = np.uint64(0)
        if gap < 0 or i < gap:
            group = groups[i]
        elif i >= gap + 8 - found:
            group = groups[i - (8 - found)]
        number = (number << np.uint64(16)) | group
    return number


@njit(cache=True, nogil=True, inline="always")
def _digit(letter: int) -> np.int64:
    if _ZERO <= letter <= _NINE:
        return np.int64(letter) - _ZERO
    if _LOWER_A <= letter <= _LOWER_F:
        return np.int64(letter) - _LOWER_A + 10
    if _UPPER_A <= letter <= _UPPER_F:
        return np.int64(letter) - _UPPER_A + 10
    return np.int64(-1)
