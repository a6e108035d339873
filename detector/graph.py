"""Visits → ties: which devices of an account belong together, and how surely."""

import dataframely as dy
import polars as pl

from detector.schemas import Places, Ties, Visits
from detector.scorecard import PER_MICRO
from detector.settings import TieSettings

V, P = Visits, Places
ACCOUNT, DEVICE, PLACE, DAY = V.account_id.name, V.device_id.name, V.place.name, V.day.name


def build_ties(
    visits: pl.DataFrame, places: pl.DataFrame, settings: TieSettings
) -> dy.DataFrame[Ties]:
    """Tie devices of one account by where they are at home.

    Two witnesses, of which the better counts. *Likeness*: how alike the two devices share
    out their days over places (Morisita's index of overlap, 1959, which hardly depends on how
    many days were seen). *Company*: on which share of one device's days the other was at the
    same place; so the television in a second home is tied to the phones that are there
    whenever it plays, and a guest's phone that came twice is not tied to the host's. Each
    place counts by how telling it is: a private line fully, an office or a hotel little.

    Args:
        visits: Of any subset of accounts, whole accounts only.
        places: Their places, with kinds.
        settings: How telling each kind of network is.

    Returns:
        One row per pair of devices that share a place, sorted; `device_a` < `device_b`.
    """
    days = _device_days(visits, places, settings)
    alone = _self_likeness(days)
    pairs = (
        days.join(days, on=[ACCOUNT, PLACE], suffix="_b")
        .filter(pl.col(DEVICE) < pl.col("device_id_b"))
        .join(_days_together(visits, days), on=[ACCOUNT, PLACE, DEVICE, "device_id_b"], how="left")
        .with_columns(pl.col("together").fill_null(0))
    )
    shared = pairs.group_by(ACCOUNT, DEVICE, "device_id_b").agg(
        alike=_micro(pl.col("weight") * pl.col("share") * pl.col("share_b")),
        company=_micro(pl.col("weight") * pl.col("together") / pl.col("total")),
        company_b=_micro(pl.col("weight") * pl.col("together") / pl.col("total_b")),
        days_together=pl.col("together").sum(),
    )
    likeness = pl.col("alike") / (pl.col("alone") * pl.col("alone_b")).sqrt()
    return (
        shared.join(alone, on=[ACCOUNT, DEVICE])
        .join(alone, left_on=[ACCOUNT, "device_id_b"], right_on=[ACCOUNT, DEVICE], suffix="_b")
        .select(
            ACCOUNT,
            device_a=DEVICE,
            device_b="device_id_b",
            strength=pl.max_horizontal(
                likeness, pl.col("company") * PER_MICRO, pl.col("company_b") * PER_MICRO
            )
            .clip(0, 1)
            .round(4),
            days_together="days_together",
        )
        .sort(Ties.primary_key())
        .pipe(Ties.validate, cast=True)
    )


MICRO = 1_000_000


def _micro(value: pl.Expr) -> pl.Expr:
    """Sum whole millionths: the order of float sums is not fixed."""
    return (value * MICRO).round().cast(pl.Int64).sum()


def _self_likeness(days: pl.DataFrame) -> pl.DataFrame:
    """How alike a device's days are among themselves, corrected for how few they are.

    With a handful of days the correction would leave nothing; half the plain value is kept.
    """
    plain = _micro(pl.col("weight") * pl.col("share") ** 2)
    ordered_pairs = pl.col("total") * (pl.col("total") - 1.0)
    fair = _micro(
        pl.when(ordered_pairs > 0)
        .then(pl.col("weight") * pl.col("days") * (pl.col("days") - 1.0) / ordered_pairs)
        .otherwise(0)
    )
    return days.group_by(ACCOUNT, DEVICE).agg(alone=pl.max_horizontal(fair, plain / 2))


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
        .select(ACCOUNT, DEVICE, PLACE, "days", "total", "share", "weight")
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
