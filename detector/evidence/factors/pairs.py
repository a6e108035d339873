"""What two observations say together that neither says alone.

Each is a table of a few cells; the value is the number of the cell, row by row. The single
factors are weighed beside them, so a cell holds only what goes beyond the two.
"""

import polars as pl

from detector.evidence.factors import (
    account_devices,
    account_televisions,
    crew_at_home,
    footholds,
    groups,
    home_life,
    homecoming,
    mobile_days,
    own_television,
    profiles,
    simultaneity,
)
from detector.evidence.factors.factor import Factor, Sign

Cuts = tuple[float, ...]


def pair(first: Factor, rows: Cuts, second: Factor, columns: Cuts) -> Factor:
    """Combine two factors: in which row the first's value falls, and in which column the second's.

    Unknown where either is.

    Examples:
        >>> both = pair(homecoming.FACTOR, (0.3,), mobile_days.FACTOR, (1, 5))
        >>> seen = pl.DataFrame({"home_days": [0, 4], "all_days": [9, 9], "nowhere_days": [3, 7]})
        >>> both.name, seen.select(both.value).to_series().to_list()
        ('homecoming_and_mobile_days', [1, 5])
    """
    value = _step(first.value, rows) * (len(columns) + 1) + _step(second.value, columns)
    return Factor(
        name=f"{first.name}_and_{second.name}",
        value=value,
        text=pl.format("{}, and {}", first.text, second.text),
        sign=Sign.EITHER,
    )


def _step(value: pl.Expr, cuts: Cuts) -> pl.Expr:
    """How many of the cuts the value has reached."""
    steps = pl.sum_horizontal((value >= cut).cast(pl.Int32) for cut in cuts)
    return pl.when(value.is_not_null()).then(steps)


PAIRS: tuple[Factor, ...] = (
    pair(profiles.FACTOR, (0.1, 0.3, 0.6), account_televisions.FACTOR, (1, 2, 3, 4)),
    pair(profiles.FACTOR, (0.1, 0.3, 0.6), footholds.FACTOR, (2, 3)),
    pair(profiles.FACTOR, (0.1, 0.3, 0.6), own_television.FACTOR, (1, 3, 4)),
    pair(groups.FACTOR, (3, 5), crew_at_home.FACTOR, (2, 3, 5)),
    pair(simultaneity.FACTOR, (-1, 1), own_television.FACTOR, (1, 3, 4)),
    pair(home_life.FACTOR, (0.3, 0.7), mobile_days.FACTOR, (1, 5)),
    pair(homecoming.FACTOR, (0.01, 0.3), account_devices.FACTOR, (4, 7)),
)
"""Chosen by what boosted trees of two factors gained from them on the fitting worlds."""
