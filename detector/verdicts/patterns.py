"""Which life situation explains an account best, in one word.

No verdict asks: its numbers change what an account is called, not whether it is flagged.
"""

import polars as pl

from detector.evidence.observations import Observations
from detector.verdicts.scores import RankedGroups

G = Observations

_COMPANY = G.company_days.col / G.own_days.col.clip(1)
_HOMECOMING = G.home_days.col / G.all_days.col.clip(1)
_PUBLIC = (G.venue_stays.col + G.office_stays.col) / G.stays.col.clip(1)
_SPAN = G.span_days.col / G.account_span.col.clip(1)

SHARED: tuple[tuple[str, pl.Expr], ...] = (
    ("several_households", RankedGroups.external_households.col > 1),
    ("household_abroad", G.other_country.col),
    ("borrower_without_television", G.televisions.col == 0),
    ("same_line_pool", G.nat_stays.col > G.stays.col / 2),
    ("second_household", pl.lit(value=True)),
)
"""Patterns of a shared account; the first that holds is named."""

HONEST: tuple[tuple[str, pl.Expr], ...] = (
    ("one_home", G.own_days.col.is_null()),
    ("mobile_only_device", G.own_days.col == 0),
    ("moved_house", (G.h_silent_days.col >= 7) & (G.silent_days.col <= 2)),
    ("work_or_study_network", G.office_stays.col > G.stays.col / 2),
    ("traveller", _PUBLIC > 0.5),
    ("second_home", (_COMPANY >= 0.5) & (G.televisions.col > 0)),
    ("commuter", (_HOMECOMING >= 0.25) & (G.carried.col > 0)),
    ("visit", _SPAN < 0.4),
    ("occasional_place", pl.lit(value=True)),
)
"""Patterns of an account of one household; the first that holds is named."""


def name_pattern(patterns: tuple[tuple[str, pl.Expr], ...]) -> pl.Expr:
    """Name the first pattern that holds.

    Examples:
        >>> patterns = (
        ...     ("borrower_without_television", G.televisions.col == 0),
        ...     ("second_household", pl.lit(value=True)))
        >>> groups = pl.DataFrame({"televisions": [0, 2, None]})
        >>> groups.select(name_pattern(patterns)).to_series().to_list()
        ['borrower_without_television', 'second_household', 'second_household']
    """
    return pl.coalesce(
        *(pl.when(holds.fill_null(value=False)).then(pl.lit(name)) for name, holds in patterns)
    )
