"""Whether the profiles that the group uses are used at home.

Innocent: one person's devices carry one person's profile, at home and away.
"""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign, percent

FACTOR = Factor(
    name="profiles",
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
