"""Observations → evidence: bits for and against, one row per group and factor."""

import dataframely as dy
import polars as pl

from detector.evidence.catalogue import FACTORS
from detector.schemas import Evidence
from detector.scorecard import MICRO, Card, Scorecard

E = Evidence
PRIOR, ALONE = "prior", "no_second_household"


def measure_factors(observations: pl.DataFrame) -> pl.DataFrame:
    """Take the value of every factor from the observations, one column each."""
    return observations.select(
        "account_id", "group", *(f.value.cast(pl.Float64).alias(f.name) for f in FACTORS)
    )


def weigh_evidence(
    observations: pl.DataFrame, accounts: pl.DataFrame, scorecard: Scorecard
) -> dy.DataFrame[Evidence]:
    """Weigh each group's factors in bits.

    Args:
        observations: One row per account and group, from `observe`.
        accounts: All accounts judged; one without a second group gets the row that says so.
        scorecard: The fitted weights.

    Returns:
        The terms of each group's log-odds; here `household` is still the number of the group.
    """
    known = pl.col("profile_share").is_not_null()
    alone = accounts.select("account_id").join(observations, on="account_id", how="anti")
    told = [
        *_terms(observations.filter(known), scorecard.known),
        *_terms(observations.filter(~known), scorecard.unknown),
        _alone(alone, scorecard),
    ]
    return pl.concat(told).sort(E.primary_key()).pipe(E.validate, cast=True)


def _terms(observations: pl.DataFrame, card: Card) -> list[pl.DataFrame]:
    """The prior and one term per factor that the card weighs."""
    values = measure_factors(observations)
    keys = observations.select("account_id", household="group")
    weighed = [factor for factor in FACTORS if factor.name in card.shapes]
    return [
        _prior(keys, card),
        *(
            keys.with_columns(
                factor=pl.lit(factor.name),
                bits=card.shapes[factor.name].weigh(values[factor.name]) / MICRO,
                value=values[factor.name],
                text=observations.select(factor.text.fill_null("not known")).to_series(),
            )
            for factor in weighed
        ),
    ]


def _prior(keys: pl.DataFrame, card: Card) -> pl.DataFrame:
    """The log-odds before anything is known."""
    return keys.with_columns(
        factor=pl.lit(PRIOR),
        bits=pl.lit(card.prior_micro_bits / MICRO),
        value=pl.lit(None, dtype=pl.Float64),
        text=pl.lit("how often such a group is another household, all else unknown"),
    )


def _alone(accounts: pl.DataFrame, scorecard: Scorecard) -> pl.DataFrame:
    """What to believe of an account in which all devices live together."""
    return accounts.select(
        "account_id",
        household=pl.lit(0, dtype=pl.Int32),
        factor=pl.lit(ALONE),
        bits=pl.lit(scorecard.alone_micro_bits / MICRO),
        value=pl.lit(None, dtype=pl.Float64),
        text=pl.lit("all devices that could be placed live together"),
    )
