"""What two observations say together that neither says alone.

Each is a table of a few cells; the value is the number of the cell, row by row. The single
factors are weighed beside them, so a cell holds only what goes beyond the two.
"""

import polars as pl

from detector.evidence.factors import account, beside_home, people, presence, televisions
from detector.evidence.factors.factor import Factor, Sign

Cuts = tuple[float, ...]


def pair(first: Factor, rows: Cuts, second: Factor, columns: Cuts) -> Factor:
    """Combine two factors: in which row the first's value falls, and in which column the second's.

    Unknown where either is; the witness is that of the first.

    Examples:
        >>> both = pair(beside_home.HOMECOMING, (0.3,), presence.MOBILE_DAYS, (1, 5))
        >>> seen = pl.DataFrame({"home_days": [0, 4], "all_days": [9, 9], "nowhere_days": [3, 7]})
        >>> both.name, seen.select(both.value).to_series().to_list()
        ('homecoming_and_mobile_days', [1, 5])
    """
    value = _step(first.value, rows) * (len(columns) + 1) + _step(second.value, columns)
    return Factor(
        name=f"{first.name}_and_{second.name}",
        theme=first.theme,
        asks=f"{first.asks}, and {second.asks}",
        innocent=f"{first.innocent}; {second.innocent}",
        value=value,
        text=pl.format("{}, and {}", first.text, second.text),
        beyond_chance=first.beyond_chance or second.beyond_chance,
        sign=Sign.EITHER,
    )


def _step(value: pl.Expr, cuts: Cuts) -> pl.Expr:
    """How many of the cuts the value has reached."""
    steps = pl.sum_horizontal((value >= cut).cast(pl.Int32) for cut in cuts)
    return pl.when(value.is_not_null()).then(steps)


PAIRS: tuple[Factor, ...] = (
    pair(people.PROFILES, (0.1, 0.3, 0.6), televisions.ACCOUNT_TELEVISIONS, (1, 2, 3, 4)),
    pair(people.PROFILES, (0.1, 0.3, 0.6), account.FOOTHOLDS, (2, 3)),
    pair(people.PROFILES, (0.1, 0.3, 0.6), televisions.OWN_TELEVISION, (1, 3, 4)),
    pair(account.GROUPS, (3, 5), account.CREW_AT_HOME, (2, 3, 5)),
    pair(beside_home.SIMULTANEITY, (-1, 1), televisions.OWN_TELEVISION, (1, 3, 4)),
    pair(beside_home.HOME_LIFE, (0.3, 0.7), presence.MOBILE_DAYS, (1, 5)),
    pair(beside_home.HOMECOMING, (0.01, 0.3), account.ACCOUNT_DEVICES, (4, 7)),
)
"""Chosen by what boosted trees of two factors gained from them on the fitting worlds."""
