"""Whether the group has a television and devices people carry.

Innocent: a lone television may stand signed in at relatives' or in a rented flat;
a lone phone may belong to a guest.
"""

import polars as pl

from detector.evidence.factor import Factor, Sign

FACTOR = Factor(
    name="own_television",
    value=pl.col("televisions").clip(0, 2) * 3 + pl.col("carried").clip(0, 2),
    text=pl.format(
        "has {} of its own television sets, players or consoles and {} devices people carry",
        "televisions",
        "carried",
    ),
    sign=Sign.EITHER,
)
