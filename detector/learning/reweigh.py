"""A finished run → its accounts in the eyes of a model with other weights."""

from dataclasses import dataclass

import dataframely as dy
import polars as pl

from detector.errors import DetectorError
from detector.evidence.scorecard import Scorecard, probability
from detector.evidence.weigh import ALONE, PRIOR
from detector.plain_text import plain_text
from detector.schemas import Accounts, Evidence

A, E = Accounts, Evidence
ACCOUNT = A.account_id.name
KNOWN, UNKNOWN = "known", "unknown"
"""The two cards of a model."""


class OtherModelError(DetectorError):
    """The run was not made with this model."""


@dataclass(frozen=True)
class Judged:
    """A finished run, as far as it can be recalibrated."""

    accounts: dy.DataFrame[Accounts]
    evidence: dy.DataFrame[Evidence]
    window: str
    """The days that were judged, in words."""
    min_active_days: int
    """Days of use below which no account is flagged."""

    def among(self, accounts: pl.DataFrame) -> "Judged":
        """Keep some accounts of the run."""
        return Judged(
            Accounts.cast(self.accounts.join(accounts, on=ACCOUNT, how="semi")),
            Evidence.cast(self.evidence.join(accounts, on=ACCOUNT, how="semi")),
            self.window,
            self.min_active_days,
        )


def weigh_again(evidence: dy.DataFrame[Evidence], scorecard: Scorecard) -> pl.DataFrame:
    """Weigh the factors that a run observed with the weights of a model.

    Returns:
        account_id, household, card (`known`, `unknown`, or `no_second_household`), micro_bits.

    Raises:
        OtherModelError: The evidence holds factors that the model does not weigh.
    """
    key = E.primary_key()[:2]
    of_factor = E.factor.col
    card = (
        pl.when((of_factor == ALONE).any())
        .then(pl.lit(ALONE))
        .when(((of_factor == "profiles") & E.value.col.is_not_null()).any())
        .then(pl.lit(KNOWN))
        .otherwise(pl.lit(UNKNOWN))
    )
    terms = evidence.select(*key, E.factor.name, E.value.name, card=card.over(key))
    weighed = [
        part.select(*key, "card", micro_bits=_weight(str(name), str(factor), part, scorecard))
        for (name, factor), part in terms.partition_by("card", E.factor.name, as_dict=True).items()
    ]
    if not weighed:
        return terms.select(*key, "card", micro_bits=pl.lit(0, dtype=pl.Int64))
    return (
        pl.concat(weighed)
        .group_by(key)
        .agg(pl.col("card").first(), pl.col("micro_bits").sum())
        .sort(key)
    )


def _weight(card: str, factor: str, terms: pl.DataFrame, scorecard: Scorecard) -> pl.Series:
    weights = scorecard.card(card)
    if factor in (PRIOR, ALONE):
        return _constant(weights.prior_micro_bits, terms.height)
    if factor not in weights.shapes:
        raise OtherModelError(
            f"The run weighs {plain_text(factor)}, which model {scorecard.version} does not.",
            hint="name the model that the run was made with as --model, or make the run anew",
        )
    return weights.shapes[factor].weigh(terms[E.value.name])


def _constant(micro_bits: int, height: int) -> pl.Series:
    return pl.repeat(micro_bits, height, dtype=pl.Int64, eager=True)


def decide_again(scorecard: Scorecard, judged: Judged) -> pl.DataFrame:
    """One row per account: the household that decides, its card and bits, and what may be done.

    The columns `probability` and `knowable` (whether the account may be flagged at all) are new.
    """
    best = (
        weigh_again(judged.evidence, scorecard)
        .sort(ACCOUNT, -pl.col("micro_bits"), E.household.name)
        .unique(ACCOUNT, keep="first", maintain_order=True)
    )
    used_enough = A.active_days.col >= judged.min_active_days
    paid_for = A.external_households.col.is_between(1, A.extra_members.col.fill_null(0))
    return (
        judged.accounts.select(
            ACCOUNT, A.flagged.name, A.evidence_bits.name, allowed=used_enough & ~paid_for
        )
        .join(best, on=ACCOUNT)
        .with_columns(
            probability=probability(pl.col("micro_bits")),
            knowable=(pl.col("card") != ALONE) & pl.col("allowed"),
        )
        .sort(ACCOUNT)
    )


def flag_again(decided: pl.DataFrame, scorecard: Scorecard) -> pl.Series:
    """Whether the model flags each account of `decide_again`."""
    sure = (pl.col("probability") >= scorecard.threshold) & pl.lit(scorecard.threshold < 1)
    return decided.select(pl.col("knowable") & sure).to_series()
