"""Sightings of all accounts → what kind of network each address is.

The counting is additive over disjoint sets of accounts, so shards count by themselves and
their counts are merged; only the classification sees the whole log.
"""

from collections.abc import Iterable

import dataframely as dy
import polars as pl

from detector.components import label_components
from detector.prefixes import block_of, provider_prefix_of
from detector.schemas import NetworkCounts, Networks, PoolHops, Sightings, is_stationary
from detector.settings import NetworkSettings

S, C = Sightings, NetworkCounts


def count_networks(sightings: pl.DataFrame) -> pl.DataFrame:
    """Count who uses each network, and when, over the accounts given.

    Args:
        sightings: All sightings of some accounts.

    Returns:
        One row of `NetworkCounts` per network; counts of disjoint accounts add up.
    """
    per_account = sightings.group_by(C.network.name, S.account_id.name).agg(
        devices=S.device_id.col.n_unique(),
        phones=S.device_id.col.filter(S.device_type.col.cast(pl.String) == "phone").n_unique(),
        stationary=is_stationary().any(),
        account_days=S.day.col.n_unique(),
        weekend_days=S.day.col.filter(S.day.col.dt.weekday() > 5).n_unique(),
        span=(S.day.col.max() - S.day.col.min()).dt.total_days() + 1,
    )
    people = per_account.group_by(C.network.name).agg(
        accounts=pl.len(),
        devices=pl.col("devices").sum(),
        phones=pl.col("phones").sum(),
        stationary_accounts=pl.col("stationary").sum(),
        resident_accounts=((pl.col("account_days") >= 4) & (pl.col("span") >= 7)).sum(),
        account_days=pl.col("account_days").sum(),
        weekend_days=pl.col("weekend_days").sum(),
    )
    facts = sightings.group_by(C.network.name).agg(*_facts(), day_list=S.day.col.unique().sort())
    return people.join(facts, on=C.network.name).pipe(NetworkCounts.validate, cast=True)


