"""How much was seen of the group at all.

Innocent: what was hardly seen cannot be known.
"""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign, counted

FACTOR = Factor(
    name="thin_data",
    value=pl.col("own_events"),
    text=pl.format("{} at its own place", counted(pl.col("own_events"), "event")),
    sign=Sign.EITHER,
)
