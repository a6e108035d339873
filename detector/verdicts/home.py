"""Which side is home, and how surely: a log seldom says who pays."""

import polars as pl

from detector.schemas import Accounts

A = Accounts


def trust_home() -> pl.Expr:
    """How surely household 0 is home, for accounts of `decide_verdicts`.

    Where nothing is external, nothing can be mistaken for home.
    """
    return pl.when(A.external_households.col == 0).then(1.0).otherwise(0.7)
