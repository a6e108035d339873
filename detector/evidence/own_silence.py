"""Whether the group has fallen silent.

Innocent: a visit, a rental or a trip that is over.
"""

import polars as pl

from detector.evidence.factor import Factor, Sign

FACTOR = Factor(
    name="own_silence",
    value=pl.col("silent_days"),
    text=pl.format("last seen {} days before the end", "silent_days"),
    sign=Sign.AGAINST,
)
