"""Whether the group's place took over from home at one moment.

Innocent: a family that moved house is at the old one before and at the new one after.
"""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign, percent, share

FACTOR = Factor(
    name="moved_house",
    value=share(pl.col("move_parted"), pl.col("move_days")),
    text=pl.when(pl.col("move_parted") == 0)
    .then(pl.lit("home and the other place were in use side by side"))
    .otherwise(
        pl.format(
            "{} of the time one place was in use before, the other after one moment",
            percent(share(pl.col("move_parted"), pl.col("move_days"))),
        )
    ),
    sign=Sign.AGAINST,
)
