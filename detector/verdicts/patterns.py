"""Which life situation explains an account best, in one word.

No verdict asks: its numbers change what an account is called, not whether it is flagged.
"""

import polars as pl

from detector.evidence.observations import AccountObservations, Observations
from detector.verdicts.scores import RankedGroups

G, W = Observations, AccountObservations
UNCLEAR = "unclear"

_PARTED = G.move_parted.col / G.move_days.col.clip(1)
_LEFT = G.leave_parted.col / G.leave_days.col.clip(1)
_WEEKENDS = G.own_weekend_days.col / G.own_days.col.clip(1)
"""Two days of seven are 0.29."""
_TURNS = (G.fortnight_pairs.col + 0.5) / (G.week_pairs.col + 0.5)
"""Days two weeks apart beside days one week apart: above 1, it comes every other week."""
_HOME_AWAKE = G.h_days_within.col / G.span_days.col.clip(1)
_BESIDE = G.both_days.col / G.own_days.col.clip(1)
_SCREEN = (G.own_days.col >= 4) & (G.televisions.col > 0)
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
    ("moved_house", G.own_days.col.is_null() & (W.moved_days.col >= 5)),
    ("second_home", G.own_days.col.is_null() & W.keeps_second_place.col),
    ("one_home", G.own_days.col.is_null()),
    ("mobile_only_device", G.own_days.col == 0),
    ("moved_house", (G.move_days.col >= 5) & (_PARTED >= 0.9)),
    ("moved_out", (G.leave_days.col >= 5) & (_LEFT >= 0.9)),
    ("work_or_study_network", G.office_stays.col > G.stays.col / 2),
    ("traveller", (_PUBLIC > 0.5) | ((G.own_places.col >= 3) & (G.main_days.col <= 3))),
    ("visit", (_SPAN < 0.4) & (G.own_days.col <= 14)),
    ("two_homes_by_turns", (G.own_days.col >= 6) & (_TURNS >= 2)),
    ("weekly_commuter", (G.own_days.col >= 8) & (_WEEKENDS <= 0.12)),
    ("second_home", _SCREEN & ((_WEEKENDS >= 0.6) | (_COMPANY >= 0.5))),
    ("second_home", _SCREEN & (_HOME_AWAKE >= 0.5) & (_BESIDE <= _HOME_AWAKE / 3)),
    ("commuter", (_HOMECOMING >= 0.25) & (G.carried.col > 0)),
    ("second_line_at_home", (G.apart_km.col < 1) & (_HOMECOMING >= 0.1)),
    (UNCLEAR, pl.lit(value=True)),
)
"""Patterns of an account of one household, or of one that is not sure; the first that holds is
named. Each is a claim, held against what is so by `household evaluate`."""


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
