"""Sightings of all accounts → what kind of network each address is.

The counting is additive over disjoint sets of accounts, so shards count by themselves and
their counts are merged; only the classification sees the whole log.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import dataframely as dy
import numpy as np
import polars as pl
from numpy.typing import NDArray

from detector.kernels.blocks import AccountRows
from detector.kernels.components import label_components
from detector.networks.neighbours import Neighbourhoods
from detector.networks.numbers import Numbers
from detector.networks.prefixes import provider_prefix_of
from detector.networks.tally import (
    SPAN,
    Rows,
    Tally,
    add_by_network,
    number_networks,
    tally_networks,
)
from detector.schemas import (
    DEVICE_TYPES,
    STATIONARY_TYPES,
    NetworkCounts,
    NetworkDays,
    Networks,
    PoolHops,
    Sightings,
    is_stationary,
)
from detector.settings import NetworkSettings

S, C = Sightings, NetworkCounts


@dataclass(frozen=True)
class NetworkShare:
    """What some accounts say of networks; shares of disjoint accounts add up."""

    counts: dy.DataFrame[NetworkCounts]
    days: dy.DataFrame[NetworkDays]


def count_networks(sightings: pl.DataFrame) -> NetworkShare:
    """Count who uses each network, and when, over the accounts given.

    Args:
        sightings: All sightings of some accounts.

    Returns:
        One row per network, and one for each span of days in which it was used.
    """
    rows = AccountRows.of(sightings)
    frame = rows.frame
    numbers = Numbers.of(frame[C.network.name])
    code, first = number_networks(numbers.value, numbers.family)
    day, kind = rows.numbers(S.day.name), rows.numbers(S.device_type.name)
    seen = Rows(rows.account, rows.device, code, day, _STILL[kind], kind == _PHONE)
    tally, bits = tally_networks(seen, len(first))
    names = frame[C.network.name].gather(pl.Series(first))
    sums = {
        column.name: add_by_network(code, rows.numbers(column.name), len(first))
        for column in (S.lat_e4_sum, S.lon_e4_sum, S.located)
    }
    counts = pl.DataFrame({C.network.name: names, **tally._asdict(), **sums})
    known = pl.concat([counts, _least_told(frame, pl.Series(code))], how="horizontal")
    return NetworkShare(
        NetworkCounts.cast(known.select(C.column_names())),
        _list_days(names, bits, int(day.min()) // SPAN if len(day) else 0),
    )


def _least_told(sightings: pl.DataFrame, code: pl.Series) -> pl.DataFrame:
    """What the log says of each network itself; most logs say nothing."""
    columns = [column.name for column in _TOLD]
    told = [name for name in columns if sightings[name].null_count() < sightings.height]
    silent = [pl.lit(None).alias(name) for name in columns if name not in told]
    least = [pl.col(name).min() for name in told]
    facts = sightings.select(*told, code=code).group_by("code").agg(*least).sort("code")
    return facts.with_columns(*silent).select(columns)


_STILL = np.array([kind in STATIONARY_TYPES for kind in DEVICE_TYPES])
_PHONE = DEVICE_TYPES.index("phone")
_TOLD = (S.country, S.city, S.asn, S.as_org, S.connection_type)
"""What the log says of a network itself; the least value wins, whatever the order."""


def _list_days(names: pl.Series, bits: NDArray[np.uint64], first: int) -> dy.DataFrame[NetworkDays]:
    network, span = np.nonzero(bits)
    return NetworkDays.cast(
        pl.DataFrame(
            {
                NetworkDays.network.name: names.gather(pl.Series(network)),
                NetworkDays.span.name: span + first,
                NetworkDays.days.name: bits[network, span],
            }
        )
    )


def merge_counts(shares: Iterable[NetworkShare]) -> pl.DataFrame:
    """Add up the counts of disjoint sets of accounts.

    Returns:
        Rows of `NetworkCounts`, sorted, and in column `days` on how many anybody was there.
    """
    parts = list(shares)
    key = C.network.name
    counts = (
        pl.concat(part.counts for part in parts)
        .group_by(key)
        .agg(
            *(pl.col(column).sum() for column in _SUMMED),
            *(pl.col(column.name).min() for column in _TOLD),
        )
        .sort(key)
    )
    # Where there is one account, its days are all there are.
    crowds = counts.filter(C.accounts.col > 1).select(key)
    days = (
        pl.concat(part.days.join(crowds, on=key, how="semi") for part in parts)
        .group_by(key, NetworkDays.span.name)
        .agg(NetworkDays.days.col.bitwise_or())
        .group_by(key)
        .agg(days=NetworkDays.days.col.bitwise_count_ones().sum())
    )
    return counts.join(days, on=key, how="left", maintain_order="left").with_columns(
        pl.coalesce("days", C.account_days.col).cast(pl.UInt32)
    )


_SUMMED = (*Tally._fields, C.lat_e4_sum.name, C.lon_e4_sum.name, C.located.name)


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
    counts: pl.DataFrame,
    pools: pl.DataFrame,
    settings: NetworkSettings,
    use: pl.DataFrame | None = None,
) -> dy.DataFrame[Networks]:
    """Decide the kind of each network from how all accounts behave on it.

    Enrichment (AS names, connection types) is believed where it is given; behaviour
    decides the rest. A network seen little is judged by its neighbours in the block and by
    its provider's pool.

    Args:
        counts: Merged `NetworkCounts` of the whole log, or of some of its blocks.
        pools: From `find_pools`.
        settings: Where few becomes many.
        use: From `Neighbourhoods.use_of_pools`, of the whole log, where counts are but of some.

    Returns:
        One row per network, sorted.
    """
    around = Neighbourhoods.of(counts, pools)
    behaviour = around.behaviour(counts, around.use_of_pools(counts) if use is None else use)
    known = pl.concat([counts.with_columns(around.pools), behaviour], how="horizontal")
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


_ANONYMIZER = r"hosting|datacenter|data center|vpn|proxy|relay|tor\b|cloud"
_CELLULAR = r"mobile|cellular|wireless|lte|5g"


def _kind(settings: NetworkSettings) -> tuple[pl.Expr, pl.Expr]:
    """The first rule that fits decides; ordered from the surest witness to the weakest."""
    said = pl.concat_str(C.connection_type.col, C.as_org.col, separator=" ", ignore_nulls=True)
    said = said.str.to_lowercase()
    stationary = C.stationary_accounts.col / C.accounts.col
    many = C.accounts.col >= settings.crowd_accounts
    # An address that one home after the other is given holds one account a day.
    daily = C.account_days.col / pl.col("days")
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
