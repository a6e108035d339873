"""Whether the group comes home by the calendar.

A rule that asks for a sign of life at home every month is answered every month. Innocent:
people who visit on one day of the week also come four weeks later.
"""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign, counted, share

FACTOR = Factor(
    name="calendar",
    value=share(pl.col("month_pairs"), pl.col("home_days")),
    text=pl.format(
        "{} of its {} at home came again four weeks later",
        pl.col("month_pairs"),
        counted(pl.col("home_days"), "day"),
    ),
    sign=Sign.EITHER,
)
