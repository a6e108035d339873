"""When the group first appeared.

Innocent: a new device, a guest or a move begins late in the window.
"""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign, counted, share

FACTOR = Factor(
    name="arrival",
    value=share((pl.col("first") - pl.col("h_first")).dt.total_days(), pl.col("account_span")),
    text=pl.when((pl.col("first") - pl.col("h_first")).dt.total_days() > 0)
    .then(
        pl.format(
            "first seen {} after home",
            counted((pl.col("first") - pl.col("h_first")).dt.total_days(), "day"),
        )
    )
    .otherwise(pl.lit("seen as early as home")),
    sign=Sign.EITHER,
)
