"""How much of the account's time the group spans.

Innocent: a trip fills one or two weeks, a household all of them.
"""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign, percent, share

FACTOR = Factor(
    name="weeks",
    value=share(pl.col("span_days"), pl.col("account_span")),
    text=pl.format(
        "seen over {} of the time the account was in use",
        percent(share(pl.col("span_days"), pl.col("account_span"))),
    ),
    sign=Sign.FOR,
)
