"""How much of home's own use is of the profiles that the group uses.

Innocent: the person who is away is one of the family, who otherwise watches at home.
"""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign, percent

FACTOR = Factor(
    name="profiles_back",
    value=pl.col("profile_back"),
    text=pl.format("{} of home's use is of its profiles", percent(pl.col("profile_back"))),
    sign=Sign.AGAINST,
)