def merge_counts(parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Add up the counts of disjoint sets of accounts."""
    counts = pl.concat(parts)
    summed = [c for c in NetworkCounts.column_names() if c in _SUMMED]
    return (
        counts.group_by(C.network.name)
        .agg(
            *(pl.col(c).sum() for c in summed),
            *_facts(),
            day_list=C.day_list.col.explode().unique().sort(),
        )
        .sort(C.network.name)
        .pipe(NetworkCounts.validate, cast=True)
    )


_SUMMED = {
    "accounts",
    "devices",
    "phones",
    "stationary_accounts",
    "resident_accounts",
    "account_days",
    "weekend_days",
}


def _facts() -> list[pl.Expr]:
    """What the log says of a network itself; the least value wins, whatever the order."""
    least = [S.country, S.city, S.asn, S.as_org, S.connection_type]
    sums = [S.lat_e4_sum, S.lon_e4_sum, S.located]
    return [c.col.min() for c in least] + [c.col.cast(pl.Int64).sum() for c in sums]


def count_hops(sightings: pl.DataFrame) -> pl.DataFrame:
    """Count the stationary devices that were seen in two wide prefixes.

    A television does not move, so two prefixes that many televisions hop between belong to
    one provider. This stands in for AS numbers where a log has none.

    Returns:
        One row of `PoolHops` per pair of prefixes, and per prefix with itself.
    """
    wide = (
        sightings.filter(is_stationary())
        .select(S.account_id.col, S.device_id.col, prefix=provider_prefix_of(S.network.col))
        .unique()
    )
    keys = [S.account_id.name, S.device_id.name]
    return (
        wide.join(wide, on=keys, suffix="_b")
        .filter(pl.col("prefix") <= pl.col("prefix_b"))
        .group_by(prefix_a="prefix", prefix_b="prefix_b")
        .agg(hoppers=pl.len())
        .pipe(PoolHops.validate, cast=True)
    )


def merge_hops(parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Add up the hops of disjoint sets of accounts."""
    return (
        pl.concat(parts)
        .group_by(PoolHops.primary_key())
        .agg(PoolHops.hoppers.col.sum())
        .sort(PoolHops.primary_key())
        .pipe(PoolHops.validate, cast=True)
    )


def find_pools(hops: pl.DataFrame, settings: NetworkSettings) -> pl.DataFrame:
    """Group the prefixes between which one line's address may move.

    Args:
        hops: Merged `PoolHops` of the whole log.
        settings: How many televisions must agree.

    Returns:
        Columns `prefix`, `pool`; the pool is named by its least prefix.
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


def classify_networks(
    counts: pl.DataFrame, pools: pl.DataFrame, settings: NetworkSettings
) -> dy.DataFrame[Networks]:
    """Decide the kind of each network from how all accounts behave on it.

    Enrichment (AS names, connection types) is believed where it is given; behaviour
    decides the rest. A network seen little is judged by its neighbours in the block and by
    its provider's pool.

    Args:
        counts: Merged `NetworkCounts` of the whole log.
        pools: From `find_pools`.
        settings: Where few becomes many.

    Returns:
        One row per network, sorted.
    """
    known = counts.with_columns(
        prefix=provider_prefix_of(C.network.col),
        block=block_of(C.network.col),
        days=C.day_list.col.list.len(),
    ).join(pools, on="prefix", how="left")
    pool = pl.coalesce(pl.format("AS{}", C.asn.col), "pool", "prefix")
    known = known.with_columns(pool=pool).with_columns(
        *_surroundings("block", "block"), *_surroundings("pool", "pool")
    )
    return decide_kinds(known, settings)


def decide_kinds(known: pl.DataFrame, settings: NetworkSettings) -> dy.DataFrame[Networks]:
    """Decide the kind of each network by itself, once its surroundings are known.

    Args:
        known: Merged `NetworkCounts` with `days`, `pool`, and how block and pool behave.
        settings: Where few becomes many.
    """
    kind, confidence = _kind(settings)
    located = C.located.col.cast(pl.Float64)
    return (
        known.with_columns(
            kind=kind,
            latitude=pl.when(located > 0).then(C.lat_e4_sum.col / located * 1e-4),
            longitude=pl.when(located > 0).then(C.lon_e4_sum.col / located * 1e-4),
        )
        .with_columns(confidence=confidence)
        .select(Networks.column_names())
        .sort(Networks.network.name)
        .pipe(Networks.validate, cast=True)
    )


def _surroundings(name: str, over: str) -> list[pl.Expr]:
    """How the neighbours in the block or pool behave, the network itself included."""
    used = C.devices.col.sum().over(over)
    return [
        (C.phones.col.sum().over(over) / used).alias(f"{name}_phone_share"),
        (C.stationary_accounts.col.sum().over(over) / C.accounts.col.sum().over(over)).alias(
            f"{name}_stationary_share"
        ),
        (C.account_days.col.sum().over(over) / C.accounts.col.sum().over(over)).alias(
            f"{name}_tenure"
        ),
        C.accounts.col.sum().over(over).alias(f"{name}_accounts"),
    ]


_ANONYMIZER = r"hosting|datacenter|data center|vpn|proxy|relay|tor\b|cloud"
_CELLULAR = r"mobile|cellular|wireless|lte|5g"


def _kind(settings: NetworkSettings) -> tuple[pl.Expr, pl.Expr]:
    """The first rule that fits decides; ordered from the surest witness to the weakest."""
    said = pl.concat_str(C.connection_type.col, C.as_org.col, separator=" ", ignore_nulls=True)
    said = said.str.to_lowercase()
    stationary = C.stationary_accounts.col / C.accounts.col
    many = C.accounts.col >= settings.crowd_accounts
    # An address that one home after the other is given holds one account a day.
    daily = C.account_days.col / C.day_list.col.list.len()
    crowd = many & ((daily >= settings.min_daily_accounts) | (stationary < 0.1))
    tenure = C.account_days.col / C.accounts.col
    residents = C.resident_accounts.col / C.accounts.col
    weekend = C.weekend_days.col / C.account_days.col
    phones = C.phones.col / C.devices.col
    is_cell = C.network.col.str.starts_with("cell:") | C.network.col.str.starts_with("country:")
    phone_pool = (
        (pl.col("pool_phone_share") >= settings.min_phone_share)
        & (pl.col("pool_stationary_share") <= settings.max_gateway_stationary_share)
        & (pl.col("pool_accounts") >= settings.min_pool_accounts)
    )
    phone_block = (
        (pl.col("block_phone_share") >= settings.min_phone_share)
        & (pl.col("block_stationary_share") <= settings.max_gateway_stationary_share)
        & (pl.col("block_accounts") >= settings.min_block_accounts)
        & (pl.col("block_tenure") <= settings.max_gateway_tenure_days)
    )
    residential = (pl.col("pool_stationary_share") >= settings.min_residential_share) & (
        pl.col("pool_accounts") >= settings.min_pool_accounts
    )
    kind = (
        pl.when(is_cell).then(pl.lit("unknown"))
        .when(said.str.contains(_ANONYMIZER)).then(pl.lit("anonymizer"))
        .when(said.str.contains(_CELLULAR)).then(pl.lit("cellular"))
        .when(crowd & (stationary >= 0.3)).then(pl.lit("carrier_nat"))
        .when(crowd & (stationary < 0.1) & (phone_pool | phone_block)).then(pl.lit("cellular"))
        .when(crowd & (weekend < 0.1) & (residents >= 0.2)).then(pl.lit("workplace"))
        .when(crowd & (stationary < 0.1) & (residents >= 0.4)).then(pl.lit("campus"))
        .when(crowd & (stationary < 0.15) & (tenure <= 3) & (phones < 0.9)).then(pl.lit("venue"))
        .when(crowd & (stationary < 0.1)).then(pl.lit("venue"))
        .when(crowd).then(pl.lit("carrier_nat"))
        .when((phone_pool | phone_block) & (C.stationary_accounts.col == 0)).then(
            pl.lit("cellular")
        )
        .when(
            (C.account_days.col >= 8) & (weekend < 0.05) & (C.stationary_accounts.col == 0)
        ).then(pl.lit("workplace"))
        .when(
            (C.stationary_accounts.col > 0) | (tenure >= settings.min_home_days)
        ).then(pl.lit("home_line"))
        .when(~many & residential).then(pl.lit("home_line"))
        .otherwise(pl.lit("unknown"))
    )  # fmt: skip
    told = said.str.contains(_ANONYMIZER) | said.str.contains(_CELLULAR)
    weight = (C.account_days.col / (C.account_days.col + 5)).round(3)
    return kind, pl.when(told.fill_null(value=False)).then(0.95).otherwise(weight)
