"""Whose profiles are used where: a profile goes with a person, wherever the devices are."""

import polars as pl

from detector.evidence.factors.factor import (
    Factor,
    Sign,
    bits_ratio,
    counted,
    none_or,
    percent,
    share,
)
from detector.evidence.observations import Observations
from detector.kinds import Theme

G = Observations

PROFILES = Factor(
    name="profiles",
    theme=Theme.PEOPLE,
    asks="whether the profiles that the group uses are used at home",
    innocent="one person's devices carry one person's profile, at home and away",
    # As if home had used them on one of two days more: one day proves little.
    value=((G.profile_share.col * G.profile_days.col + 1) / (G.profile_days.col + 2)).round(4),
    text=pl.when(G.profile_share.col == 0)
    .then(pl.lit("uses none of home's profiles"))
    .otherwise(
        pl.format("its profiles are used at home {} of the time", percent(G.profile_share.col))
    ),
    sign=Sign.AGAINST,
)

NEW_PROFILES = Factor(
    name="new_profiles",
    theme=Theme.PEOPLE,
    asks="whether the group uses profiles that home never does",
    innocent="a child's first own profile; a guest who was given one",
    value=G.new_share.col,
    text=pl.when(G.new_share.col == 0)
    .then(pl.lit("all its profiles are known at home"))
    .otherwise(pl.format("{} of its use is of profiles unknown at home", percent(G.new_share.col))),
    sign=Sign.FOR,
)

PROFILES_BACK = Factor(
    name="profiles_back",
    theme=Theme.PEOPLE,
    asks="how much of home's own use is of the profiles that the group uses",
    innocent="the person who is away is one of the family, who otherwise watches at home",
    value=G.profile_back.col,
    text=none_or(
        G.profile_back.col,
        "home uses none of its profiles",
        pl.format("{} of home's use is of its profiles", percent(G.profile_back.col)),
    ),
    sign=Sign.AGAINST,
)

PROFILE_TWICE = Factor(
    name="profile_twice",
    theme=Theme.PEOPLE,
    asks="whether one profile plays at home and at the group's place at once",
    innocent="one person's profile goes where that person is; a child may borrow it for an evening",
    value=share(G.profile_twice.col, G.profile_own_days.col),
    text=pl.when(G.profile_twice.col == 0)
    .then(pl.lit("no profile played at home and there at once"))
    .otherwise(
        pl.format(
            "one profile played at home and there at once in {}",
            counted(G.profile_twice.col, "half-hour"),
        )
    ),
    sign=Sign.FOR,
)

_CHANCE = G.profile_meetings.col / G.account_span.col

PROFILE_TURNS = Factor(
    name="profile_turns",
    theme=Theme.PEOPLE,
    asks="whether a profile rests at home on the days on which the group uses it",
    innocent="one person watches at one place a day, at home or away",
    value=bits_ratio(G.profile_both_days.col, _CHANCE),
    text=pl.format(
        "a profile was in use at home and there on {}; {} would be if they knew nothing of each "
        "other",
        counted(G.profile_both_days.col, "day"),
        _CHANCE.round().cast(pl.Int64),
    ),
    sign=Sign.FOR,
    beyond_chance="profile_turns",
)
