"""How many groups the account falls into.

Innocent: one traveller leaves a trail of small groups.
"""

import polars as pl

from detector.evidence.factor import Factor, Sign

FACTOR = Factor(
    name="groups",
    value=pl.col("groups"),
    text=pl.format("the account falls into {} groups of devices", "groups"),
    sign=Sign.EITHER,
)
