"""Whether one profile plays at home and at the group's place at once.

Innocent: one person's profile goes where that person is; a child may borrow it for an evening.
"""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign, counted, share

FACTOR = Factor(
    name="profile_twice",
    value=share(pl.col("profile_twice"), pl.col("profile_own_days")),
    text=pl.when(pl.col("profile_twice") == 0)
    .then(pl.lit("no profile played at home and there at once"))
    .otherwise(
        pl.format(
            "one profile played at home and there at once in {}",
            counted(pl.col("profile_twice"), "half-hour"),
        )
    ),
    sign=Sign.FOR,
)
