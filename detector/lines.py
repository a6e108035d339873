"""Which devices hop over a provider's addresses on one line, and which on another.

Many lines show another address at most sessions, so the addresses of two devices of one home
may hardly ever be the same. What tells is the hours in which both were on: on one line they
then share an address as often as one device keeps its own; on two lines never.
"""

import polars as pl

from detector.components import label_components
from detector.prefixes import line_of, position_of
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
UNIT = "unit"
PAIR = [ACCOUNT, POOL, UNIT, "unit_b"]


def name_units(spots: pl.DataFrame, settings: PlaceSettings) -> pl.DataFrame:
    """Name what may be put in one place as a whole.

    A television's addresses within one provider's pool belong together, and so do the
    short-lived ones of any other device; an address that stays is a unit of its own.

    Args:
        spots: Sightings with `pool`, anonymous and mobile networks left out.
        settings: How short-lived.

    Returns:
        The sightings with column `unit`.
    """
    span = (pl.col(DAY).max() - pl.col(DAY).min()).dt.total_days().over(ACCOUNT, NETWORK)
    hops = is_stationary() | (span < settings.max_hop_days)
    return spots.with_columns(
        unit=pl.when(hops)
        .then(pl.concat_str(pl.lit("d"), DEVICE, POOL, separator="\x1f"))
        .otherwise(pl.concat_str(pl.lit("n"), NETWORK, separator="\x1f")),
        hops=hops,
    )


def count_meetings(units: pl.DataFrame) -> pl.DataFrame:
    """Count how often two hopping units shared an address, and how often one line would let them.

    By hours in which both were on, or by days where the lines keep an address for a day.

    Returns:
        One row per pair of units of an account in one pool that were ever on in one day:
        matches seen, days with one, and matches to expect on one line.
    """
    hopping = units.filter("hops").select(
        ACCOUNT, POOL, UNIT, line_of(pl.col(NETWORK)).alias(NETWORK), DAY, "hours"
    )
    daily = hopping.group_by(ACCOUNT, POOL, UNIT, DAY).agg(
        hours=pl.col("hours").bitwise_or(),
        addressed=pl.col("hours").bitwise_count_ones().sum(),
        addresses=pl.col(NETWORK).n_unique(),
    )
    addressed, on = pl.col("addressed").sum(), pl.col("hours").bitwise_count_ones().sum()
    steady = daily.group_by(ACCOUNT, POOL, UNIT).agg(
        # Hours or days with a second address of one device show how seldom a match may be.
        steady=(2 - addressed / on).clip(0.2, 1),
        steady_day=(2 - pl.col("addresses").mean()).clip(0, 1),
    )
    keys = [ACCOUNT, POOL, DAY]
    joint = (
        daily.join(daily, on=keys, suffix="_b")
        .filter(pl.col(UNIT) < pl.col("unit_b"))
        .group_by(PAIR)
        .agg(joint=_common_hours().sum(), joint_days=pl.len())
    )
    matched = (
        hopping.join(hopping, on=[*keys, NETWORK], suffix="_b")
        .filter(pl.col(UNIT) < pl.col("unit_b"))
        .group_by(*PAIR, DAY)
        .agg(both=(pl.col("hours") & pl.col("hours_b")).bitwise_or())
        .group_by(PAIR)
        .agg(matched=pl.col("both").bitwise_count_ones().sum(), shared_days=pl.len())
    )
    return (
        joint.join(matched, on=PAIR, how="left")
        .join(steady, on=[ACCOUNT, POOL, UNIT])
        .join(steady.rename({UNIT: "unit_b"}), on=[ACCOUNT, POOL, "unit_b"], suffix="_b")
        .with_columns(pl.col("matched", "shared_days").fill_null(0))
        .with_columns(
            by_hour=pl.col("joint") * pl.min_horizontal("steady", "steady_b"),
            by_day=pl.col("joint_days") * pl.min_horizontal("steady_day", "steady_day_b"),
        )
        .with_columns(
            matched=pl.when(pl.col("by_day") > pl.col("by_hour"))
            .then("shared_days")
            .otherwise("matched"),
            expected=pl.max_horizontal("by_day", "by_hour"),
        )
        .select(*PAIR, "matched", "shared_days", "expected")
        .sort(PAIR)
    )


def _common_hours() -> pl.Expr:
    return (pl.col("hours") & pl.col("hours_b")).bitwise_count_ones()


