"""Whether home has fallen silent for good.

Innocent: a family that moved house leaves the old one silent.
"""

import polars as pl

from detector.evidence.factor import Factor, Sign

FACTOR = Factor(
    name="home_silence",
    value=pl.col("h_silent_days"),
    text=pl.format("home has been silent for {} days", "h_silent_days"),
    sign=Sign.EITHER,
)
