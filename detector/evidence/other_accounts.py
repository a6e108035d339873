"""Whether its devices are seen on other accounts.

Innocent: people with an account of their own and families who swap devices.
"""

import polars as pl

from detector.evidence.factor import Factor, Sign

FACTOR = Factor(
    name="other_accounts",
    value=pl.col("device_accounts"),
    text=pl.format("its devices were seen on {} accounts", "device_accounts"),
    sign=Sign.EITHER,
)
