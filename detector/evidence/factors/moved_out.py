"""Whether the group lived at home and left it at one moment.

A child that moved out, or a device handed on, lives at home before and elsewhere after.
Innocent: a student goes and comes again; whether one who left for good belongs to the
household is a question of policy, not of evidence.
"""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign, percent, share

FACTOR = Factor(
    name="moved_out",
    value=share(pl.col("leave_parted"), pl.col("leave_days")),
    text=pl.when(pl.col("leave_parted") == 0)
    .then(pl.lit("its days at home lie among its other days"))
    .otherwise(
        pl.format(
            "one moment parts {} of its days at home from those elsewhere",
            percent(share(pl.col("leave_parted"), pl.col("leave_days"))),
        )
    ),
    sign=Sign.EITHER,
)
