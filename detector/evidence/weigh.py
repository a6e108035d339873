"""Observations → evidence: bits for and against, one row per group and factor."""

from collections.abc import Sequence

import dataframely as dy
import polars as pl

from detector.evidence.catalogue import FACTORS
from detector.evidence.factor import Factor
from detector.evidence.home import HOME_FACTORS
from detector.schemas import Evidence
from detector.scorecard import MICRO, PER_MICRO, Card, Scorecard

E = Evidence
PRIOR, ALONE = "prior", "no_second_household"


def measure_factors(
    observations: pl.DataFrame, factors: Sequence[Factor] = FACTORS
) -> pl.DataFrame:
    """Take the value of every factor from the observations, one column each."""
    return observations.select(
        "account_id", "group", *(f.value.cast(pl.Float64).alias(f.name) for f in factors)
    )


def weigh_evidence(
    observations: pl.DataFrame, accounts: pl.DataFrame, scorecard: Scorecard
) -> dy.DataFrame[Evidence]:
    """Weigh each group's factors in bits.

    Args:
        observations: One row per account and group, from `observe`.
        accounts: All accounts judged, with the columns of `observe_homes` if the scorecard
            weighs them; one without a second group is judged as a whole.
        scorecard: The fitted weights.

    Returns:
        The terms of each group's log-odds; here `household` is still the number of the group.
    """
    known = pl.col("profile_share").is_not_null()
    alone = accounts.join(observations, on="account_id", how="anti").with_columns(
        group=pl.lit(0, dtype=pl.Int32)
    )
    told = [
        *_terms(observations.filter(known), scorecard.known, FACTORS),
        *_terms(observations.filter(~known), scorecard.unknown, FACTORS),
        *_terms(alone, scorecard.alone, HOME_FACTORS),
    ]
    return pl.concat(told).sort(E.primary_key()).pipe(E.validate, cast=True)


def _terms(observations: pl.DataFrame, card: Card, factors: Sequence[Factor]) -> list[pl.DataFrame]:
    """The prior and one term per factor that the card weighs."""
    weighed = [factor for factor in factors if factor.name in card.shapes]
    values = measure_factors(observations, weighed)
    words = observations.select(_words(factor) for factor in weighed)
    keys = observations.select("account_id", household="group")
    return [
        _prior(keys, card, alone=factors is HOME_FACTORS),
        *(
            keys.with_columns(
                factor=pl.lit(factor.name),
                bits=card.shapes[factor.name].weigh(values[factor.name]) * PER_MICRO,
                value=values[factor.name],
                text=words[factor.name],
            )
            for factor in weighed
        ),
    ]


def _words(factor: Factor) -> pl.Expr:
    """The observation in words; where its value is unknown, no words may claim one."""
    told = pl.when(factor.value.is_not_null()).then(factor.text)
    return told.fill_null("not known").alias(factor.name)


def _prior(keys: pl.DataFrame, card: Card, *, alone: bool) -> pl.DataFrame:
    """The log-odds before anything is known of a group, or of an account in one piece."""
    text = (
        "all devices that could be placed live together"
        if alone
        else "what such a group weighs in an honest household, on average"
    )
    return keys.with_columns(
        factor=pl.lit(ALONE if alone else PRIOR),
        bits=pl.lit(card.prior_micro_bits / MICRO),
        value=pl.lit(None, dtype=pl.Float64),
        text=pl.lit(text),
    )
