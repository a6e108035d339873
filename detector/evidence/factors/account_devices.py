"""How many devices the account holds.

Innocent: large families, and devices that change their ids.
"""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign, counted

FACTOR = Factor(
    name="account_devices",
    value=pl.col("account_devices"),
    text=pl.format("the account holds {}", counted(pl.col("account_devices"), "device")),
    sign=Sign.EITHER,
)
