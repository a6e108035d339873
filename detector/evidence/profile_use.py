"""What the profiles of an account tell of who its groups are, counted once for all factors."""

import polars as pl

from detector.profiles import list_profile_visits
from detector.schemas import TELEVISION_TYPES, Visits
from detector.scorecard import PER_MICRO

V = Visits
ACCOUNT, DEVICE, DAY = V.account_id.name, V.device_id.name, V.day.name
KEY = [ACCOUNT, "group"]
MICRO = 1_000_000
FEW_TELEVISION_DAYS = 4
"""Days with a profile from which on a television shows whose it is."""


def observe_profiles(seen: pl.DataFrame, devices: pl.DataFrame) -> pl.DataFrame:
    """Count what the factors ask about the profiles of each group but home.

    Args:
        seen: Visits with `group`, and `own`: whether at a place of its own group.
        devices: account_id, device_id, device_type.

    Returns:
        One row per account and group whose profiles can be held against those of home.
    """
    visits = list_profile_visits(
        seen.select(*KEY, DEVICE, DAY, "own", V.playing.col, V.profiles.col)
    )
    of_device = visits.group_by(*KEY, DEVICE, "bit").agg(days=pl.len().cast(pl.Int64))
    use = of_device.group_by(*KEY, "bit").agg(pl.col("days").sum())
    return (
        _belonging(use)
        .join(_turns(visits.filter("own")), on=KEY, how="left")
        .join(_lent_television(use, of_device, devices), on=KEY, how="left")
        .join(_twins(use), on=KEY, how="left")
    )


def _belonging(use: pl.DataFrame) -> pl.DataFrame:
    """Where the profiles that the group uses are at home.

    Null where the account has no profiles, or only one, which then tells nobody apart.
    """
    use = use.filter(pl.col("bit").n_unique().over(ACCOUNT) > 1)
    home = use.filter(pl.col("group") == 0).select(
        ACCOUNT, "bit", home="days", whole=pl.col("days").sum().over(ACCOUNT)
    )
    days, at_home = pl.col("days"), pl.col("home")
    return (
        use.filter(pl.col("group") > 0)
        .join(home, on=ACCOUNT, how="semi")
        .join(home, on=[ACCOUNT, "bit"], how="left")
        .with_columns(at_home.fill_null(0))
        .group_by(KEY)
        .agg(
            profile_days=days.sum(),
            shared_days=(days * MICRO * at_home // (at_home + days)).sum(),
            new_days=days.filter(at_home == 0).sum(),
            back=at_home.sum() * MICRO // pl.col("whole").max(),
        )
        .select(
            *KEY,
            "profile_days",
            profile_share=(pl.col("shared_days") / pl.col("profile_days") * PER_MICRO).round(4),
            new_share=(pl.col("new_days") / pl.col("profile_days")).round(4),
            profile_back=(pl.col("back").fill_null(0) * PER_MICRO).round(4),
        )
    )


def _turns(visits: pl.DataFrame) -> pl.DataFrame:
    """Days and half-hours on which one profile was in use at home and at the group's place.

    Null where home uses none of the group's profiles. Half-hours count only for devices that
    used one profile all day: of others nobody knows which profile played when.
    """
    one = pl.col("profiles").bitwise_count_ones() == 1
    use = visits.group_by(*KEY, "bit", DAY).agg(
        playing=pl.col("playing").filter(one).bitwise_or().fill_null(0)
    )
    home = use.filter(pl.col("group") == 0).drop("group")
    away = use.filter(pl.col("group") > 0)
    both = (
        away.join(home, on=[ACCOUNT, "bit", DAY], suffix="_home")
        .group_by(KEY)
        .agg(
            profile_both_days=pl.len().cast(pl.Int64),
            profile_twice=(pl.col("playing") & pl.col("playing_home"))
            .bitwise_count_ones()
            .cast(pl.Int64)
            .sum(),
        )
    )
    at_home = home.group_by(ACCOUNT, "bit").agg(home=pl.len().cast(pl.Int64))
    return (
        away.group_by(*KEY, "bit")
        .agg(days=pl.len().cast(pl.Int64))
        .join(at_home, on=[ACCOUNT, "bit"], how="left")
        .group_by(KEY)
        .agg(
            profile_own_days=pl.col("days").sum(),
            profile_meetings=(pl.col("days") * pl.col("home")).sum(),
        )
        .filter(pl.col("profile_meetings") > 0)
        .join(both, on=KEY, how="left")
        .with_columns(pl.col("profile_both_days", "profile_twice").fill_null(0))
    )


def _lent_television(
    use: pl.DataFrame, of_device: pl.DataFrame, devices: pl.DataFrame
) -> pl.DataFrame:
    """The largest and the least share that a television of home plays for the group's profiles.

    A profile is the group's as far as the group uses it more than home's other devices do.
    """
    is_television = pl.col("device_type").cast(pl.String).is_in(TELEVISION_TYPES)
    screens = devices.filter(is_television).select(ACCOUNT, DEVICE)
    at_home = of_device.filter(pl.col("group") == 0).drop("group")
    shown = (
        at_home.join(screens, on=[ACCOUNT, DEVICE], how="semi")
        .with_columns(total=pl.col("days").sum().over(ACCOUNT, DEVICE))
        .filter(pl.col("total") >= FEW_TELEVISION_DAYS)
    )
    rest = (
        at_home.join(screens, on=[ACCOUNT, DEVICE], how="anti")
        .group_by(ACCOUNT, "bit")
        .agg(rest=pl.col("days").sum())
    )
    use = use.filter(pl.col("group") > 0).rename({"days": "theirs"})
    theirs, homes = pl.col("theirs"), pl.col("rest")
    return (
        use.select(KEY)
        .unique()
        .join(shown, on=ACCOUNT)
        .join(use, on=[*KEY, "bit"], how="left")
        .join(rest, on=[ACCOUNT, "bit"], how="left")
        .with_columns(theirs.fill_null(0), homes.fill_null(0))
        .group_by(*KEY, DEVICE)
        .agg(
            lent=(pl.col("days") * MICRO * theirs // (theirs + homes).clip(1)).sum()
            // pl.col("total").first()
        )
        .group_by(KEY)
        .agg(
            lent=(pl.col("lent").max() * PER_MICRO).round(4),
            lent_least=(pl.col("lent").min() * PER_MICRO).round(4),
        )
    )


def _twins(use: pl.DataFrame) -> pl.DataFrame:
    """The other group away from home whose profiles are most like the group's, and how like."""
    days = pl.col("days")
    use = use.filter(pl.col("group") > 0).with_columns(days * MICRO // days.sum().over(KEY))
    return (
        use.join(use, on=[ACCOUNT, "bit"], suffix="_twin")
        .filter(pl.col("group") != pl.col("group_twin"))
        .group_by(*KEY, twin="group_twin")
        .agg(alike=pl.min_horizontal("days", "days_twin").sum())
        .sort(*KEY, -pl.col("alike"), "twin")
        .group_by(KEY, maintain_order=True)
        .agg(pl.col("twin").first(), twin_share=(pl.col("alike").first() * PER_MICRO).round(4))
    )
