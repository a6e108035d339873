"""How many devices home itself holds.

Innocent: somebody who lives alone and travels has few at home.
"""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign, counted

FACTOR = Factor(
    name="crew_at_home",
    value=pl.col("h_devices"),
    text=pl.format("home holds {}", counted(pl.col("h_devices"), "device")),
    sign=Sign.EITHER,
)
