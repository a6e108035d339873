"""Whether its devices are seen on other accounts.

Innocent: people with an account of their own and families who swap devices.
"""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign, counted

FACTOR = Factor(
    name="other_accounts",
    value=pl.col("device_accounts"),
    text=pl.when(pl.col("device_accounts") == 1)
    .then(pl.lit("its devices were seen on no other account"))
    .otherwise(
        pl.format("a device of it was seen on {}", counted(pl.col("device_accounts"), "account"))
    ),
    sign=Sign.EITHER,
)
