# pyright: reportArgumentType=false, reportReturnType=false
"""Providers that give every session an address of its own, so that not meeting says nothing."""

from typing import NamedTuple

import numpy as np
import polars as pl
from numba import njit

from detector.kernels.arrays import Bits, Flags, Ints
from detector.kernels.bits import count_ones, to_hours
from detector.kernels.blocks import AccountRows
from detector.kernels.sorts import sort_rows
from detector.kinds import DEVICE_TYPES, STATIONARY_TYPES
from detector.networks.numbers import IPV4, Numbers
from detector.schemas import Sightings
from detector.settings import PlaceSettings

S = Sightings
POOL = "pool"

_STILL = np.array([kind in STATIONARY_TYPES for kind in DEVICE_TYPES])
_BLOCKS = 1 << 16
_LOW = np.int64(1) << np.int64(32)


class AddressRows(NamedTuple):
    """Sightings on IPv4 addresses, account by account and device by device."""

    accounts: Ints
    device: Ints
    address: Ints
    when: Ints
    """The block of addresses and the day, as one number."""

    hours: Bits
    still: Flags


def count_pool_meetings(sightings: pl.DataFrame) -> pl.DataFrame:
    """Count for each block of addresses how often two devices of an account meet on one of them.

    Only pairs with a stationary device count: these are at home most. Counts of disjoint
    accounts add up.

    Returns:
        block, network (the first of the block, to find its pool by), joint and matched hours.
    """
    rows = AccountRows.of(sightings)
    numbers = Numbers.of(rows.frame[S.network.name])
    address = np.where(numbers.family == IPV4, numbers.value.astype(np.int64), -1)
    when = (address >> 16) * _LOW + rows.numbers(S.day.name)
    still = _STILL[rows.numbers(S.device_type.name)]
    hours = to_hours(rows.values(S.seen.name))
    seen = AddressRows(rows.accounts, rows.device, address, when, hours, still)
    joint, matched, least = _meet_all(seen)
    met = np.flatnonzero(least >= 0)
    network = rows.frame[S.network.name].gather(pl.Series(least[met]))
    return pl.DataFrame(
        {
            "block": network.str.extract(r"^([0-9]+\.[0-9]+)\.", 1),
            "network": network,
            "joint": joint[met],
            "matched": matched[met],
        }
    ).sort("block")


@njit(cache=True, nogil=True)
def _meet_all(seen: AddressRows) -> tuple[Ints, Ints, Ints]:
    """Joint and matched hours of each block; the row of its first address, -1 if none met."""
    joint, matched = np.zeros(_BLOCKS, np.int64), np.zeros(_BLOCKS, np.int64)
    least, order = np.full(_BLOCKS, -1, np.int64), np.arange(len(seen.address))
    for account in range(len(seen.accounts) - 1):
        mine = order[seen.accounts[account] : seen.accounts[account + 1]]
        if seen.device[mine[0]] == seen.device[mine[-1]]:
            continue
        sort_rows(mine, seen.when, seen.device)
        begin = 0
        for k in range(1, len(mine) + 1):
            if k == len(mine) or seen.when[mine[k]] != seen.when[mine[begin]]:
                day, begin = mine[begin:k], k
                block = seen.address[day[0]] >> 16
                if block >= 0 and seen.device[day[0]] != seen.device[day[-1]]:
                    _meet_one_day(seen, day, block, joint, least)
                    matched[block] += _match_one_day(seen, day)
    return joint, matched, least


@njit(cache=True, nogil=True)
def _meet_one_day(seen: AddressRows, day: Ints, block: int, joint: Ints, least: Ints) -> None:
    """Hours in which a stationary device and another one were on in a block."""
    hours, still = np.zeros(len(day), np.uint32), np.zeros(len(day), np.bool_)
    owner, count = np.empty(len(day), np.int64), 0
    for k in range(len(day)):
        count += k == 0 or seen.device[day[k]] != seen.device[day[k - 1]]
        owner[k] = count - 1
        hours[count - 1] |= seen.hours[day[k]]
        still[count - 1] |= seen.still[day[k]]
    for k in range(len(day)):
        address, first = seen.address[day[k]], least[block]
        if still[owner[k]] and (first < 0 or _rank(address) < _rank(seen.address[first])):
            least[block] = day[k]
    for a in range(count):
        for b in range(a + 1, count):
            sides = np.int64(still[a]) + np.int64(still[b])
            joint[block] += sides * count_ones(hours[a] & hours[b])


@njit(cache=True, nogil=True)
def _match_one_day(seen: AddressRows, day: Ints) -> int:
    """Hours in which a stationary device and another one were on at one address."""
    order, hours = day.copy(), 0
    sort_rows(order, seen.address, seen.device)
    for k in range(len(order)):
        j = k + 1
        while j < len(order) and seen.address[order[j]] == seen.address[order[k]]:
            a, b = order[k], order[j]
            sides = np.int64(seen.still[a]) + np.int64(seen.still[b])
            if seen.device[a] != seen.device[b]:
                hours += sides * count_ones(seen.hours[a] & seen.hours[b])
            j += 1
    return hours


@njit(cache=True, nogil=True)
def _rank(address: int) -> int:
    """A number that puts the addresses of a block in the order of their texts."""
    rank = 0
    for octet in ((address >> 8) & 255, address & 255):
        digits = 1 + (octet > 9) + (octet > 99)
        place = octet * (100 if digits == 1 else 10 if digits == 2 else 1)
        # Of "1", "10" and "100" the shorter comes first.
        rank = rank * 4000 + place * 4 + digits
    return rank


def find_scattering_pools(meetings: pl.DataFrame, settings: PlaceSettings) -> pl.DataFrame:
    """Name the providers on which even the devices of one home hardly ever share an address.

    Args:
        meetings: Of the whole log, each block once and with the pool that it belongs to.
        settings: How rare a match must be.

    Returns:
        Column `pool`, sorted.

    Examples:
        Of a million hours that two devices of a home were on, a few at one address:

        >>> meetings = pl.DataFrame({
        ...     "pool": ["AS1", "AS2"], "joint": 1_000_000, "matched": [900_000, 12]})
        >>> find_scattering_pools(meetings, PlaceSettings()).rows()
        [('AS2',)]
    """
    return (
        meetings.group_by(POOL)
        .agg(pl.col("joint").sum(), pl.col("matched").sum())
        .filter(
            pl.col("joint") >= settings.min_scatter_hours,
            pl.col("matched") < settings.max_scatter_rate * pl.col("joint"),
        )
        .select(POOL)
        .sort(POOL)
    )
