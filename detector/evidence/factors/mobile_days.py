"""On how many days the group was seen on mobile or anonymous networks.

Innocent: people on the move are seen there; a settled borrower's devices too.
"""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign, counted

FACTOR = Factor(
    name="mobile_days",
    value=pl.col("nowhere_days"),
    text=pl.format("{} on mobile or anonymous networks", counted(pl.col("nowhere_days"), "day")),
    sign=Sign.EITHER,
)
