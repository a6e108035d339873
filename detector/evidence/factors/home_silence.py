"""Whether home has fallen silent for good.

Innocent: a family that moved house leaves the old one silent.
"""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign, counted

FACTOR = Factor(
    name="home_silence",
    value=pl.col("h_silent_days"),
    text=pl.when(pl.col("h_silent_days") == 0)
    .then(pl.lit("home was in use to the last day"))
    .otherwise(pl.format("home has been silent for {}", counted(pl.col("h_silent_days"), "day"))),
    sign=Sign.EITHER,
)
