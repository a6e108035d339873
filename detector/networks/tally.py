"""Who used each network and when, counted in one pass over sightings.

Rows come account by account and device by device. Each network keeps the last account and device
that was counted on it, and one bit for each day of that account's, so that nobody is counted
twice and nothing is sorted. Another row of bits tells on which days anybody was there.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from detector.kernels.arrays import Bytes, Codes, Flags, Ints, Longs
from detector.settings import NetworkSettings

SPAN = 64
"""Days of one word of bits; spans are counted from 1970."""

_SATURDAY = 2
"""1970 began on a Thursday."""


class Tally(NamedTuple):
    """What was counted of each network."""

    accounts: Ints
    devices: Ints
    phones: Ints
    stationary_accounts: Ints
    resident_accounts: Ints
    account_days: Ints
    weekend_days: Ints


@njit(cache=True, nogil=True)
def number_networks(value: Longs, family: Bytes) -> tuple[Codes, Ints]:
    """Number the distinct networks; the number of each row, and the first row of each."""
    size = 1024
    while size < 2 * len(value):
        size *= 2
    slots, codes = np.full(size, -1, np.int32), np.empty(len(value), np.int32)
    first, count = np.empty(len(value), np.int64), 0
    for i in range(len(value)):
        mixed = (value[i] + np.uint64(family[i])) * np.uint64(0x9E3779B185EBCA87)
        slot = np.int64((mixed ^ (mixed >> np.uint64(32))) & np.uint64(size - 1))
        while slots[slot] >= 0:
            known = first[slots[slot]]
            if value[known] == value[i] and family[known] == family[i]:
                break
            slot = (slot + 1) & (size - 1)
        if slots[slot] < 0:
            slots[slot], first[count] = count, i
            count += 1
        codes[i] = slots[slot]
    return codes, first[:count].copy()


class NetworkUses(NamedTuple):
    """Sightings, account by account and device by device."""

    account: Ints
    device: Ints
    network: Codes
    day: Ints
    still: Flags
    """Whether it is a device that stays where it stands."""

    phone: Flags
    """Whether it is a telephone."""


class Residence(NamedTuple):
    """From when on an account lives on a network."""

    days: int
    """On which it was seen there."""

    span: int
    """Days from the first of them to the last."""


def tally_networks(uses: NetworkUses, size: int, settings: NetworkSettings) -> tuple[Tally, Longs]:
    """Count over the accounts given.

    Args:
        uses: All sightings of some accounts.
        size: How many networks there are.
        settings: From when on an account lives on a network.

    Returns:
        The counts; and a word of bits for each network and span of days, the first span being
        that of the earliest day.
    """
    tally = Tally(*(np.zeros(size, np.int64) for _ in Tally._fields))
    _tally_devices(uses, tally)
    begin = int(uses.day.min()) // SPAN * SPAN if len(uses.day) else 0
    spans = (int(uses.day.max()) - begin) // SPAN + 1 if len(uses.day) else 0
    resident = Residence(settings.min_resident_days, settings.min_resident_span_days)
    return tally, _tally_days(uses, begin, spans, resident, tally)


@njit(cache=True, nogil=True)
def _tally_devices(uses: NetworkUses, tally: Tally) -> None:
    """Count whom nobody has counted on a network yet."""
    last = np.full((4, len(tally.accounts)), -1, np.int64)
    for row in range(len(uses.network)):
        at, account, device = uses.network[row], uses.account[row], uses.device[row]
        tally.accounts[at] += last[0, at] != account
        tally.devices[at] += last[1, at] != device
        last[0, at], last[1, at] = account, device
        if uses.phone[row]:
            tally.phones[at] += last[2, at] != device
            last[2, at] = device
        if uses.still[row]:
            tally.stationary_accounts[at] += last[3, at] != account
            last[3, at] = account


@njit(cache=True, nogil=True)
def _tally_days(
    uses: NetworkUses, begin: int, spans: int, resident: Residence, tally: Tally
) -> Longs:
    """Count the days of each account on each network."""
    size = len(tally.accounts)
    anybody, mine = np.zeros((size, spans), np.uint64), np.zeros((size, spans), np.uint64)
    seen, last = np.zeros(size, np.int64), np.full(size, -1, np.int64)
    first, latest = np.zeros(size, np.int64), np.zeros(size, np.int64)
    for row in range(len(uses.network)):
        at, day = uses.network[row], uses.day[row]
        if last[at] != uses.account[row]:
            stayed = latest[at] - first[at] >= resident.span
            tally.resident_accounts[at] += seen[at] >= resident.days and stayed
            last[at], seen[at], mine[at] = uses.account[row], 0, 0
            first[at] = latest[at] = day
        word, bit = (day - begin) // SPAN, np.uint64(1) << np.uint64((day - begin) % SPAN)
        first[at], latest[at] = min(first[at], day), max(latest[at], day)
        if not mine[at, word] & bit:
            mine[at, word] |= bit
            anybody[at, word] |= bit
            seen[at] += 1
            tally.account_days[at] += 1
            tally.weekend_days[at] += (day - _SATURDAY) % 7 < 2
    tally.resident_accounts[:] += (seen >= resident.days) & (latest - first >= resident.span)
    return anybody


@njit(cache=True, nogil=True)
def add_by_network(code: Codes, values: Ints, size: int) -> Ints:
    """Sum a column over the rows of each network."""
    sums = np.zeros(size, np.int64)
    for row in range(len(code)):
        sums[code[row]] += values[row]
    return sums
