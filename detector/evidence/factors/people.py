"""Whose profiles are used where: a profile goes with a person, wherever the devices are."""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign, bits_ratio, counted, percent, share
from detector.schemas import Theme

PROFILES = Factor(
    name="profiles",
    theme=Theme.PEOPLE,
    asks="whether the profiles that the group uses are used at home",
    innocent="one person's devices carry one person's profile, at home and away",
    # As if home had used them on one of two days more: one day proves little.
    value=(
        (pl.col("profile_share") * pl.col("profile_days") + 1) / (pl.col("profile_days") + 2)
    ).round(4),
    text=pl.when(pl.col("profile_share") == 0)
    .then(pl.lit("uses none of home's profiles"))
    .otherwise(
        pl.format("its profiles are used at home {} of the time", percent(pl.col("profile_share")))
    ),
    sign=Sign.AGAINST,
)

NEW_PROFILES = Factor(
    name="new_profiles",
    theme=Theme.PEOPLE,
    asks="whether the group uses profiles that home never does",
    innocent="a child's first own profile; a guest who was given one",
    value=pl.col("new_share"),
    text=pl.when(pl.col("new_share") == 0)
    .then(pl.lit("all its profiles are known at home"))
    .otherwise(
        pl.format("{} of its use is of profiles unknown at home", percent(pl.col("new_share")))
    ),
    sign=Sign.FOR,
)

PROFILES_BACK = Factor(
    name="profiles_back",
    theme=Theme.PEOPLE,
    asks="how much of home's own use is of the profiles that the group uses",
    innocent="the person who is away is one of the family, who otherwise watches at home",
    value=pl.col("profile_back"),
    text=pl.format("{} of home's use is of its profiles", percent(pl.col("profile_back"))),
    sign=Sign.AGAINST,
)

PROFILE_TWICE = Factor(
    name="profile_twice",
    theme=Theme.PEOPLE,
    asks="whether one profile plays at home and at the group's place at once",
    innocent="one person's profile goes where that person is; a child may borrow it for an evening",
    value=share(pl.col("profile_twice"), pl.col("profile_own_days")),
    text=pl.when(pl.col("profile_twice") == 0)
    .then(pl.lit("no profile played at home and there at once"))
    .otherwise(
        pl.format(
            "one profile played at home and there at once in {}",
            counted(pl.col("profile_twice"), "half-hour"),
        )
    ),
    sign=Sign.FOR,
)

_CHANCE = pl.col("profile_meetings") / pl.col("account_span")

PROFILE_TURNS = Factor(
    name="profile_turns",
    theme=Theme.PEOPLE,
    asks="whether a profile rests at home on the days on which the group uses it",
    innocent="one person watches at one place a day, at home or away",
    value=bits_ratio(pl.col("profile_both_days"), _CHANCE),
    text=pl.format(
        "a profile was in use at home and there on {}; {} would be if they knew nothing of each "
        "other",
        counted(pl.col("profile_both_days"), "day"),
        _CHANCE.round().cast(pl.Int64),
    ),
    sign=Sign.FOR,
)
