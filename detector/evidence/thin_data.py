"""How much was seen of the group at all.

Innocent: what was hardly seen cannot be known.
"""

import polars as pl

from detector.evidence.factor import Factor, Sign

FACTOR = Factor(
    name="thin_data",
    value=pl.col("own_events"),
    text=pl.format("{} events at its own place", "own_events"),
    sign=Sign.EITHER,
)
