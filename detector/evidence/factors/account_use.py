"""On how many days the account was used at all.

Innocent: of an account that is hardly used little can be known.
"""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign, counted

FACTOR = Factor(
    name="account_use",
    value=pl.col("account_days"),
    text=pl.format("the account was used on {}", counted(pl.col("account_days"), "day")),
    sign=Sign.EITHER,
)
