"""When the groups of an account lived where: change points, rhythms and check-ins."""

import polars as pl

from detector.schemas import Visits

V = Visits
ACCOUNT, DEVICE, DAY, PLACE = V.account_id.name, V.device_id.name, V.day.name, V.place.name
KEY = [ACCOUNT, "group"]
SETTLED_DAYS = 3
"""A device first seen later than this after the account's first day is a new one."""


def observe_timelines(seen: pl.DataFrame, days: pl.DataFrame) -> pl.DataFrame:
    """Count what the factors ask about the course of each group's days.

    Args:
        seen: Visits with `group`, `own` (at a place of its group) and `at_home`.
        days: One row per account, group and day with `own` and `at_home`.

    Returns:
        One row per account and group that was seen on any day, home left out.
    """
    groups = days.filter(pl.col("group") > 0)
    away = groups.filter("own").select(*KEY, DAY)
    visits_home = groups.filter("at_home").select(*KEY, DAY)
    home = days.filter((pl.col("group") == 0) & pl.col("own")).select(ACCOUNT, DAY)
    every = groups.select(KEY).unique()
    return (
        every.join(_change(every.join(home, on=ACCOUNT), away, "move"), on=KEY, how="left")
        .join(_change(visits_home, away, "leave"), on=KEY, how="left")
        .join(_repeats(away, {"week_pairs": 7, "fortnight_pairs": 14}), on=KEY, how="left")
        .join(_repeats(visits_home, {"month_pairs": 28}), on=KEY, how="left")
        .join(_check_ins(seen), on=KEY, how="left")
        .join(_new_devices(seen), on=KEY, how="left")
    )


def _change(first: pl.DataFrame, second: pl.DataFrame, name: str) -> pl.DataFrame:
    """How far one moment parts two sets of days: what lies on its proper side of the best one.

    A change point by least misfits. `{name}_parted` of `{name}_days` days are told apart by it
    beyond what calling all days by the larger set would tell; all of them if one set ends
    before the other begins, none if both go on side by side.
    """
    both = (
        pl.concat(
            [
                first.select(*KEY, DAY, one=pl.lit(1), two=pl.lit(0)),
                second.select(*KEY, DAY, one=pl.lit(0), two=pl.lit(1)),
            ]
        )
        .group_by(*KEY, DAY)
        .agg(pl.col("one", "two").sum())
        .sort(*KEY, DAY)
    )
    lead = (pl.col("one") - pl.col("two")).cum_sum().over(KEY)
    ones, twos = pl.col("ones"), pl.col("twos")
    return (
        both.with_columns(lead=lead)
        .group_by(KEY)
        .agg(
            ones=pl.col("one").sum(),
            twos=pl.col("two").sum(),
            forth=pl.col("lead").max(),
            back=(-pl.col("lead")).max(),
        )
        .filter((ones > 0) & (twos > 0))
        .select(
            *KEY,
            (
                pl.max_horizontal(twos + pl.col("forth"), ones + pl.col("back"))
                - pl.max_horizontal(ones, twos)
            ).alias(f"{name}_parted"),
            pl.min_horizontal(ones, twos).alias(f"{name}_days"),
        )
    )


def _repeats(days: pl.DataFrame, lags: dict[str, int]) -> pl.DataFrame:
    """Pairs of days that lie a given number of days apart."""
    counts = days.select(KEY).unique()
    for name, lag in lags.items():
        later = days.with_columns(pl.col(DAY).dt.offset_by(f"{lag}d"))
        pairs = later.join(days, on=[*KEY, DAY]).group_by(KEY).agg(pl.len().alias(name))
        counts = counts.join(pairs, on=KEY, how="left")
    return counts


def _check_ins(seen: pl.DataFrame) -> pl.DataFrame:
    """What the group does while it is at home."""
    return (
        seen.filter((pl.col("group") > 0) & pl.col("at_home"))
        .group_by(KEY)
        .agg(home_events=V.events.col.cast(pl.Int64).sum())
    )


def _new_devices(seen: pl.DataFrame) -> pl.DataFrame:
    """Devices that came new, and how many of them were first seen at home."""
    first = pl.col(DAY) == pl.col(DAY).min()
    since = (pl.col(DAY).min() - pl.col("begin").first()).dt.total_days()
    return (
        seen.with_columns(begin=pl.col(DAY).min().over(ACCOUNT))
        .filter((pl.col("group") > 0) & (pl.col(PLACE) >= 0))
        .group_by(*KEY, DEVICE)
        .agg(since=since, at_home=pl.col("at_home").filter(first).any())
        .filter(pl.col("since") > SETTLED_DAYS)
        .group_by(KEY)
        .agg(new_devices=pl.len(), new_at_home=pl.col("at_home").sum())
    )
