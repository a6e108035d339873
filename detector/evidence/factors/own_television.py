"""Whether the group has a television and devices people carry.

Innocent: a lone television may stand signed in at relatives' or in a rented flat;
a lone phone may belong to a guest.
"""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign, counted

FACTOR = Factor(
    name="own_television",
    value=pl.when(pl.col("televisions") + pl.col("carried") > 0).then(
        pl.col("televisions").clip(0, 2) * 3 + pl.col("carried").clip(0, 2)
    ),
    text=pl.format(
        "has {} and {}",
        pl.when(pl.col("televisions") == 0)
        .then(pl.lit("no television, player or console"))
        .otherwise(
            counted(
                pl.col("televisions"),
                "television, player or console",
                "televisions, players or consoles",
            )
        ),
        pl.when(pl.col("carried") == 0)
        .then(pl.lit("nothing that people carry"))
        .otherwise(
            counted(pl.col("carried"), "device that people carry", "devices that people carry")
        ),
    ),
    sign=Sign.EITHER,
)
