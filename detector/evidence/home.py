"""What was observed of accounts whose devices all live together, and what it may betray.

Two households behind one carrier address or on lines that nothing tells apart look like one
large home. Innocent: large families are as busy as that; so these factors move little.
"""

import polars as pl

from detector.evidence.circumstances import Scene
from detector.evidence.factor import Factor, Sign, counted
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


PLACE_IS_SOMEWHERE = V.place.col >= 0

HOME_FACTORS: tuple[Factor, ...] = (
    Factor(
        name="home_crew",
        value=pl.col("home_televisions"),
        text=pl.format("home has {}", counted(pl.col("home_televisions"), "television")),
        sign=Sign.FOR,
    ),
    Factor(
        name="home_devices",
        value=pl.col("home_devices"),
        text=pl.format("{} in all", counted(pl.col("home_devices"), "device")),
        sign=Sign.FOR,
    ),
    Factor(
        name="home_parallel",
        value=(pl.col("home_parallel") / pl.col("days_used")).round(3),
        text=pl.format(
            "a second device played in {} on {}",
            counted(pl.col("home_parallel"), "half-hour"),
            counted(pl.col("days_used"), "day"),
        ),
        sign=Sign.FOR,
    ),
    Factor(
        name="home_profiles",
        value=pl.when(pl.col("home_profiles") > 0).then("home_profiles"),
        text=pl.format("{} in use", counted(pl.col("home_profiles"), "profile")),
        sign=Sign.FOR,
    ),
    Factor(
        name="home_line",
        value=pl.col("line_accounts").log(2).round(3),
        text=pl.format("{} seen on home's line", counted(pl.col("line_accounts"), "account")),
        sign=Sign.FOR,
    ),
    Factor(
        name="home_networks",
        value=(pl.col("line_networks") / pl.col("days_used")).round(2),
        text=pl.format(
            "home's line showed {}", counted(pl.col("line_networks"), "address", "addresses")
        ),
    ),
    Factor(
        name="away",
        value=(pl.col("away_days") / pl.col("days_used")).round(3),
        text=pl.format("{} at other places", counted(pl.col("away_days"), "day")),
    ),
)
"""Asked only of accounts without a second group."""
