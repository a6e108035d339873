"""The block and the provider's pool of each network, and how those there behave."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl

from detector.kernels.arrays import Codes, Floats, Ints
from detector.networks.additive import NetworkCounts
from detector.networks.numbers import Numbers
from detector.networks.prefixes import provider_prefix_of
from detector.networks.tally import add_by_network, number_networks

C = NetworkCounts


@dataclass(frozen=True)
class Neighbourhoods:
    """For each network, which others it is judged with."""

    block: Codes
    """IPv4 /24, IPv6 /48; cells are their own."""

    pool: Codes
    pools: pl.Series
    """The name of each network's pool: its AS, or the least of the prefixes that are one."""

    chief: Ints
    """The first network of each pool."""

    @classmethod
    def of(cls, counts: pl.DataFrame, pools: pl.DataFrame) -> Self:
        """Find the neighbourhoods of networks.

        Args:
            counts: Rows of `NetworkCounts`.
            pools: From `find_pools`.
        """
        numbers = Numbers.of(counts[C.network.name])
        block, _ = number_networks(numbers.blocks(), numbers.family)
        prefix, first = number_networks(numbers.cut(16, 32), numbers.family)
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
        pool, chief = number_networks(value, is_known.astype(np.uint8))
        own = counts.select(C.asn.col, name=named.gather(pl.Series(prefix)))
        return cls(
            block,
            pool,
            own.select(pool=pl.coalesce(pl.format("AS{}", C.asn.col), "name"))["pool"],
            chief,
        )

    def use_of_pools(self, counts: pl.DataFrame) -> pl.DataFrame:
        """Sum up the counts of each pool; tables of disjoint networks add up.

        Args:
            counts: Those that these are the neighbourhoods of.
        """
        return _add_up(counts, self.pool).insert_column(0, self.pools.gather(self.chief))

    def behaviour(self, counts: pl.DataFrame, use: pl.DataFrame) -> pl.DataFrame:
        """How the neighbours in the block and the pool behave, the network itself included.

        Args:
            counts: Those that these are the neighbourhoods of; all of each block.
            use: From `use_of_pools`, of the whole log.
        """
        pools = self.pools.gather(self.chief).to_frame()
        pooled = pools.join(use, on=pools.columns, how="left", maintain_order="left")
        both = (
            _shares("block", _add_up(counts, self.block), self.block),
            _shares("pool", pooled, self.pool),
        )
        return pl.concat(both, how="horizontal")


_SUMMED = (C.phones, C.devices, C.stationary_accounts, C.account_days, C.accounts)


def _add_up(counts: pl.DataFrame, code: Codes) -> pl.DataFrame:
    size = int(code.max()) + 1 if len(code) else 0
    columns = {column.name: counts[column.name].cast(pl.Int64).to_numpy() for column in _SUMMED}
    return pl.DataFrame({name: add_by_network(code, of, size) for name, of in columns.items()})


def _shares(name: str, use: pl.DataFrame, code: Codes) -> pl.DataFrame:
    def around(column: str) -> Floats:
        return use[column].to_numpy().astype(np.float64)[code]

    accounts = around(C.accounts.name)
    return pl.DataFrame(
        {
            f"{name}_phone_share": around(C.phones.name) / around(C.devices.name),
            f"{name}_stationary_share": around(C.stationary_accounts.name) / accounts,
            f"{name}_tenure": around(C.account_days.name) / accounts,
            f"{name}_accounts": accounts.astype(np.int64),
        }
    )
