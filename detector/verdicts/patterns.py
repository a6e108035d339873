"""Which life situation explains an account best, in one word.

No verdict asks: its numbers change what an account is called, not whether it is flagged.
"""

import polars as pl

_COMPANY = pl.col("company_days") / pl.col("own_days").clip(1)
_HOMECOMING = pl.col("home_days") / pl.col("all_days").clip(1)
_PUBLIC = (pl.col("venue_stays") + pl.col("office_stays")) / pl.col("stays").clip(1)
_SPAN = pl.col("span_days") / pl.col("account_span").clip(1)

SHARED: tuple[tuple[str, pl.Expr], ...] = (
    ("several_households", pl.col("external_households") > 1),
    ("household_abroad", pl.col("other_country")),
    ("borrower_without_television", pl.col("televisions") == 0),
    ("same_line_pool", pl.col("nat_stays") > pl.col("stays") / 2),
    ("second_household", pl.lit(value=True)),
)
"""Patterns of a shared account; the first that holds is named."""

HONEST: tuple[tuple[str, pl.Expr], ...] = (
    ("one_home", pl.col("own_days").is_null()),
    ("mobile_only_device", pl.col("own_days") == 0),
    ("moved_house", (pl.col("h_silent_days") >= 7) & (pl.col("silent_days") <= 2)),
    ("work_or_study_network", pl.col("office_stays") > pl.col("stays") / 2),
    ("traveller", _PUBLIC > 0.5),
    ("second_home", (_COMPANY >= 0.5) & (pl.col("televisions") > 0)),
    ("commuter", (_HOMECOMING >= 0.25) & (pl.col("carried") > 0)),
    ("visit", _SPAN < 0.4),
    ("occasional_place", pl.lit(value=True)),
)
"""Patterns of an account of one household; the first that holds is named."""


def name_pattern(patterns: tuple[tuple[str, pl.Expr], ...]) -> pl.Expr:
    """Name the first pattern that holds."""
    return pl.coalesce(
        *(pl.when(holds.fill_null(value=False)).then(pl.lit(name)) for name, holds in patterns)
    )
