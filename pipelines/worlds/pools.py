"""Pools of addresses: what a provider hands to the lines of one area under one kind of lease."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pipelines.worlds.hashing import Ints, Words

KINDS = (
    "home_line",
    "carrier_nat",
    "cellular",
    "workplace",
    "campus",
    "venue",
    "anonymizer",
)
HOME_LINE, CARRIER_NAT, CELLULAR, WORKPLACE, CAMPUS, VENUE, ANONYMIZER = range(len(KINDS))

OWN, BY_LINE, BY_DEVICE = range(3)
"""Who holds an address: one line alone, all lines that hash to it, or each device anew."""

NEVER = 1 << 40
"""Minutes that never come in any window."""


@dataclass(frozen=True)
class Provider:
    """A network operator as a log names it."""

    name: str
    asn: int
    country: int
    connection: str
    sister_asn: int = 0


@dataclass(slots=True)
class Pool:
    """One row of `Pools`, while the world is being drawn."""

    kind: int
    provider: int
    city: int
    holder: int
    lease_minutes: int
    first_prefix: int
    bits: int
    capacity: int
    first_slot: int = 0
    per_prefix: int = 256
    renumbered_first_prefix: int = 0
    renumbered_at: int = NEVER
    v6_base: int = 0
    usual_city: int = 0
    lease_most: int = 0
    class_bits: int = 0


@dataclass(frozen=True)
class Pools:
    """All pools of the world, column by column; a pool's number is its row."""

    kind: Ints
    provider: Ints
    city: Ints
    holder: Ints
    lease_minutes: Ints
    """Of all lines; where `lease_most` is longer, of the line with the shortest lease."""
    first_prefix: Ints
    bits: Ints
    capacity: Ints
    first_slot: Ints
    per_prefix: Ints
    renumbered_first_prefix: Ints
    renumbered_at: Ints
    v6_base: Words
    usual_city: Ints
    lease_most: Ints
    """Of the line with the longest lease; 0 where all lines have the same."""
    class_bits: Ints
    """Lines fall into 2**class_bits classes by number; a class renews in the same nights."""
    prefixes: NDArray[np.int64]
    """Upper 24 bits of an address, shifted into place; pools point into this list."""

    def __len__(self) -> int:
        return len(self.kind)


@dataclass
class PoolDraft:
    """Collects pools and the prefixes they point to."""

    pools: list[Pool] = field(default_factory=list["Pool"])
    prefixes: list[int] = field(default_factory=list[int])

    def add_prefixes(self, prefixes: list[int]) -> int:
        """Store prefixes and return where they begin."""
        self.prefixes += prefixes
        return len(self.prefixes) - len(prefixes)

    def add(self, pool: Pool) -> int:
        """Store a pool and return its number."""
        self.pools.append(pool)
        return len(self.pools) - 1

    def build(self) -> Pools:
        """Turn the rows into columns."""
        columns = {
            name: np.array([getattr(pool, name) for pool in self.pools], np.int64)
            for name in Pool.__slots__
            if name != "v6_base"
        }
        return Pools(
            **columns,
            v6_base=np.array([pool.v6_base for pool in self.pools], np.uint64),
            prefixes=np.array(self.prefixes, np.int64),
        )
