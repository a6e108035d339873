"""Devices that do not move, and yet were seen in two wide prefixes: these are one provider's."""

import polars as pl

from detector.kernels.coded import CodedRows
from detector.kinds import is_stationary
from detector.networks.additive import PoolHops
from detector.networks.prefixes import provider_prefix_of
from detector.schemas import ACCOUNT, DEVICE, Sightings

S = Sightings


def count_hops(sightings: CodedRows) -> pl.DataFrame:
    """Count the stationary devices that were seen in two wide prefixes.

    A television does not move, so two prefixes that many televisions hop between belong to
    one provider. This stands in for AS numbers where a log has none.

    Args:
        sightings: All sightings of some accounts, from `encode`.

    Returns:
        One row of `PoolHops` per pair of prefixes, and per prefix with itself; in no order.

    Examples:
        Ada's television was given an address from each of two prefixes; a phone tells nothing:

        >>> from detector.networks.count import encode
        >>> sightings = Sightings.sample(overrides={
        ...     "account_id": "ada", "device_id": ["tv", "tv", "phone"],
        ...     "device_type": ["tv", "tv", "phone"],
        ...     "network": ["81.2.69.142", "92.40.1.7", "100.64.7.1"]})
        >>> sorted(count_hops(encode(sightings)).rows())
        [('81.2', '81.2', 1), ('81.2', '92.40', 1), ('92.40', '92.40', 1)]
    """
    a, b = PoolHops.prefix_a, PoolHops.prefix_b
    prefix = sightings.encoded(S.network.name).read(_provider_prefixes).in_order()
    still = (
        sightings.rows.lazy()
        .with_columns(prefix.codes.alias("prefix"))
        .filter(is_stationary(S.device_type.col))
        .select(ACCOUNT, DEVICE, pl.col("prefix").alias(a.name))
        .unique()
    )
    other = still.rename({a.name: b.name})
    pairs = still.join(other, on=[ACCOUNT, DEVICE]).filter(a.col <= b.col)
    hops = (
        pairs.group_by(a.name, b.name)
        .agg(pl.len().alias(PoolHops.hoppers.name))
        .collect(engine="in-memory")
    )
    named = {end: prefix.texts.gather(hops[end]) for end in (a.name, b.name)}
    return PoolHops.cast(hops.with_columns(**named))


def _provider_prefixes(networks: pl.Series) -> pl.Series:
    return pl.select(provider_prefix_of(pl.lit(networks))).to_series()


def add_up_hops(hops: pl.LazyFrame) -> pl.LazyFrame:
    """Add up the hops of disjoint sets of accounts.

    Examples:
        >>> hops = pl.LazyFrame({"prefix_a": "81.2", "prefix_b": "92.40", "hoppers": [3, 4]})
        >>> add_up_hops(hops).collect().rows()
        [('81.2', '92.40', 7)]
    """
    return hops.group_by(PoolHops.primary_key()).agg(PoolHops.hoppers.col.sum())
