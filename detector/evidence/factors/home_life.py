"""How much life there is at home.

Innocent: without a home that is lived in, nobody can say who is away.
"""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign, percent, share

FACTOR = Factor(
    name="home_life",
    value=share(pl.col("h_days"), pl.col("account_span")),
    text=pl.format(
        "home was in use on {} of the days",
        percent(share(pl.col("h_days"), pl.col("account_span"))),
    ),
    sign=Sign.EITHER,
)
