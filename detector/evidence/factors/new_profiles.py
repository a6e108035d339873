"""Whether the group uses profiles that home never does.

Innocent: a child's first own profile; a guest who was given one.
"""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign, percent

FACTOR = Factor(
    name="new_profiles",
    value=pl.col("new_share"),
    text=pl.when(pl.col("new_share") == 0)
    .then(pl.lit("all its profiles are known at home"))
    .otherwise(
        pl.format("{} of its use is of profiles unknown at home", percent(pl.col("new_share")))
    ),
    sign=Sign.FOR,
)
