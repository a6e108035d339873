"""How many subscribers share the group's line.

Innocent: a line shared by many says little about who is there.
"""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign, counted

FACTOR = Factor(
    name="crowd",
    value=pl.when(pl.col("place_accounts") > 0).then(pl.col("place_accounts").log(2).round(3)),
    text=pl.when(pl.col("place_accounts") == 1)
    .then(pl.lit("no other account was seen on its line"))
    .otherwise(pl.format("{} were seen on its line", counted(pl.col("place_accounts"), "account"))),
    sign=Sign.EITHER,
)
