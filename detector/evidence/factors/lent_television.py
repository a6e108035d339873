"""Whether a television on home's line shows what the group watches elsewhere.

A borrower's television that reaches the service through the lender's line stands in another
living room. Innocent: a child's television at home, and the child's phone out and about.
"""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign, percent

FACTOR = Factor(
    name="lent_television",
    value=pl.col("lent"),
    text=pl.format(
        "a television of home plays its profiles {} of the time", percent(pl.col("lent"))
    ),
    sign=Sign.EITHER,
)
