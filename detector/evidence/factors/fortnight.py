"""Whether the group comes every other week.

Innocent: a child with two homes changes between them by the week.
"""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign, bits_ratio, counted

FACTOR = Factor(
    name="fortnight",
    value=pl.when(pl.col("own_days") > 1).then(
        bits_ratio(pl.col("fortnight_pairs"), pl.col("week_pairs"))
    ),
    text=pl.format(
        "it came again {} a week later, and {} two weeks later",
        counted(pl.col("week_pairs"), "time"),
        counted(pl.col("fortnight_pairs"), "time"),
    ),
    sign=Sign.EITHER,
)
