"""How long, how steadily and how lately the group was seen."""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign, counted, none_or, percent, share
from detector.evidence.observations import Observations
from detector.kinds import Theme

G = Observations

PERSISTENCE = Factor(
    name="persistence",
    theme=Theme.PRESENCE,
    asks="on how many days the group lived at its own place",
    innocent="a holiday or a visit ends",
    value=G.own_days.col,
    text=none_or(
        G.own_days.col,
        "never used at a place of its own",
        pl.format("used on {} at a place of its own", counted(G.own_days.col, "day")),
    ),
    sign=Sign.FOR,
)

WEEKS = Factor(
    name="weeks",
    theme=Theme.PRESENCE,
    asks="how much of the account's time the group spans",
    innocent="a trip fills one or two weeks, a household all of them",
    value=share(G.span_days.col, G.account_span.col),
    text=pl.format(
        "seen over {} of the time the account was in use",
        percent(share(G.span_days.col, G.account_span.col)),
    ),
    sign=Sign.FOR,
)

OWN_SILENCE = Factor(
    name="own_silence",
    theme=Theme.PRESENCE,
    asks="whether the group has fallen silent",
    innocent="a visit, a rental or a trip that is over",
    value=G.silent_days.col,
    text=pl.when(G.silent_days.col == 0)
    .then(pl.lit("in use to the last day"))
    .otherwise(pl.format("last seen {} before the end", counted(G.silent_days.col, "day"))),
    sign=Sign.AGAINST,
)

DENSITY = Factor(
    name="density",
    theme=Theme.PRESENCE,
    asks="how regularly the group is in use",
    innocent="a place used in one go was a stay",
    value=share(G.own_days.col, G.span_days.col),
    text=none_or(
        G.own_days.col,
        "never in use at a place of its own",
        pl.format(
            "in use on {} of the days from its first to its last",
            percent(share(G.own_days.col, G.span_days.col)),
        ),
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
    value=pl.when(G.own_days.col == 0).then(G.nowhere_days.col),
    text=none_or(
        G.nowhere_days.col,
        "never seen on mobile or anonymous networks",
        pl.format("seen on mobile or anonymous networks on {}", counted(G.nowhere_days.col, "day")),
    ),
    sign=Sign.EITHER,
)

DEVICE_DAYS = Factor(
    name="device_days",
    theme=Theme.PRESENCE,
    asks="for how long each device of the group was in use",
    innocent="ids that are reset, guests and borrowed devices are seen for a day or two",
    value=(G.stays.col / G.devices.col).round(2),
    text=none_or(
        G.stays.col,
        "no use at a place of its own",
        pl.format(
            "{} of use at its place, by {}",
            counted(G.stays.col, "day"),
            counted(G.devices.col, "device"),
        ),
    ),
    sign=Sign.EITHER,
)

THIN_DATA = Factor(
    name="thin_data",
    theme=Theme.PRESENCE,
    asks="how much was seen of the group at all",
    innocent="what was hardly seen cannot be known",
    value=G.own_use.col,
    text=none_or(
        G.own_use.col,
        "nothing was seen of it at a place of its own",
        pl.format("{} at its own place", counted(G.own_use.col, "half-hour")),
    ),
    sign=Sign.EITHER,
)

ARRIVAL = Factor(
    name="arrival",
    theme=Theme.PRESENCE,
    asks="when the group first appeared",
    innocent="a new device, a guest or a move begins late in the window",
    value=share((G.first.col - G.h_first.col).dt.total_days(), G.account_span.col),
    text=pl.when((G.first.col - G.h_first.col).dt.total_days() > 0)
    .then(
        pl.format(
            "first seen {} after home",
            counted((G.first.col - G.h_first.col).dt.total_days(), "day"),
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
    value=G.nowhere_days.col,
    text=none_or(
        G.nowhere_days.col,
        "never on mobile or anonymous networks",
        pl.format("{} on mobile or anonymous networks", counted(G.nowhere_days.col, "day")),
    ),
    sign=Sign.EITHER,
)
