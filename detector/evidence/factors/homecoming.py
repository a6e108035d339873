"""How often the group comes home.

Innocent: commuters, travellers and students come home.
"""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign, counted, share

FACTOR = Factor(
    name="homecoming",
    value=share(pl.col("home_days"), pl.col("all_days")),
    text=pl.when(pl.col("home_days") == 0)
    .then(pl.lit("never came home"))
    .otherwise(pl.format("came home on {} of {}", "home_days", counted(pl.col("all_days"), "day"))),
    sign=Sign.AGAINST,
)
