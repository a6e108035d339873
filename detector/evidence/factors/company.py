"""Whether home's devices are there too.

Innocent: a second home and relatives are used when the family is there.
"""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign, percent, share

FACTOR = Factor(
    name="company",
    value=share(pl.col("company_days"), pl.col("own_days")),
    text=pl.when(pl.col("company_days") == 0)
    .then(pl.lit("no device of home was ever there with it"))
    .otherwise(
        pl.format(
            "a device of home was there on {} of its days",
            percent(share(pl.col("company_days"), pl.col("own_days"))),
        )
    ),
    sign=Sign.AGAINST,
)
