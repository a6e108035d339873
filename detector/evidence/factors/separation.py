"""How strongly the group is tied to home.

Innocent: devices that come home are tied to home, however far they travel.
"""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign

FACTOR = Factor(
    name="separation",
    value=pl.col("tie"),
    text=pl.when(pl.col("tie") > 0)
    .then(
        pl.format(
            "its strongest tie to a device at home is {} of 100",
            (pl.col("tie") * 100).round().cast(pl.Int64),
        )
    )
    .otherwise(pl.lit("was never seen where home's devices are")),
    sign=Sign.AGAINST,
)
