"""Whether the group moves from place to place.

Innocent: travellers, drivers and phones are in many places or nowhere.
"""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign, percent, share

FACTOR = Factor(
    name="wandering",
    value=share(pl.col("main_days"), pl.col("all_days")),
    text=pl.format(
        "spent {} of its days at its main place",
        percent(share(pl.col("main_days"), pl.col("all_days"))),
    ),
    sign=Sign.FOR,
)
