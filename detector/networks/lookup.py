"""What is known of each network, to be looked up for millions of sightings.

Columns of `Networks` as flat arrays in the order of their names, and a table of slots that leads
from a network's number to its row (open addressing, at most half full). It holds the networks of
the accounts that are judged together; a lookup costs about one read of memory.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl

from detector.kernels.arrays import Bytes, Codes, Flags, Ints, Longs
from detector.kernels.components import label_components
from detector.kernels.loops import loop, part
from detector.kinds import NETWORK_KINDS
from detector.networks.bonds import NEWER, NO_BONDS, OLDER, TOLD
from detector.networks.numbers import Numbers
from detector.schemas import Networks

N = Networks
UNKNOWN = np.int32(-1)


@dataclass(frozen=True)
class Gazetteer:
    """Networks by number: at least those of the accounts that are judged.

    Examples:
        >>> networks = Networks.sample(overrides={
        ...     "network": ["81.2.69.142", "2a02:8071::/64"], "kind": "home_line", "pool": None})
        >>> gazetteer = Gazetteer.of(networks, pl.DataFrame(schema={"pool": pl.String}))
        >>> gazetteer.find(pl.Series(["2a02:8071::/64", "192.0.2.1"])).tolist()
        [0, -1]
    """

    networks: pl.DataFrame
    """Sorted by name, so that the order of rows is the order of names."""

    numbers: Numbers
    kind: Bytes
    """Places in `NETWORK_KINDS`."""

    pool: Codes
    """Codes in the order of the pools' names; -1 for none."""

    scattered: Flags
    """Of each pool: whether it gives every session an address of its own."""

    settled: Flags
    """Of each pool: whether its provider is named by the log, or its bonds are known."""

    bonds: Ints
    """Pools of IPv4 and of IPv6 that are one provider's: the pair of their codes as one number."""

    provider: Ints
    """Of each pool, as a number; -1 at the end, for no pool."""

    slots: Codes

    @classmethod
    def of(
        cls,
        networks: pl.DataFrame,
        scatter: pl.DataFrame,
        bonds: pl.DataFrame = NO_BONDS,
    ) -> Self:
        """Make networks ready to be looked up.

        Args:
            networks: Rows of `Networks`.
            scatter: Column `pool`: providers that give every session an address of its own.
            bonds: From `detector.networks.bonds.find_bonds`.
        """
        name = N.network.name
        if not networks[name].is_sorted():
            networks = networks.sort(name)
        numbers = Numbers.of(networks[name])
        slots = np.full(_slots_for(networks.height), UNKNOWN, np.int32)
        _enter_all(numbers.value, numbers.family, slots)
        pools = networks[N.pool.name].drop_nulls().unique().sort()
        return cls(
            networks,
            numbers,
            _codes(networks[N.kind.name]),
            _codes_of(networks[N.pool.name], pools),
            pools.is_in(scatter["pool"].implode()).to_numpy(),
            _settled(pools, bonds),
            _pair(*(_codes_of(bonds[name], pools) for name in (OLDER, NEWER))),
            _providers(pools, bonds),
            slots,
        )

    def find(self, networks: pl.Series) -> Codes:
        """The row of each network, by its name; -1 for one that is not known."""
        asked = Numbers.of(networks)
        mine = self.numbers
        return _find_all(asked.value, asked.family, mine.value, mine.family, self.slots)

    def bond(self, older: Codes, newer: Codes) -> Ints:
        """Whether pools of IPv4 and of IPv6, by their codes, are one provider's.

        Returns:
            Of each pair 1 if so, -1 if each is known to be another's, 0 if nobody knows.
        """
        one = (older == newer) | np.isin(_pair(older, newer), self.bonds)
        nobody = ~(self.settled[older] & self.settled[newer])
        return np.select([(older < 0) | (newer < 0), one, nobody], [0, 1, 0], -1)


def _providers(pools: pl.Series, bonds: pl.DataFrame) -> Ints:
    """What is between two pools may be a third, on which nobody was who is judged with them."""
    every = pl.concat([pools, bonds[OLDER], bonds[NEWER]]).unique().sort()
    label = label_components(every, bonds[OLDER], bonds[NEWER]).to_numpy()
    return np.append(label[every.search_sorted(pools).to_numpy()], -1)


def _codes_of(names: pl.Series, pools: pl.Series) -> Codes:
    """The code of each pool; -1 for one that no network of ours is of."""
    codes = names.cast(pl.Enum(pools), strict=False).to_physical().cast(pl.Int32)
    return codes.fill_null(UNKNOWN).to_numpy()


def _pair(older: Codes, newer: Codes) -> Ints:
    return older.astype(np.int64) << 32 | newer


def _settled(pools: pl.Series, bonds: pl.DataFrame) -> Flags:
    paired = pl.concat([bonds[OLDER], bonds[NEWER]]).implode()
    return (pools.str.starts_with(TOLD) | pools.is_in(paired)).to_numpy()


def _codes(kinds: pl.Series) -> Bytes:
    return kinds.cast(pl.Enum(NETWORK_KINDS)).to_physical().cast(pl.UInt8).to_numpy()


def _slots_for(rows: int) -> int:
    return 1 << max(10, (2 * rows - 1).bit_length())


@part
def _slot(value: np.uint64, family: np.uint8, slots: int) -> np.int64:
    mixed = (value + np.uint64(family)) * np.uint64(0x9E3779B185EBCA87)
    mixed = (mixed ^ (mixed >> np.uint64(32))) * np.uint64(0xC2B2AE3D27D4EB4F)
    return np.int64((mixed ^ (mixed >> np.uint64(29))) & np.uint64(slots - 1))


@loop
def _enter_all(value: Longs, family: Bytes, slots: Codes) -> None:
    for row in range(len(value)):
        slot = _slot(value[row], family[row], len(slots))
        while slots[slot] >= 0:
            slot = (slot + 1) & (len(slots) - 1)
        slots[slot] = row


@loop
def _find_all(value: Longs, family: Bytes, known: Longs, families: Bytes, slots: Codes) -> Codes:
    found = np.empty(len(value), np.int32)
    for i in range(len(value)):
        if i > 0 and value[i] == value[i - 1] and family[i] == family[i - 1]:
            found[i] = found[i - 1]
            continue
        slot = _slot(value[i], family[i], len(slots))
        while slots[slot] >= 0:
            row = slots[slot]
            if known[row] == value[i] and families[row] == family[i]:
                break
            slot = (slot + 1) & (len(slots) - 1)
        found[i] = slots[slot]
    return found
