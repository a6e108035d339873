"""Whether both sides play at once more than chance would have it.

Innocent: one family does not watch at two places at once for long.
"""

import polars as pl

from detector.evidence.factor import Factor, Sign, bits_ratio

FACTOR = Factor(
    name="simultaneity",
    value=bits_ratio(pl.col("together"), pl.col("meetings") / pl.col("account_span")),
    text=pl.format(
        "{} half-hours in which both places played at once; chance alone would give {}",
        "together",
        (pl.col("meetings") / pl.col("account_span")).round().cast(pl.Int64),
    ),
    sign=Sign.FOR,
)
