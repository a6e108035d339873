"""How long both sides played at once.

Innocent: a few overlaps come from clocks, gaps and players left running.
"""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign, counted

FACTOR = Factor(
    name="concurrency",
    value=pl.when(pl.col("own_plays") > 0).then("together"),
    text=pl.format("both places played at once for {}", counted(pl.col("together"), "half-hour")),
    sign=Sign.FOR,
)
