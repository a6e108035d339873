"""What may betray that an account in one piece holds two households.

Two households behind one carrier address or on lines that nothing tells apart look like one
large home.
"""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign, counted, none_or, percent, share
from detector.evidence.factors.pairs import pair
from detector.evidence.observations import HomeObservations
from detector.kinds import Theme

H = HomeObservations

_BUSY = "large families are as busy as that"
_RESERVED = "one of a large family may keep a television and a profile to herself"

CREW = Factor(
    name="home_crew",
    theme=Theme.TELEVISIONS,
    asks="how many televisions home has",
    innocent=_BUSY,
    value=H.home_televisions.col,
    text=pl.format(
        "home has {}",
        none_or(
            H.home_televisions.col, "no television", counted(H.home_televisions.col, "television")
        ),
    ),
    sign=Sign.FOR,
)

DEVICES = Factor(
    name="home_devices",
    theme=Theme.ACCOUNT,
    asks="how many devices the account holds in all",
    innocent=_BUSY,
    value=H.home_devices.col,
    text=pl.format("{} in all", counted(H.home_devices.col, "device")),
    sign=Sign.FOR,
)

CIRCLES = Factor(
    name="home_circles",
    theme=Theme.PEOPLE,
    asks="whether its televisions fall into circles without a profile in common",
    innocent=_RESERVED,
    value=H.screen_circles.col,
    text=pl.when(H.screen_circles.col > 1)
    .then(
        pl.format(
            "its televisions part into {} without a profile in common",
            counted(H.screen_circles.col, "circle"),
        )
    )
    .otherwise(pl.lit("its televisions have profiles in common")),
    sign=Sign.FOR,
)

SECOND_CIRCLE = Factor(
    name="second_circle",
    theme=Theme.PEOPLE,
    asks="how much of the use is by devices that have no profile in common with most others",
    innocent=_RESERVED,
    value=share(H.second_circle.col, H.device_days.col),
    text=none_or(
        H.second_circle.col,
        "all devices have profiles in common",
        pl.format(
            "{} of use is by devices that have no profile in common with most others",
            percent(share(H.second_circle.col, H.device_days.col)),
        ),
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
        value=(H.home_parallel.col / H.days_used.col).round(3),
        text=none_or(
            H.home_parallel.col,
            "no second device played at once",
            pl.format(
                "a second device played in {} on {}",
                counted(H.home_parallel.col, "half-hour"),
                counted(H.days_used.col, "day"),
            ),
        ),
        sign=Sign.FOR,
    ),
    Factor(
        name="home_profiles",
        theme=Theme.PEOPLE,
        asks="how many profiles are in use",
        innocent=_BUSY,
        value=pl.when(H.home_profiles.col > 0).then(H.home_profiles.col),
        text=pl.format("{} in use", counted(H.home_profiles.col, "profile")),
        sign=Sign.FOR,
    ),
    CIRCLES,
    SECOND_CIRCLE,
    Factor(
        name="home_line",
        theme=Theme.PLACE,
        asks="how many accounts share home's line",
        innocent="many honest homes lie behind one address of a carrier",
        value=H.line_accounts.col.log(2).round(3),
        text=pl.format("{} seen on home's line", counted(H.line_accounts.col, "account")),
        sign=Sign.FOR,
    ),
    Factor(
        name="home_networks",
        theme=Theme.PLACE,
        asks="how often home's line was renumbered",
        innocent="lines are renumbered, some of them every day",
        value=(H.line_networks.col / H.days_used.col).round(2),
        text=pl.format(
            "home's line showed {}", counted(H.line_networks.col, "address", "addresses")
        ),
    ),
    Factor(
        name="away",
        theme=Theme.PLACE,
        asks="how long the account was at other places than home",
        innocent="families travel",
        value=(H.away_days.col / H.days_used.col).round(3),
        text=none_or(
            H.away_days.col,
            "never at another place",
            pl.format("{} at other places", counted(H.away_days.col, "day")),
        ),
    ),
    pair(CREW, (1, 2, 3), SECOND_CIRCLE, (0.05, 0.15, 0.3)),
    pair(DEVICES, (4, 6, 8), CIRCLES, (2,)),
)
"""Asked only of accounts without a second group."""
