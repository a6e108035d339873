"""How far the group lives from home.

Innocent: geolocation errs by hundreds of kilometres, so distance counts little.
"""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign

FACTOR = Factor(
    name="distance",
    value=pl.col("apart_km").round(),
    text=pl.format(
        "roughly {} km from home, as far as addresses can tell",
        (pl.col("apart_km") * 0.1).round().cast(pl.Int64) * 10,
    ),
    sign=Sign.EITHER,
)
