"""Visits → ties: which devices of an account belong together, and how surely."""

import dataframely as dy
import polars as pl

from detector.schemas import Places, Ties, Visits
from detector.settings import TieSettings

V, P = Visits, Places
ACCOUNT, DEVICE, PLACE, DAY = V.account_id.name, V.device_id.name, V.place.name, V.day.name


def build_ties(
    visits: pl.DataFrame, places: pl.DataFrame, settings: TieSettings
) -> dy.DataFrame[Ties]:
    """Tie devices of one account by where they are at home.

    A tie is the share of one device's days that it spends where the other lives, or where
    the other is present on the same day; the better of the two directions counts. So the
    television in a second home is tied to the phones that are there whenever it plays, and a
    guest's phone that came twice is not tied to the host's. Each place counts by how telling
    it is: a private line fully, an office or a hotel little.

    Args:
        visits: Of any subset of accounts, whole accounts only.
        places: Their places, with kinds.
        settings: How telling each kind of network is.

    Returns:
        One row per pair of devices that share a place, sorted; `device_a` < `device_b`.
    """
    days = _device_days(visits, places, settings)
    together = _days_together(visits, days)
    pairs = (
        days.join(days, on=[ACCOUNT, PLACE], suffix="_b")
        .filter(pl.col(DEVICE) != pl.col("device_id_b"))
        .join(together, on=[ACCOUNT, PLACE, DEVICE, "device_id_b"], how="left")
        .with_columns(pl.col("together").fill_null(0))
    )
    lives_there = pl.max_horizontal(pl.col("share_b"), pl.col("together") / pl.col("days"))
    one_way = pairs.group_by(ACCOUNT, DEVICE, "device_id_b").agg(
        # Summed as whole millionths: the order of float sums is not fixed.
        micro=(1e6 * pl.col("share") * pl.col("weight") * lives_there).round().cast(pl.Int64).sum(),
        days_together=pl.col("together").sum(),
    )
    swap = pl.col(DEVICE) > pl.col("device_id_b")
    return (
        one_way.select(
            ACCOUNT,
            device_a=pl.when(swap).then("device_id_b").otherwise(DEVICE),
            device_b=pl.when(swap).then(DEVICE).otherwise("device_id_b"),
            strength=(pl.col("micro").clip(0, 1_000_000) / 1e6),
            days_together="days_together",
        )
        .group_by(Ties.primary_key())
        .agg(pl.col("strength").max(), pl.col("days_together").max())
        .sort(Ties.primary_key())
        .pipe(Ties.validate, cast=True)
    )


def _device_days(visits: pl.DataFrame, places: pl.DataFrame, settings: TieSettings) -> pl.DataFrame:
    """Days of each device at each place, as a share of its days at any place."""
    weight = {k: w for k, w in settings.model_dump().items() if k != "max_devices"}
    kinds = places.select(
        ACCOUNT,
        PLACE,
        weight=P.kind.col.cast(pl.String).replace_strict(weight, return_dtype=pl.Float64),
    )
    days = visits.filter(V.place.col >= 0).group_by(ACCOUNT, DEVICE, PLACE).agg(days=pl.len())
    total = pl.col("days").sum().over(ACCOUNT, DEVICE)
    return (
        days.with_columns(share=pl.col("days") / total, total=total)
        .with_columns(
            busy=pl.struct(-pl.col("total").cast(pl.Int64), DEVICE).rank("dense").over(ACCOUNT)
        )
        .filter(pl.col("busy") <= settings.max_devices)
        .join(kinds, on=[ACCOUNT, PLACE])
        .select(ACCOUNT, DEVICE, PLACE, "days", "share", "weight")
    )


def _days_together(visits: pl.DataFrame, days: pl.DataFrame) -> pl.DataFrame:
    """Days on which two devices were at one place."""
    there = visits.select(ACCOUNT, DEVICE, PLACE, DAY).join(
        days.select(ACCOUNT, DEVICE, PLACE), on=[ACCOUNT, DEVICE, PLACE]
    )
    return (
        there.join(there, on=[ACCOUNT, PLACE, DAY], suffix="_b")
        .filter(pl.col(DEVICE) != pl.col("device_id_b"))
        .group_by(ACCOUNT, PLACE, DEVICE, "device_id_b")
        .agg(together=pl.len())
    )
