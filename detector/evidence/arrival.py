"""When the group first appeared.

Innocent: a new device, a guest or a move begins late in the window.
"""

import polars as pl

from detector.evidence.factor import Factor, Sign, share

FACTOR = Factor(
    name="arrival",
    value=share((pl.col("first") - pl.col("h_first")).dt.total_days(), pl.col("account_span")),
    text=pl.format(
        "first seen {} days after home", (pl.col("first") - pl.col("h_first")).dt.total_days()
    ),
    sign=Sign.EITHER,
)