def label_lines(
    units: pl.DataFrame, scatter: pl.DataFrame, settings: PlaceSettings
) -> pl.DataFrame:
    """Say which hopping units are on one line.

    Units that meet on one address as often as one line would let them are joined; units that
    should have met and never did are kept apart; all others get the benefit of the doubt and
    join the account's main line of that provider. Where a provider gives every session an
    address of its own (see `scatter`), not meeting says nothing.

    Args:
        units: From `name_units`.
        scatter: Column `pool`: providers on which even one home's devices never meet.
        settings: What counts as meeting.

    Returns:
        account_id, pool, unit, line; a line is named by its first unit.
    """
    hopping = units.filter("hops")
    use = (
        hopping.group_by(ACCOUNT, POOL, UNIT)
        .agg(days=pl.col(DAY).n_unique(), addresses=pl.col(NETWORK).n_unique())
        .sort(ACCOUNT, POOL, UNIT)
    )
    met = count_meetings(units).join(
        scatter.select(POOL, scattered=pl.lit(value=True)), on=POOL, how="left"
    )
    rate = pl.col("matched") / pl.col("expected")
    powered = pl.col("expected") >= settings.min_expected_meetings
    joined = met.filter(
        (powered & (rate >= settings.min_meeting_rate)) | (~powered & (pl.col("shared_days") > 0))
    )
    apart = met.filter(
        powered & (rate < settings.min_meeting_rate / 2) & pl.col("scattered").is_null()
    )
    labels = _component(use, joined)
    return _gather(labels, _foes(labels, apart), _positions(hopping, labels), settings)


def _component(use: pl.DataFrame, joined: pl.DataFrame) -> pl.DataFrame:
    key = pl.concat_str(ACCOUNT, UNIT, separator="\x1e")
    keyed = use.with_columns(key=key).sort("key")
    left = joined.select(key).to_series()
    right = joined.select(pl.concat_str(ACCOUNT, "unit_b", separator="\x1e")).to_series()
    return keyed.with_columns(line=label_components(keyed["key"], left, right)).drop("key")


def _foes(labels: pl.DataFrame, apart: pl.DataFrame) -> pl.DataFrame:
    """Pairs of lines that should have met and did not, both ways round."""
    named = labels.select(ACCOUNT, UNIT, "line")
    pairs = (
        apart.join(named, on=[ACCOUNT, UNIT])
        .join(named.rename({UNIT: "unit_b", "line": "foe"}), on=[ACCOUNT, "unit_b"])
        .filter(pl.col("line") != pl.col("foe"))
        .select("line", "foe")
    )
    return pl.concat([pairs, pairs.select(line="foe", foe="line")]).unique()


def _positions(hopping: pl.DataFrame, labels: pl.DataFrame) -> pl.DataFrame:
    """Where each line's networks stand in the space of addresses, as numbers."""
    return (
        hopping.join(labels.select(ACCOUNT, UNIT, "line"), on=[ACCOUNT, UNIT])
        .select("line", position=position_of(pl.col(NETWORK)))
        .drop_nulls()
        .unique()
        .sort("position", "line")
    )


def _gather(
    labels: pl.DataFrame, foes: pl.DataFrame, positions: pl.DataFrame, settings: PlaceSettings
) -> pl.DataFrame:
    """Let lines that hop over the same stretch of addresses be one, the busiest leading."""
    where = [ACCOUNT, POOL]
    lines = (
        labels.group_by(*where, "line")
        .agg(pl.col("days").sum(), pl.col("addresses").sum(), name=pl.col(UNIT).min())
        .sort(*where, -pl.col("days").cast(pl.Int64), -pl.col("addresses").cast(pl.Int64), "name")
    )
    hops = pl.col("addresses") >= settings.min_hops_per_day * pl.col("days")
    settled = [lines.filter(~hops).select("line", "name")]
    rest = lines.filter(hops)
    while rest.height:
        chiefs = rest.group_by(where, maintain_order=True).agg(
            chief=pl.col("line").first(), led_by=pl.col("name").first()
        )
        others = rest.join(chiefs, on=where).filter(pl.col("line") != pl.col("chief"))
        free = others.join(foes, left_on=["line", "chief"], right_on=["line", "foe"], how="anti")
        near = free.join(_near(free, positions, settings), on="line", how="semi")
        settled.append(chiefs.select(line="chief", name="led_by"))
        settled.append(near.select("line", name="led_by"))
        rest = others.join(near.select("line"), on="line", how="anti").drop("chief", "led_by")
    return labels.join(pl.concat(settled), on="line").select(*where, UNIT, line="name")


def _near(pairs: pl.DataFrame, positions: pl.DataFrame, settings: PlaceSettings) -> pl.DataFrame:
    """Lines most of whose networks stand near one of their chief's."""
    asked = (
        positions.join(pairs.select("line", "chief"), on="line")
        .sort("position")
        .with_columns(pl.col("chief").cast(pl.Int64))
    )
    held = positions.select("position", chief=pl.col("line").cast(pl.Int64), at="position").sort(
        "position"
    )
    gap = (pl.col("position") - pl.col("at")).abs().cast(pl.Float64)
    return (
        asked.join_asof(held, on="position", by="chief", strategy="nearest", check_sortedness=False)
        .group_by("line")
        .agg(gap=gap.fill_null(float("inf")).median())
        .filter(pl.col("gap") <= settings.max_stretch)
        .select("line")
    )


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
