"""On how many days the group lived at its own place.

Innocent: a holiday or a visit ends.
"""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign, counted

FACTOR = Factor(
    name="persistence",
    value=pl.col("own_days"),
    text=pl.format("used on {} at a place of its own", counted(pl.col("own_days"), "day")),
    sign=Sign.FOR,
)
