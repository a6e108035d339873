"""Whether the group's days at home are lived or only shown.

A borrower who is asked to sign in at the lender's home once a month plays for a moment
there. Innocent: a short visit at the parents', a phone that updates at breakfast.
"""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign, bits_ratio, counted

FACTOR = Factor(
    name="check_in",
    value=pl.when((pl.col("home_days") > 0) & (pl.col("own_days") > 0)).then(
        bits_ratio(
            pl.col("home_events") / pl.col("home_days"), pl.col("own_events") / pl.col("own_days")
        )
    ),
    text=pl.format(
        "{} on {} at home, {} on {} at its own place",
        counted(pl.col("home_events"), "event"),
        counted(pl.col("home_days"), "day"),
        counted(pl.col("own_events"), "event"),
        counted(pl.col("own_days"), "day"),
    ),
    sign=Sign.AGAINST,
)
