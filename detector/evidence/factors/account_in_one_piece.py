"""What may betray that an account in one piece holds two households.

Two households behind one carrier address or on lines that nothing tells apart look like one
large home.
"""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign, counted, percent, share
from detector.evidence.factors.pairs import pair
from detector.schemas import Theme

_BUSY = "large families are as busy as that"
_RESERVED = "one of a large family may keep a television and a profile to herself"

CREW = Factor(
    name="home_crew",
    theme=Theme.TELEVISIONS,
    asks="how many televisions home has",
    innocent=_BUSY,
    value=pl.col("home_televisions"),
    text=pl.format("home has {}", counted(pl.col("home_televisions"), "television")),
    sign=Sign.FOR,
)

DEVICES = Factor(
    name="home_devices",
    theme=Theme.ACCOUNT,
    asks="how many devices the account holds in all",
    innocent=_BUSY,
    value=pl.col("home_devices"),
    text=pl.format("{} in all", counted(pl.col("home_devices"), "device")),
    sign=Sign.FOR,
)

CIRCLES = Factor(
    name="home_circles",
    theme=Theme.PEOPLE,
    asks="whether its televisions fall into circles without a profile in common",
    innocent=_RESERVED,
    value=pl.col("screen_circles"),
    text=pl.format(
        "its televisions part into {} without a profile in common",
        counted(pl.col("screen_circles"), "circle"),
    ),
    sign=Sign.FOR,
)

SECOND_CIRCLE = Factor(
    name="second_circle",
    theme=Theme.PEOPLE,
    asks="how much of the use is by devices that have no profile in common with most others",
    innocent=_RESERVED,
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
        theme=Theme.ACCOUNT,
        asks="how long a second or further device played at once",
        innocent=_BUSY,
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
        theme=Theme.PEOPLE,
        asks="how many profiles are in use",
        innocent=_BUSY,
        value=pl.when(pl.col("home_profiles") > 0).then("home_profiles"),
        text=pl.format("{} in use", counted(pl.col("home_profiles"), "profile")),
        sign=Sign.FOR,
    ),
    CIRCLES,
    SECOND_CIRCLE,
    Factor(
        name="home_line",
        theme=Theme.PLACE,
        asks="how many accounts share home's line",
        innocent="many honest homes lie behind one address of a carrier",
        value=pl.col("line_accounts").log(2).round(3),
        text=pl.format("{} seen on home's line", counted(pl.col("line_accounts"), "account")),
        sign=Sign.FOR,
    ),
    Factor(
        name="home_networks",
        theme=Theme.PLACE,
        asks="how often home's line was renumbered",
        innocent="lines are renumbered, some of them every day",
        value=(pl.col("line_networks") / pl.col("days_used")).round(2),
        text=pl.format(
            "home's line showed {}", counted(pl.col("line_networks"), "address", "addresses")
        ),
    ),
    Factor(
        name="away",
        theme=Theme.PLACE,
        asks="how long the account was at other places than home",
        innocent="families travel",
        value=(pl.col("away_days") / pl.col("days_used")).round(3),
        text=pl.format("{} at other places", counted(pl.col("away_days"), "day")),
    ),
    pair(CREW, (1, 2, 3), SECOND_CIRCLE, (0.05, 0.15, 0.3)),
    pair(DEVICES, (4, 6, 8), CIRCLES, (2,)),
)
"""Asked only of accounts without a second group."""
