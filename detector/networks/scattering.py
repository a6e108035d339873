"""Providers that give every session an address of its own, so that not meeting says nothing."""

import polars as pl

from detector.kernels.coded import CodedRows
from detector.kinds import is_stationary
from detector.schemas import ACCOUNT, Networks, Sightings
from detector.settings import PlaceSettings

S = Sightings
POOL, BLOCK = Networks.pool.name, "block"

_EVERY_OTHER = 0x5555_5555_5555_5555


def count_meetings(sightings: CodedRows) -> pl.DataFrame:
    """Count for each block of addresses how often two devices of an account meet on one of them.

    Only pairs with a stationary device count, once for each of the two that is one: these are at
    home most. Blocks are IPv4 /16; other networks tell nothing.

    Args:
        sightings: All sightings of some accounts, from `detector.networks.count.encode`.

    Returns:
        block, network (the first of the block, to find its pool by), joint and matched hours.

    Examples:
        A television and a phone were on from 20:00 to 22:00, for an hour of it at one address:

        >>> from detector.networks.count import encode
        >>> evenings = Sightings.sample(3, overrides={
        ...     "account_id": "ada", "device_id": ["tv", "phone", "phone"], "day": 0,
        ...     "device_type": ["tv", "phone", "phone"], "seen": [0b1111 << 40, 3 << 40, 3 << 42],
        ...     "network": ["81.2.69.142", "81.2.69.142", "81.2.7.1"]})
        >>> count_meetings(encode(evenings)).rows()
        [('81.2', '81.2.69.142', 2, 1)]
    """
    block = sightings.encoded(S.network.name).read(_blocks)
    hour = (S.seen.col | S.seen.col // 2) & pl.lit(_EVERY_OTHER, pl.UInt64)
    keys = [ACCOUNT, S.day.name, BLOCK]
    rows = (
        sightings.rows.lazy()
        .with_columns(block.codes.alias(BLOCK), hours=hour)
        .select(*keys, S.device_id.name, S.network.name, S.device_type.name, "hours")
        .drop_nulls(BLOCK)
    )
    both = (
        rows.filter(is_stationary(S.device_type.col))
        .join(rows, on=keys, suffix="_b")
        .filter(S.device_id.col != pl.col("device_id_b"))
    )
    pairs = both.collect(engine="in-memory")
    counts = _add_up(pairs.lazy()).collect(engine="in-memory")
    first = (
        sightings.spell(pairs.select(BLOCK, S.network.name).unique())
        .group_by(BLOCK)
        .agg(S.network.col.min())
    )
    found = counts.join(first, on=BLOCK).with_columns(
        pl.lit(block.texts).gather(BLOCK).alias(BLOCK)
    )
    return found.select(BLOCK, S.network.name, "joint", "matched").sort(BLOCK)


def _blocks(networks: pl.Series) -> pl.Series:
    return networks.str.extract(r"^([0-9]+\.[0-9]+)\.")


def _add_up(both: pl.LazyFrame) -> pl.LazyFrame:
    """The hours of each block on which two devices were on, and at one address."""
    mine, theirs = pl.col("hours"), pl.col("hours_b")
    at_one = S.network.col == pl.col("network_b")
    matched = pl.when(at_one).then(_hours(mine & theirs)).otherwise(0)
    pairs = both.group_by(ACCOUNT, S.day.name, BLOCK, S.device_id.name, "device_id_b").agg(
        mine.bitwise_or(), theirs.bitwise_or(), matched=matched.sum()
    )
    joint = _hours(mine & theirs).sum()
    return pairs.group_by(BLOCK).agg(joint=joint, matched=pl.col("matched").sum())


def _hours(half_hours: pl.Expr) -> pl.Expr:
    return half_hours.bitwise_count_ones().cast(pl.Int64)


def add_up_meetings(meetings: pl.LazyFrame) -> pl.LazyFrame:
    """Add up the meetings of disjoint sets of accounts.

    Sets may know a block by other networks; the first of all speaks, however they were dealt.

    Examples:
        >>> meetings = pl.LazyFrame({
        ...     "block": "81.2", "network": ["81.2.69.7", "81.2.69.142"],
        ...     "joint": 5, "matched": 4})
        >>> add_up_meetings(meetings).collect().rows()
        [('81.2', '81.2.69.142', 10, 8)]
    """
    sums = pl.col("joint", "matched").sum()
    return meetings.group_by(BLOCK).agg(S.network.col.min(), sums)


def find_scattering_pools(meetings: pl.DataFrame, settings: PlaceSettings) -> pl.DataFrame:
    """Name the providers on which even the devices of one home hardly ever share an address.

    Args:
        meetings: Of the whole log, each block once and with the pool that it belongs to.
        settings: How rare a match must be.

    Returns:
        Column `pool`, sorted.

    Examples:
        Of a million hours that two devices of a home were on, a few at one address:

        >>> meetings = pl.DataFrame({
        ...     "pool": ["AS1", "AS2"], "joint": 1_000_000, "matched": [900_000, 12]})
        >>> find_scattering_pools(meetings, PlaceSettings()).rows()
        [('AS2',)]
    """
    return (
        meetings.group_by(POOL)
        .agg(pl.col("joint").sum(), pl.col("matched").sum())
        .filter(
            pl.col("joint") >= settings.min_scatter_hours,
            pl.col("matched") < settings.max_scatter_rate * pl.col("joint"),
        )
        .select(POOL)
        .sort(POOL)
    )
