"""Observations → terms: bits for and against, for each group and factor."""

from collections.abc import Sequence

import polars as pl

from detector.evidence.factors.account_in_one_piece import HOME_FACTORS
from detector.evidence.factors.catalogue import FACTORS
from detector.evidence.factors.factor import Factor
from detector.evidence.factors.people import PROFILES
from detector.evidence.limits import ONE_WITNESS, Ceiling, name_bound
from detector.evidence.observations import Observations
from detector.evidence.scorecard import Card, Scorecard
from detector.evidence.terms import Prior, Terms, TermSheet
from detector.kinds import Theme
from detector.schemas import ACCOUNT, Evidence

PRIOR, ALONE = "prior", "no_second_household"
KNOWN, UNKNOWN = "known", "unknown"
"""The cards of groups whose profiles can be held against those of home, and of all others."""
OF_GROUP = Prior(PRIOR, "what such a group weighs in an honest household, on average")
OF_HOME = Prior(ALONE, "all devices that could be placed live together")


MOSTLY_ONE_LINE = 2
"""Grade of `Observations.two_protocols` from which most speaks for one line."""

NO_PLACE = Ceiling(
    name="no_place_of_its_own",
    theme=Theme.PLACE,
    holds=Observations.placeless.col,
    # One to two against: less likely than not, whatever its devices and profiles are.
    micro_bits=-1_000_000,
    text="was as good as only on mobile networks and relays: it has no place of its own",
    otherwise="has a place of its own",
)
"""Teenagers who never use the home's wifi look like people who never come: nobody can know."""


HOME_LINE = Ceiling(
    name="may_be_home_line",
    theme=Theme.PLACE,
    holds=Observations.two_protocols.col >= MOSTLY_ONE_LINE,
    # Four to one: more likely than not, if all else says so, and below what a flag may rest on.
    micro_bits=2_000_000,
    text="may be on home's own line, seen under two kinds of address: nobody can know",
    otherwise="nothing suggests that it is on home's own line",
)
"""A television on IPv4 and telephones on IPv6 look like two homes: no flag on one side alone."""

CEILINGS = (NO_PLACE, HOME_LINE)
"""What makes it impossible to know of a group that it lives elsewhere."""


def weigh_evidence(
    observations: pl.DataFrame, accounts: pl.DataFrame, scorecard: Scorecard
) -> Terms:
    """Weigh each group's factors in bits.

    Args:
        observations: One row per account and group, from `observe`.
        accounts: All accounts judged, with the columns of `HomeObservations` if the scorecard
            weighs them; one without a second group is judged as a whole.
        scorecard: The fitted weights.

    Examples:
        All of Ada's devices live together, which weighs clearly against a second household:

        >>> from detector.evidence.observations import HomeObservations, Observations
        >>> from detector.evidence.scorecard import load_scorecard
        >>> ada = HomeObservations.sample(overrides={
        ...     "account_id": ["ada"], "home_devices": 3, "home_televisions": 1, "days_used": 30,
        ...     "home_parallel": 0, "home_profiles": 2, "home_places": 1, "away_days": 0,
        ...     "screen_circles": 1, "second_circle": 0, "device_days": 60,
        ...     "line_accounts": 1, "line_networks": 1})
        >>> terms = weigh_evidence(Observations.create_empty(), ada, load_scorecard())
        >>> terms.sums().select("account_id", "group", pl.col("micro_bits") < 0).rows()
        [('ada', 0, True)]
    """
    known = card_of(PROFILES.value) == KNOWN
    alone = accounts.join(observations, on=ACCOUNT, how="anti").with_columns(
        group=pl.lit(0, dtype=pl.Int32)
    )
    sheets = (
        _weigh(observations.filter(known), scorecard.known, OF_GROUP, FACTORS, CEILINGS),
        _weigh(observations.filter(~known), scorecard.unknown, OF_GROUP, FACTORS, CEILINGS),
    )
    homes = _weigh(alone, scorecard.alone, OF_HOME, HOME_FACTORS)
    return Terms((*(sheet for sheet in sheets if sheet.observations.height), homes))


def card_of(profiles: pl.Expr) -> pl.Expr:
    """The card that weighs a group.

    Args:
        profiles: The value of the factor `PROFILES`; null where its profiles tell nothing.

    Examples:
        >>> shares = pl.lit(pl.Series([0.8, None]))
        >>> pl.select(card_of(shares)).to_series().to_list()
        ['known', 'unknown']
    """
    return pl.when(profiles.is_not_null()).then(pl.lit(KNOWN)).otherwise(pl.lit(UNKNOWN))


def theme_of(factor: pl.Expr) -> pl.Expr:
    """Name what a factor bears witness to; for one that is no longer asked, the account.

    Examples:
        >>> told = pl.select(theme_of(pl.lit(pl.Series(["country", "prior", "horoscope"]))))
        >>> told.to_series().to_list()
        ['place', 'account', 'account']
    """
    terms = (OF_GROUP, OF_HOME, ONE_WITNESS, *CEILINGS, *FACTORS, *HOME_FACTORS)
    themes = {name_bound(theme): theme for theme in Theme}
    themes |= {term.name: term.theme for term in terms}
    return factor.replace_strict(themes, default=Theme.ACCOUNT, return_dtype=Evidence.theme.dtype)


def _weigh(
    groups: pl.DataFrame,
    card: Card,
    prior: Prior,
    factors: Sequence[Factor],
    ceilings: Sequence[Ceiling] = (),
) -> TermSheet:
    weighed = [factor for factor in factors if factor.name in card.shapes]
    return TermSheet(groups, prior, weighed, card, ceilings)
