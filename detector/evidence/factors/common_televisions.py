"""Whether every television of home also shows what the group watches.

Innocent: the person who is away is one of the family, and watches on its screens.
"""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign, percent

FACTOR = Factor(
    name="common_televisions",
    value=pl.col("lent_least"),
    text=pl.format(
        "each television of home plays its profiles at least {} of the time",
        percent(pl.col("lent_least")),
    ),
    sign=Sign.EITHER,
)
