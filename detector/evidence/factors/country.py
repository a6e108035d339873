"""Whether the group lives in another country.

Innocent: holidays and work abroad; countries are told from addresses rightly 99 times of 100.
"""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign

FACTOR = Factor(
    name="country",
    value=pl.col("other_country").cast(pl.Float64),
    text=pl.when("other_country")
    .then(pl.lit("lives in another country"))
    .otherwise(pl.lit("lives in the same country")),
    sign=Sign.EITHER,
)
