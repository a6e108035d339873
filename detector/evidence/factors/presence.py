"""How long, how steadily and how lately the group was seen."""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign, counted, percent, share
from detector.schemas import Theme

PERSISTENCE = Factor(
    name="persistence",
    theme=Theme.PRESENCE,
    asks="on how many days the group lived at its own place",
    innocent="a holiday or a visit ends",
    value=pl.col("own_days"),
    text=pl.format("used on {} at a place of its own", counted(pl.col("own_days"), "day")),
    sign=Sign.FOR,
)

WEEKS = Factor(
    name="weeks",
    theme=Theme.PRESENCE,
    asks="how much of the account's time the group spans",
    innocent="a trip fills one or two weeks, a household all of them",
    value=share(pl.col("span_days"), pl.col("account_span")),
    text=pl.format(
        "seen over {} of the time the account was in use",
        percent(share(pl.col("span_days"), pl.col("account_span"))),
    ),
    sign=Sign.FOR,
)

OWN_SILENCE = Factor(
    name="own_silence",
    theme=Theme.PRESENCE,
    asks="whether the group has fallen silent",
    innocent="a visit, a rental or a trip that is over",
    value=pl.col("silent_days"),
    text=pl.when(pl.col("silent_days") == 0)
    .then(pl.lit("in use to the last day"))
    .otherwise(pl.format("last seen {} before the end", counted(pl.col("silent_days"), "day"))),
    sign=Sign.AGAINST,
)

DENSITY = Factor(
    name="density",
    theme=Theme.PRESENCE,
    asks="how regularly the group is in use",
    innocent="a place used in one go was a stay",
    value=share(pl.col("own_days"), pl.col("span_days")),
    text=pl.format(
        "in use on {} of the days from its first to its last",
        percent(share(pl.col("own_days"), pl.col("span_days"))),
    ),
    sign=Sign.EITHER,
)

ROAMING = Factor(
    name="roaming",
    theme=Theme.PRESENCE,
    asks="for how long a group without any place of its own has been about",
    innocent=(
        "a phone of the family that hardly ever joins the Wi-Fi is seen on mobile networks only"
    ),
    value=pl.when(pl.col("own_days") == 0).then(pl.col("nowhere_days")),
    text=pl.format(
        "seen on mobile or anonymous networks on {}", counted(pl.col("nowhere_days"), "day")
    ),
    sign=Sign.EITHER,
)

DEVICE_DAYS = Factor(
    name="device_days",
    theme=Theme.PRESENCE,
    asks="for how long each device of the group was in use",
    innocent="ids that are reset, guests and borrowed devices are seen for a day or two",
    value=(pl.col("stays") / pl.col("devices")).round(2),
    text=pl.format(
        "{} of use at its place, by {}",
        counted(pl.col("stays"), "day"),
        counted(pl.col("devices"), "device"),
    ),
    sign=Sign.EITHER,
)

THIN_DATA = Factor(
    name="thin_data",
    theme=Theme.PRESENCE,
    asks="how much was seen of the group at all",
    innocent="what was hardly seen cannot be known",
    value=pl.col("own_events"),
    text=pl.format("{} at its own place", counted(pl.col("own_events"), "event")),
    sign=Sign.EITHER,
)

ARRIVAL = Factor(
    name="arrival",
    theme=Theme.PRESENCE,
    asks="when the group first appeared",
    innocent="a new device, a guest or a move begins late in the window",
    value=share((pl.col("first") - pl.col("h_first")).dt.total_days(), pl.col("account_span")),
    text=pl.when((pl.col("first") - pl.col("h_first")).dt.total_days() > 0)
    .then(
        pl.format(
            "first seen {} after home",
            counted((pl.col("first") - pl.col("h_first")).dt.total_days(), "day"),
        )
    )
    .otherwise(pl.lit("seen as early as home")),
    sign=Sign.EITHER,
)

MOBILE_DAYS = Factor(
    name="mobile_days",
    theme=Theme.PRESENCE,
    asks="on how many days the group was seen on mobile or anonymous networks",
    innocent="people on the move are seen there; a settled borrower's devices too",
    value=pl.col("nowhere_days"),
    text=pl.format("{} on mobile or anonymous networks", counted(pl.col("nowhere_days"), "day")),
    sign=Sign.EITHER,
)
