"""Whether the group lives where anybody may be.

Innocent: a hotel, an office or a campus explains devices away from home.
"""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign, percent, share

FACTOR = Factor(
    name="public_place",
    value=share(pl.col("office_stays") + pl.col("venue_stays"), pl.col("stays")),
    text=pl.format(
        "{} of its stays were at an office, a campus, a hotel or a café",
        percent(share(pl.col("office_stays") + pl.col("venue_stays"), pl.col("stays"))),
    ),
    sign=Sign.AGAINST,
)
