"""Whether the group lives on a private line.

Innocent: hotels, offices and cafés are no household.
"""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign, percent, share

FACTOR = Factor(
    name="own_line",
    value=share(pl.col("private_stays"), pl.col("stays")),
    text=pl.format(
        "{} of its stays were on a private line",
        percent(share(pl.col("private_stays"), pl.col("stays"))),
    ),
    sign=Sign.FOR,
)
