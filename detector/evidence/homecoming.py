"""How often the group comes home.

Innocent: commuters, travellers and students come home.
"""

import polars as pl

from detector.evidence.factor import Factor, Sign, share

FACTOR = Factor(
    name="homecoming",
    value=share(pl.col("home_days"), pl.col("all_days")),
    text=pl.format("came home on {} of {} days", "home_days", "all_days"),
    sign=Sign.AGAINST,
)
