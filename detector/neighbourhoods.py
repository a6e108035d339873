"""The block and the provider's pool of each network, and how those there behave."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from detector.account_rows import Ints
from detector.network_numbers import IPV4, IPV6, Numbers
from detector.network_tally import Codes, add_by_network, number_networks
from detector.prefixes import provider_prefix_of
from detector.schemas import NetworkCounts

C = NetworkCounts
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Neighbourhoods:
    """For each network, which others it is judged with."""

    block: Codes
    """IPv4 /24, IPv6 /48; cells are their own."""

    pool: Codes
    pools: pl.Series
    """The name of each network's pool: its AS, or the least of the prefixes that are one."""

    @classmethod
    def of(cls, counts: pl.DataFrame, pools: pl.DataFrame) -> Self:
        """Find the neighbourhoods of networks.

        Args:
            counts: Rows of `NetworkCounts`.
            pools: From `find_pools`.
        """
        numbers = Numbers.of(counts[C.network.name])
        block, _ = _cut(numbers, 8, 16)
        prefix, first = _cut(numbers, 16, 32)
        names = counts.select(prefix=C.network.col)[first].select(
            provider_prefix_of(pl.col("prefix"))
        )
        named = names.join(pools, on="prefix", how="left", maintain_order="left").select(
            name=pl.coalesce("pool", "prefix")
        )["name"]
        asn = counts[C.asn.name]
        code = named.rank("dense").to_numpy()[prefix] if len(prefix) else prefix
        is_known = asn.is_not_null().to_numpy()
        value = np.where(is_known, asn.fill_null(0).to_numpy(), code).astype(np.uint64)
        pool, _ = number_networks(value, is_known.astype(np.uint8))
        own = counts.select(C.asn.col, name=named.gather(pl.Series(prefix)))
        return cls(
            block,
            pool,
            own.select(pool=pl.coalesce(pl.format("AS{}", C.asn.col), "name"))["pool"],
        )

    def behaviour(self, counts: pl.DataFrame) -> pl.DataFrame:
        """How the neighbours in the block and the pool behave, the network itself included."""
        both = (
            _surroundings(counts, "block", self.block),
            _surroundings(counts, "pool", self.pool),
        )
        return pl.concat(both, how="horizontal")


def _cut(numbers: Numbers, old: int, new: int) -> tuple[Codes, Ints]:
    """Number the prefixes left when so many bits are taken off; and the first network of each."""
    shift = np.select([numbers.family == IPV4, numbers.family == IPV6], [old, new], 0)
    return number_networks(numbers.value >> shift.astype(np.uint64), numbers.family)


def _surroundings(counts: pl.DataFrame, name: str, code: Codes) -> pl.DataFrame:
    size = int(code.max()) + 1 if len(code) else 0

    def around(column: str) -> Floats:
        values = counts[column].cast(pl.Int64).to_numpy()
        return add_by_network(code, values, size).astype(np.float64)[code]

    accounts = around(C.accounts.name)
    return pl.DataFrame(
        {
            f"{name}_phone_share": around(C.phones.name) / around(C.devices.name),
            f"{name}_stationary_share": around(C.stationary_accounts.name) / accounts,
            f"{name}_tenure": around(C.account_days.name) / accounts,
            f"{name}_accounts": accounts.astype(np.int64),
        }
    )
