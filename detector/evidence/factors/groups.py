"""How many groups the account falls into.

Innocent: one traveller leaves a trail of small groups.
"""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign, counted

FACTOR = Factor(
    name="groups",
    value=pl.col("groups"),
    text=pl.format("is one of {} of devices on the account", counted(pl.col("groups"), "group")),
    sign=Sign.EITHER,
)
