"""The address of a line, a site or a gateway at a minute of the window."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.worlds.hashing import Ints, Words, mix, permute, uniform
from pipelines.worlds.pools import (
    BY_DEVICE,
    BY_LINE,
    CARRIER_NAT,
    CELLULAR,
    HOME_LINE,
    OWN,
    Pools,
)

DAY = 1440
_NIGHT = 4 * 60
"""Minute at which providers cut long leases: at night."""

_SUBNETS = 4
"""/64s that a home router opens out of its /56."""


@dataclass(frozen=True)
class Uses:
    """Who asks for an address, when: a row per play."""

    pool: Ints
    line: Ints
    device: Ints
    """A number that stays with the physical device."""
    minute: Ints
    v6: NDArray[np.bool_]
    keeps_interface: NDArray[np.bool_]
    """Devices without privacy addresses: their interface id never changes."""


@dataclass(frozen=True)
class Addresses:
    """Numeric addresses: `high` is 0 for IPv4, whose 32 bits are in `low`."""

    high: Words
    low: Words
    kind: Ints
    """A row of `pools.KINDS`."""
    prefix: Words
    """The /24 or /48, by which databases place an address."""


def find_addresses(uses: Uses, pools: Pools) -> Addresses:
    """Look up the address of each use; the same use always gets the same address."""
    epoch, generation = _epochs(uses, pools)
    v4 = _v4(uses, pools, epoch, generation)
    high = np.where(uses.v6, _v6_prefix(uses, pools, epoch, generation), np.uint64(0))
    low = np.where(uses.v6, _interface(uses, high), v4.astype(np.uint64))
    kind = pools.kind[uses.pool]
    own_prefix = uses.v6 & (kind == CARRIER_NAT)
    return Addresses(
        high=high,
        low=low,
        kind=np.where(own_prefix, HOME_LINE, kind),
        prefix=np.where(uses.v6, high >> np.uint64(16), low >> np.uint64(8)),
    )


def _epochs(uses: Uses, pools: Pools) -> tuple[Ints, Ints]:
    """Number of the lease in force, and whether the provider has renumbered by then.

    Long leases end at night, on a day of the pool's own; where lines have leases of their own
    length, on a day of the class of lines.
    """
    pool = uses.pool
    lease, most = pools.lease_minutes[pool], pools.lease_most[pool]
    phase = pool % 7 * DAY - _NIGHT
    drawn = np.flatnonzero(most > 0)
    kind = uses.line[drawn] & _class_mask(pools, pool[drawn])
    range_ = (most[drawn] - lease[drawn]) // DAY + 1
    days = lease[drawn] // DAY + (uniform(pool[drawn], kind, 7) * range_).astype(np.int64)
    lease[drawn] = days * DAY
    phase[drawn] = (uniform(pool[drawn], kind, 8) * days).astype(np.int64) * DAY - _NIGHT
    generation = (uses.minute >= pools.renumbered_at[pool]).astype(np.int64)
    return (uses.minute + phase + 14 * DAY) // lease, generation


def _class_mask(pools: Pools, pool: Ints) -> Ints:
    return (1 << pools.class_bits[pool]) - 1


def _spread(
    uses: Uses, pools: Pools, mask: NDArray[np.bool_], bits: Ints, *keys: Ints | int
) -> Ints:
    """A number below 2**bits for each line, never the same for two lines at the same time.

    Lines of a class renew together, so that they are shuffled among themselves.
    """
    pool, line = uses.pool[mask], uses.line[mask]
    width, kind = pools.class_bits[pool], line & _class_mask(pools, pool)
    within = permute(line >> width, bits - width, pool, kind, *keys)
    return permute(within << width | kind, bits, pool)


def _v4(uses: Uses, pools: Pools, epoch: Ints, generation: Ints) -> Ints:
    pool = uses.pool
    holder = pools.holder[pool]
    slot = np.zeros(len(pool), np.int64)
    own, by_line, by_device = (holder == h for h in (OWN, BY_LINE, BY_DEVICE))
    slot[own] = _spread(uses, pools, own, pools.bits[pool[own]], epoch[own], generation[own])
    for mask, asker in ((by_line, uses.line), (by_device, uses.device)):
        drawn = mix(pool[mask], asker[mask], epoch[mask]) >> np.uint64(8)
        slot[mask] = drawn.astype(np.int64) % pools.capacity[pool[mask]]
    first = np.where(generation > 0, pools.renumbered_first_prefix[pool], pools.first_prefix[pool])
    slot += pools.first_slot[pool]
    prefix = pools.prefixes[first + slot // pools.per_prefix[pool]]
    return prefix + slot % pools.per_prefix[pool]


def _v6_prefix(uses: Uses, pools: Pools, epoch: Ints, generation: Ints) -> Words:
    """The /64: one of the home's /56, or one of its own for each attach of a phone."""
    pool = uses.pool
    daily = np.minimum(epoch, (uses.minute - _NIGHT + 14 * DAY) // DAY)
    lasting = np.where(pools.holder[pool] == OWN, daily, (uses.minute + 14 * DAY) // (14 * DAY))
    bits, every = np.full(len(pool), 20, np.int64), np.ones(len(pool), np.bool_)
    delegation = _spread(uses, pools, every, bits, lasting, generation, 6).astype(np.uint64)
    draw = mix(uses.device, pool, 64)
    subnet = np.where(draw % np.uint64(10) < np.uint64(7), np.uint64(0), draw % np.uint64(_SUBNETS))
    at_home = pools.v6_base[pool] | delegation << np.uint64(8) | subnet
    attach = mix(pool, uses.device, uses.minute // 180) >> np.uint64(36)
    return np.where(pools.kind[pool] == CELLULAR, pools.v6_base[pool] | attach, at_home)


def _interface(uses: Uses, high: Words) -> Words:
    """The lower 64 bits: drawn anew each day (RFC 8981), or fixed for simple devices."""
    day = np.where(uses.keeps_interface, 0, uses.minute // DAY)
    return mix(uses.device, day, high) | np.uint64(1)
