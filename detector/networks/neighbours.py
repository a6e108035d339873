"""The block and the provider's pool of each network, and how those there behave."""

from collections.abc import Iterable, Sequence

import polars as pl

from detector.networks.additive import NetworkCounts
from detector.networks.bonds import TOLD
from detector.networks.prefixes import block_of, provider_prefix_of

C = NetworkCounts


_SUMMED = (C.accounts, C.devices, C.phones, C.stationary_accounts, C.account_days)


def name_neighbours(counts: pl.LazyFrame, pools: pl.DataFrame) -> pl.LazyFrame:
    """Put beside each network its block and its pool.

    Args:
        counts: Added up over the whole log, all of it or a part.
        pools: From `find_pools`.
    """
    network = C.network.col
    named = counts.with_columns(block=block_of(network), prefix=provider_prefix_of(network))
    pool = pl.coalesce(pl.concat_str(pl.lit(TOLD), C.asn.col), "pool", "prefix")
    return named.join(pools.lazy(), on="prefix", how="left").with_columns(pool=pool)


def sum_pools(named: Iterable[pl.LazyFrame]) -> pl.DataFrame:
    """Add up what is counted of the networks of each pool.

    Args:
        named: From `name_neighbours`, in parts.
    """
    sums = [column.col.cast(pl.Int64).sum() for column in _SUMMED]
    parts = [part.group_by("pool").agg(*sums).collect() for part in named]
    return pl.concat(parts).group_by("pool").agg(*sums)


def add_neighbours(named: pl.LazyFrame, pools: pl.DataFrame) -> pl.LazyFrame:
    """Put beside each network how those in its block and pool behave, itself too.

    Args:
        named: From `name_neighbours`; all networks of the blocks that it has.
        pools: From `sum_pools`, of the whole log.

    Examples:
        Of two neighbours one has a television:

        >>> counts = NetworkCounts.sample(overrides={
        ...     "network": ["81.2.69.1", "81.2.69.2"], "accounts": 1, "asn": None,
        ...     "stationary_accounts": [1, 0]})
        >>> pools = pl.DataFrame({"prefix": ["81.2"], "pool": ["81.1"]})
        >>> named = name_neighbours(counts.lazy(), pools)
        >>> add_neighbours(named, sum_pools([named])).collect().select(
        ...     "pool", "block_accounts", "pool_stationary_share").rows()
        [('81.1', 2, 0.5), ('81.1', 2, 0.5)]
    """
    sums = [column.col.cast(pl.Int64).sum().over("block") for column in _SUMMED]
    of_blocks = named.with_columns(*_behaviour("block", sums))
    of_pools = pools.lazy().select("pool", *_behaviour("pool", [c.col for c in _SUMMED]))
    return of_blocks.join(of_pools, on="pool", how="left")


def _behaviour(of: str, sums: Sequence[pl.Expr]) -> list[pl.Expr]:
    """How the networks of each block or pool behave, taken together."""
    accounts, devices, phones, still, days = sums
    return [
        (phones / devices).alias(f"{of}_phone_share"),
        (still / accounts).alias(f"{of}_stationary_share"),
        (days / accounts).alias(f"{of}_tenure"),
        accounts.alias(f"{of}_accounts"),
    ]
