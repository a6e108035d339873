"""For how long a group without any place of its own has been about.

Innocent: a phone of the family that hardly ever joins the Wi-Fi is seen on mobile networks only.
"""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign, counted

FACTOR = Factor(
    name="roaming",
    value=pl.when(pl.col("own_days") == 0).then(pl.col("nowhere_days")),
    text=pl.format(
        "seen on mobile or anonymous networks on {}", counted(pl.col("nowhere_days"), "day")
    ),
    sign=Sign.EITHER,
)
