"""Whether the group follows the week.

Innocent: weekend houses, week-day flats and offices follow the calendar.
"""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign, percent, share

FACTOR = Factor(
    name="rhythm",
    value=share(pl.col("own_weekend_days"), pl.col("own_days")),
    text=pl.format(
        "{} of its days fell on a weekend",
        percent(share(pl.col("own_weekend_days"), pl.col("own_days"))),
    ),
    sign=Sign.EITHER,
)
