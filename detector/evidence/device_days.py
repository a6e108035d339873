"""For how long each device of the group was in use.

Innocent: ids that are reset, guests and borrowed devices are seen for a day or two.
"""

import polars as pl

from detector.evidence.factor import Factor, Sign

FACTOR = Factor(
    name="device_days",
    value=(pl.col("stays") / pl.col("devices")).round(2),
    text=pl.format(
        "its devices were each used on {} days at its place",
        (pl.col("stays") / pl.col("devices")).round(1),
    ),
    sign=Sign.EITHER,
)
