"""Whether both sides play at once more than chance would have it.

Innocent: one family does not watch at two places at once for long.
"""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign, bits_ratio, counted

FACTOR = Factor(
    name="simultaneity",
    value=pl.when(pl.col("own_plays") > 0).then(
        bits_ratio(pl.col("together"), pl.col("meetings") / pl.col("account_span"))
    ),
    text=pl.format(
        "both places played at once in {}; chance alone would give {}",
        counted(pl.col("together"), "half-hour"),
        (pl.col("meetings") / pl.col("account_span")).round().cast(pl.Int64),
    ),
    sign=Sign.FOR,
)
