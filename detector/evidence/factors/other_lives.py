"""How long the further groups of the account live at places of their own.

Innocent: one traveller leaves a trail of small groups.
"""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign, counted

FACTOR = Factor(
    name="other_lives",
    value=pl.col("other_days"),
    text=pl.format(
        "further groups were at places of their own on {}", counted(pl.col("other_days"), "day")
    ),
    sign=Sign.EITHER,
)
