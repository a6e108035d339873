"""Whether the group has fallen silent.

Innocent: a visit, a rental or a trip that is over.
"""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign, counted

FACTOR = Factor(
    name="own_silence",
    value=pl.col("silent_days"),
    text=pl.when(pl.col("silent_days") == 0)
    .then(pl.lit("in use to the last day"))
    .otherwise(pl.format("last seen {} before the end", counted(pl.col("silent_days"), "day"))),
    sign=Sign.AGAINST,
)
