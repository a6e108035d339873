"""Whether a profile rests at home on the days on which the group uses it.

Innocent: one person watches at one place a day, at home or away.
"""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign, bits_ratio, counted

_CHANCE = pl.col("profile_meetings") / pl.col("account_span")

FACTOR = Factor(
    name="profile_turns",
    value=bits_ratio(pl.col("profile_both_days"), _CHANCE),
    text=pl.format(
        "a profile was in use at home and there on {}; {} would be if they knew nothing of each "
        "other",
        counted(pl.col("profile_both_days"), "day"),
        _CHANCE.round().cast(pl.Int64),
    ),
    sign=Sign.FOR,
)
