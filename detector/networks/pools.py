"""Prefixes between which one line's address may move: one provider's pool."""

import polars as pl

from detector.kernels.components import label_components
from detector.networks.additive import PoolHops
from detector.settings import NetworkSettings


def find_pools(hops: pl.DataFrame, settings: NetworkSettings) -> pl.DataFrame:
    """Group the prefixes between which one line's address may move.

    Args:
        hops: `PoolHops` of the whole log, in any order.
        settings: How many televisions must agree.

    Returns:
        Columns `prefix`, `pool`; the pool is named by its least prefix.

    Examples:
        Of 100 televisions in one prefix 40 were in the other too, so both are one provider's:

        >>> hops = pl.DataFrame({
        ...     "prefix_a": ["81.2", "81.2", "92.40", "151.3"],
        ...     "prefix_b": ["81.2", "92.40", "92.40", "151.3"], "hoppers": [100, 40, 90, 80]})
        >>> find_pools(hops, NetworkSettings()).rows()
        [('151.3', '151.3'), ('81.2', '81.2'), ('92.40', '81.2')]
    """
    alone = hops.filter(PoolHops.prefix_a.col == PoolHops.prefix_b.col)
    seen = alone.select(prefix=PoolHops.prefix_a.col, seen=PoolHops.hoppers.col).sort("prefix")
    if seen.is_empty():
        return pl.DataFrame(schema={"prefix": pl.String, "pool": pl.String})
    pairs = (
        hops.filter(PoolHops.prefix_a.col != PoolHops.prefix_b.col)
        .join(seen.rename({"seen": "seen_a"}), left_on=PoolHops.prefix_a.name, right_on="prefix")
        .join(seen.rename({"seen": "seen_b"}), left_on=PoolHops.prefix_b.name, right_on="prefix")
        .filter(
            PoolHops.hoppers.col >= settings.min_hoppers,
            PoolHops.hoppers.col
            >= settings.min_hopper_share * pl.min_horizontal("seen_a", "seen_b"),
        )
    )
    labels = label_components(seen["prefix"], pairs["prefix_a"], pairs["prefix_b"])
    return seen.select("prefix", label=labels).select(
        "prefix", pool=pl.col("prefix").min().over("label")
    )
