"""For how long each device of the group was in use.

Innocent: ids that are reset, guests and borrowed devices are seen for a day or two.
"""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign, counted

FACTOR = Factor(
    name="device_days",
    value=(pl.col("stays") / pl.col("devices")).round(2),
    text=pl.format(
        "{} of use at its place, by {}",
        counted(pl.col("stays"), "day"),
        counted(pl.col("devices"), "device"),
    ),
    sign=Sign.EITHER,
)
