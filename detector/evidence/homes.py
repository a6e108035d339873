"""What was observed of accounts as a whole, counted once for the factors of one home."""

import polars as pl

from detector.circles import find_circles
from detector.evidence.circumstances import Scene
from detector.schemas import TELEVISION_TYPES, Places, Visits

V, P = Visits, Places
ACCOUNT, DEVICE, DAY, PLACE = V.account_id.name, V.device_id.name, V.day.name, V.place.name


def observe_homes(scene: Scene) -> pl.DataFrame:
    """Count what the home factors ask about each account as a whole.

    Returns:
        One row per account, sorted.
    """
    kind = pl.col("device_type").cast(pl.String)
    crew = scene.devices.group_by(ACCOUNT).agg(
        home_devices=pl.len(), home_televisions=kind.is_in(TELEVISION_TYPES).sum()
    )
    return (
        crew.join(_rhythm(scene.visits), on=ACCOUNT)
        .join(_places(scene), on=ACCOUNT, how="left")
        .join(_circles(scene), on=ACCOUNT, how="left")
        .sort(ACCOUNT)
    )


def _rhythm(visits: pl.DataFrame) -> pl.DataFrame:
    """Days of use, half-hours that a second or further device played, profiles."""
    playing = V.playing.col
    daily = visits.group_by(ACCOUNT, DAY).agg(
        each=playing.bitwise_count_ones().cast(pl.Int64).sum(),
        any=playing.bitwise_or().bitwise_count_ones().cast(pl.Int64),
        profiles=V.profiles.col.bitwise_or(),
    )
    return daily.group_by(ACCOUNT).agg(
        days_used=pl.len(),
        home_parallel=(pl.col("each") - pl.col("any")).sum(),
        home_profiles=pl.col("profiles").bitwise_or().bitwise_count_ones(),
    )


def _places(scene: Scene) -> pl.DataFrame:
    """How the account spreads over places, and what its main one is."""
    use = (
        scene.visits.filter(PLACE_IS_SOMEWHERE)
        .group_by(ACCOUNT, PLACE)
        .agg(days=pl.col(DAY).n_unique())
    )
    facts = scene.places.select(ACCOUNT, PLACE, P.kind.col, P.accounts.col, P.networks.col)
    main = pl.col("days").arg_max()
    return (
        use.join(facts, on=[ACCOUNT, PLACE])
        .sort(ACCOUNT, PLACE)
        .group_by(ACCOUNT)
        .agg(
            home_places=pl.len(),
            away_days=pl.col("days").sum() - pl.col("days").max(),
            line_accounts=pl.col("accounts").get(main),
            line_networks=pl.col("networks").get(main),
        )
    )


def _circles(scene: Scene) -> pl.DataFrame:
    """How the devices part into circles that have no profile in common."""
    days = scene.visits.group_by(ACCOUNT, DEVICE).agg(days=pl.col(DAY).n_unique().cast(pl.Int64))
    kind = pl.col("device_type").cast(pl.String)
    whole = pl.col("days").sum().over(ACCOUNT)
    return (
        scene.devices.select(ACCOUNT, DEVICE, screen=kind.is_in(TELEVISION_TYPES))
        .join(days, on=[ACCOUNT, DEVICE])
        .with_columns(whole=whole)
        .join(find_circles(scene.visits), on=[ACCOUNT, DEVICE])
        .group_by(ACCOUNT, "circle")
        .agg(pl.col("whole").first(), pl.col("days").sum(), pl.col("screen").any())
        .sort(ACCOUNT, -pl.col("days"), "circle")
        .group_by(ACCOUNT)
        .agg(
            screen_circles=(pl.col("screen") & (pl.col("days") >= CIRCLE_DAYS)).sum(),
            second_circle=pl.col("days").get(1, null_on_oob=True).fill_null(0),
            device_days=pl.col("whole").first(),
        )
    )


CIRCLE_DAYS = 3
"""Device-days from which a circle with a television counts."""

PLACE_IS_SOMEWHERE = V.place.col >= 0
