"""Whether home falls silent when the group wakes.

Innocent: one family in two homes is in one of them at a time.
"""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign, bits_ratio, counted

FACTOR = Factor(
    name="alternation",
    value=bits_ratio(
        pl.col("both_days"), pl.col("own_days") * pl.col("h_days_within") / pl.col("span_days")
    ),
    text=pl.format(
        "both places were in use on the same {}; {} would be if they knew nothing of each other",
        counted(pl.col("both_days"), "day"),
        (pl.col("own_days") * pl.col("h_days_within") / pl.col("span_days")).round().cast(pl.Int64),
    ),
    sign=Sign.FOR,
)
