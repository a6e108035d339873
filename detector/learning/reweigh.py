"""A finished run → its accounts in the eyes of a model with other weights."""

from dataclasses import dataclass

import dataframely as dy
import polars as pl

from detector.errors import DetectorError
from detector.evidence.factors.people import PROFILES
from detector.evidence.scorecard import Scorecard, probability
from detector.evidence.weigh import ALONE, NO_PLACE, PRIOR, card_of
from detector.plain_text import plain_text
from detector.schemas import ACCOUNT, Accounts, Evidence
from detector.settings import VerdictSettings
from detector.verdicts.rule import Rule, count_as_found, deciding_bits, rank_groups
from detector.verdicts.scores import RankedGroups

A, E, R = Accounts, Evidence, RankedGroups


class OtherModelError(DetectorError):
    """The run was not made with this model."""


@dataclass(frozen=True)
class Judged:
    """A finished run, as far as it can be recalibrated."""

    accounts: dy.DataFrame[Accounts]
    evidence: dy.DataFrame[Evidence]
    window: str
    """The days that were judged, in words."""
    settings: VerdictSettings
    """What its verdicts were made by."""

    def among(self, accounts: pl.DataFrame) -> "Judged":
        """Keep some accounts of the run."""
        return Judged(
            Accounts.cast(self.accounts.join(accounts, on=ACCOUNT, how="semi")),
            Evidence.cast(self.evidence.join(accounts, on=ACCOUNT, how="semi")),
            self.window,
            self.settings,
        )


class Redecided(dy.Schema):
    """One account of a finished run in the eyes of another model.

    Built by `decide_again`.
    """

    account_id = dy.String(primary_key=True)
    flagged = dy.Bool(description="This and the next three: what the run says.")
    evidence_bits = dy.Float64()
    active_days = dy.UInt32(min=1)
    extra_members = dy.UInt32(nullable=True)
    group = dy.Int32(min=0, description="The household number of its surest group.")
    card = dy.String(description="What weighs it: `known`, `unknown` or `no_second_household`.")
    micro_bits = dy.Int64(description="Of the surest group, in millionths of bits.")
    probability = dy.Float64(min=0, max=1, description="Of the surest group.")
    external_households = dy.UInt32()
    external_bits = dy.List(dy.Int64(), description="See `RankedGroups`.")
    deciding_probability = dy.Float64(
        nullable=True,
        min=0,
        max=1,
        description="Of the one that decides; null if paid for.",
    )
    knowable = dy.Bool(description="Whether the account may be flagged at all.")


def weigh_again(evidence: dy.DataFrame[Evidence], scorecard: Scorecard) -> pl.DataFrame:
    """Weigh the factors that a run observed with the weights of a model.

    Returns:
        account_id, household, card (`known`, `unknown`, or `no_second_household`), micro_bits.

    Raises:
        OtherModelError: The evidence holds factors that the model does not weigh.

    Examples:
        Bob's other household is near by, and his log holds no profiles:

        >>> model = Scorecard.model_validate(
        ...     {"version": "toy", "known": {"prior_micro_bits": 0, "shapes": {}},
        ...      "unknown": {"prior_micro_bits": -2_000_000, "shapes": {
        ...          "distance": {"cuts": [50.0], "micro_bits": [500_000, 3_000_000]}}},
        ...      "alone_micro_bits": 0})
        >>> evidence = Evidence.sample(overrides={
        ...     "account_id": "bob", "household": 1, "factor": ["prior", "distance"],
        ...     "value": [None, 12.0]})
        >>> weigh_again(evidence, model).row(0)
        ('bob', 1, 'unknown', -1500000)
    """
    key = E.primary_key()[:2]
    of_factor = E.factor.col
    card = (
        pl.when((of_factor == ALONE).any())
        .then(pl.lit(ALONE))
        .otherwise(card_of(E.value.col.filter(of_factor == PROFILES.name).first()))
    )
    terms = evidence.select(*key, E.factor.name, E.value.name, card=card.over(key))
    weighed = [
        part.select(*key, "card", micro_bits=_weight(str(name), str(factor), part, scorecard))
        for (name, factor), part in terms.partition_by("card", E.factor.name, as_dict=True).items()
    ]
    barred = evidence.filter(of_factor == NO_PLACE.name).select(*key, barred=E.value.col == 1)
    if not weighed:
        return terms.select(*key, "card", micro_bits=pl.lit(0, dtype=pl.Int64))
    return (
        pl.concat(weighed)
        .group_by(key)
        .agg(Redecided.card.col.first(), R.micro_bits.col.sum())
        .join(barred, on=key, how="left")
        .with_columns(
            micro_bits=pl.when(pl.col("barred"))
            .then(R.micro_bits.col.clip(upper_bound=NO_PLACE.micro_bits))
            .otherwise(R.micro_bits.col)
        )
        .drop("barred")
        .sort(key)
    )


def _weight(card: str, factor: str, terms: pl.DataFrame, scorecard: Scorecard) -> pl.Series:
    weights = scorecard.card(card)
    if factor in (PRIOR, ALONE):
        return _constant(weights.prior_micro_bits, terms.height)
    if factor == NO_PLACE.name:
        return _constant(0, terms.height)
    if factor not in weights.shapes:
        raise OtherModelError(
            f"The run weighs {plain_text(factor)}, which model {scorecard.version} does not.",
            hint="name the model that the run was made with as --model, or make the run anew",
        )
    return weights.shapes[factor].weigh(terms[E.value.name])


def _constant(micro_bits: int, height: int) -> pl.Series:
    return pl.repeat(micro_bits, height, dtype=pl.Int64, eager=True)


def decide_again(scorecard: Scorecard, judged: Judged) -> dy.DataFrame[Redecided]:
    """Decide the accounts of a run by the weights of another model, as `detector.verdicts` would.

    What counts as a household of its own is as the run found it: its tables do not hold all that
    `score_groups` asks about. Which of them decides follows the new weights.
    """
    rule = Rule.of(scorecard, judged.settings)
    weighed = weigh_again(judged.evidence, scorecard).rename({E.household.name: R.group.name})
    scores = count_as_found(weighed, judged.accounts, judged.settings)
    said = [A.flagged, A.evidence_bits, A.active_days, A.extra_members]
    return (
        judged.accounts.select(ACCOUNT, *(column.name for column in said))
        .join(rank_groups(scores), on=ACCOUNT)
        .with_columns(
            probability=probability(R.micro_bits.col),
            deciding_probability=probability(deciding_bits()),
            knowable=rule.is_knowable() & deciding_bits().is_not_null(),
        )
        .sort(ACCOUNT)
        .pipe(Redecided.cast)
    )


def flag_again(decided: pl.DataFrame, scorecard: Scorecard, settings: VerdictSettings) -> pl.Series:
    """Whether each account of `decide_again` is flagged, seen for the first time.

    Examples:
        Ada pays for the household that the model is sure of, Bob does not:

        >>> from detector.evidence.scorecard import load_scorecard
        >>> decided = pl.DataFrame({
        ...     "account_id": ["ada", "bob"], "group": 1, "micro_bits": 15_000_000,
        ...     "external_bits": [[15_000_000]] * 2, "active_days": 40, "extra_members": [1, None]})
        >>> flag_again(decided, load_scorecard(), VerdictSettings()).to_list()
        [False, True]
    """
    return decided.select(Rule.of(scorecard, settings).flags()).to_series()
