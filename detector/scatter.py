"""Providers that give every session an address of its own, so that not meeting says nothing."""

import polars as pl

from detector.schemas import Sightings, is_stationary
from detector.settings import PlaceSettings

S = Sightings
ACCOUNT, DEVICE, NETWORK, DAY = (
    S.account_id.name,
    S.device_id.name,
    S.network.name,
    S.day.name,
)
POOL = "pool"


def count_pool_meetings(sightings: pl.DataFrame) -> pl.DataFrame:
    """Count for each block of addresses how often two devices of an account meet on one of them.

    Only pairs with a stationary device count: these are at home most. Counts of disjoint
    accounts add up.

    Returns:
        block, network (the first of the block, to find its pool by), joint and matched hours.
    """
    block = pl.col(NETWORK).str.extract(r"^([0-9]+\.[0-9]+)\.", 1)
    v4 = sightings.with_columns(block=block).filter(pl.col("block").is_not_null())
    keys = [ACCOUNT, "block", DAY]
    daily = v4.group_by(*keys, DEVICE).agg(
        hours=pl.col("hours").bitwise_or(),
        still=is_stationary().any(),
        network=pl.col(NETWORK).min(),
    )
    apart = pl.col(DEVICE) != pl.col("device_id_b")
    joint = (
        daily.filter("still")
        .join(daily, on=keys, suffix="_b")
        .filter(apart)
        .group_by("block")
        .agg(joint=_common_hours().cast(pl.Int64).sum(), network=pl.col("network").min())
    )
    matched = (
        v4.filter(is_stationary())
        .join(v4, on=[*keys, NETWORK], suffix="_b")
        .filter(apart)
        .group_by("block")
        .agg(matched=_common_hours().cast(pl.Int64).sum())
    )
    return (
        joint.join(matched, on="block", how="left")
        .with_columns(pl.col("matched").fill_null(0))
        .select("block", "network", "joint", "matched")
        .sort("block")
    )


def find_scattering_pools(
    meetings: pl.DataFrame, networks: pl.DataFrame, settings: PlaceSettings
) -> pl.DataFrame:
    """Name the providers on which even the devices of one home hardly ever share an address.

    Args:
        meetings: From `count_pool_meetings` over the whole log, shard after shard.
        networks: To find the pool of each block.
        settings: How rare a match must be.

    Returns:
        Column `pool`, sorted.
    """
    # Shards may know a block by other networks; the first of all speaks, however it was dealt.
    blocks = meetings.group_by("block").agg(
        pl.col("network").min(), pl.col("joint", "matched").sum()
    )
    return (
        blocks.join(networks.select("network", POOL), on="network")
        .group_by(POOL)
        .agg(pl.col("joint").sum(), pl.col("matched").sum())
        .filter(
            pl.col("joint") >= settings.min_expected_meetings * 10,
            pl.col("matched") < settings.max_scatter_rate * pl.col("joint"),
        )
        .select(POOL)
        .sort(POOL)
    )


def _common_hours() -> pl.Expr:
    return (pl.col("hours") & pl.col("hours_b")).bitwise_count_ones()
