"""How many televisions, players and consoles the account holds.

Innocent: a television in every room.
"""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign, counted

FACTOR = Factor(
    name="account_televisions",
    value=pl.col("account_televisions"),
    text=pl.format(
        "the account holds {}",
        counted(
            pl.col("account_televisions"),
            "television, player or console",
            "televisions, players or consoles",
        ),
    ),
    sign=Sign.EITHER,
)
