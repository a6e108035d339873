"""Terms of one group that decides, given as factor, bits and value."""

import numpy as np
import polars as pl

from detector.evidence.terms import WeighedGroups
from detector.evidence.weigh import theme_of
from detector.kinds import Theme


def weighed(*told):
    """The value may be None: unknown."""
    names, bits, values = zip(*sorted(told, key=lambda term: term[0]), strict=True)
    themes = pl.select(theme_of(pl.lit(pl.Series([*names])))).to_series()
    return WeighedGroups(
        names=[*names],
        themes=[Theme(theme) for theme in themes],
        rows=np.array([0]),
        micro_bits=np.array([[round(1_000_000 * bit)] for bit in bits]),
        values=np.array([[np.nan if value is None else value] for value in values], float),
    )
