"""What may betray that an account in one piece holds two households.

Two households behind one carrier address or on lines that nothing tells apart look like one
large home. Innocent: large families are as busy as that, and one of them may keep a television
and a profile to herself.
"""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign, counted, percent, share
from detector.evidence.factors.pairs import pair

CREW = Factor(
    name="home_crew",
    value=pl.col("home_televisions"),
    text=pl.format("home has {}", counted(pl.col("home_televisions"), "television")),
    sign=Sign.FOR,
)

DEVICES = Factor(
    name="home_devices",
    value=pl.col("home_devices"),
    text=pl.format("{} in all", counted(pl.col("home_devices"), "device")),
    sign=Sign.FOR,
)

CIRCLES = Factor(
    name="home_circles",
    value=pl.col("screen_circles"),
    text=pl.format(
        "its televisions part into {} without a profile in common",
        counted(pl.col("screen_circles"), "circle"),
    ),
    sign=Sign.FOR,
)

SECOND_CIRCLE = Factor(
    name="second_circle",
    value=share(pl.col("second_circle"), pl.col("device_days")),
    text=pl.format(
        "{} of use is by devices that have no profile in common with most others",
        percent(share(pl.col("second_circle"), pl.col("device_days"))),
    ),
    sign=Sign.FOR,
)

HOME_FACTORS: tuple[Factor, ...] = (
    CREW,
    DEVICES,
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
    CIRCLES,
    SECOND_CIRCLE,
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
    pair(CREW, (1, 2, 3), SECOND_CIRCLE, (0.05, 0.15, 0.3)),
    pair(DEVICES, (4, 6, 8), CIRCLES, (2,)),
)
"""Asked only of accounts without a second group."""
