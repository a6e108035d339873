"""How many groups of the account lead a life rather than left a trace.

Innocent: a second home and an office make three.
"""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign, counted

FACTOR = Factor(
    name="footholds",
    value=pl.col("footholds"),
    text=pl.format(
        "{} of the account are in use on five days or more", counted(pl.col("footholds"), "group")
    ),
    sign=Sign.EITHER,
)
