"""How regularly the group is in use.

Innocent: a place used in one go was a stay.
"""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign, percent, share

FACTOR = Factor(
    name="density",
    value=share(pl.col("own_days"), pl.col("span_days")),
    text=pl.format(
        "in use on {} of the days from its first to its last",
        percent(share(pl.col("own_days"), pl.col("span_days"))),
    ),
    sign=Sign.EITHER,
)
