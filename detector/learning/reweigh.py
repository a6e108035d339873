"""A finished run → its accounts in the eyes of a model with other weights."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import dataframely as dy
import numpy as np
import polars as pl

from detector.errors import DetectorError
from detector.evidence.factors.account_in_one_piece import HOME_FACTORS
from detector.evidence.factors.catalogue import FACTORS
from detector.evidence.factors.people import PROFILES
from detector.evidence.limits import ONE_WITNESS, limit_terms, name_bound
from detector.evidence.scorecard import Card, Scorecard, probability
from detector.evidence.weigh import ALONE, CEILINGS, PRIOR, card_of
from detector.kernels.arrays import Ints
from detector.kinds import Theme
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
    regime: str = ""
    """The kind of log; empty where the run does not tell, or its model was made for one kind."""

    @cached_property
    def values(self) -> dict[str, pl.DataFrame]:
        """Of all factors and rules, by card: see `find_values`."""
        return find_values(self.evidence)

    def among(self, accounts: pl.DataFrame) -> "Judged":
        """Keep some accounts of the run."""
        return Judged(
            Accounts.cast(self.accounts.join(accounts, on=ACCOUNT, how="semi")),
            Evidence.cast(self.evidence.join(accounts, on=ACCOUNT, how="semi")),
            self.window,
            self.settings,
            self.regime,
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
    ruled = dy.Bool(description="Whether a rule says what that group weighs, whatever the weights.")
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


def find_values(evidence: dy.DataFrame[Evidence]) -> dict[str, pl.DataFrame]:
    """Take the values of all factors and rules from a run's evidence.

    Returns:
        By card (`known`, `unknown`, or `no_second_household`): account_id, household, and a column
        for each factor; sorted.

    Examples:
        >>> evidence = Evidence.sample(overrides={
        ...     "account_id": "bob", "household": 1, "factor": ["prior", "distance"],
        ...     "value": [None, 12.0]})
        >>> find_values(evidence)["unknown"].select("account_id", "distance").row(0)
        ('bob', 12.0)
    """
    key = E.primary_key()[:2]
    of_factor = E.factor.col
    card = (
        pl.when((of_factor == ALONE).any())
        .then(pl.lit(ALONE))
        .otherwise(card_of(E.value.col.filter(of_factor == PROFILES.name).first()))
    )
    told = evidence.select(*key, E.factor.name, E.value.name, card=card.over(key))
    return {
        str(name): part.pivot(
            E.factor.name, index=key, values=E.value.name, aggregate_function="first"
        ).sort(key)
        for (name,), part in told.partition_by("card", as_dict=True).items()
    }


def weigh_again(evidence: dy.DataFrame[Evidence], scorecard: Scorecard) -> pl.DataFrame:
    """Weigh the factors that a run observed with the weights of a model.

    Returns:
        account_id, household, card (`known`, `unknown`, or `no_second_household`), micro_bits,
        and `ruled`: whether a rule says what it weighs.

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
        ('bob', 1, 'unknown', -1500000, False)
    """
    return _weigh_values(find_values(evidence), scorecard)


def _weigh_values(values: Mapping[str, pl.DataFrame], scorecard: Scorecard) -> pl.DataFrame:
    key = E.primary_key()[:2]
    weighed = [
        _weigh_card(found, name, scorecard.card(name), scorecard.version)
        for name, found in values.items()
    ]
    nothing = Evidence.create_empty().select(
        *key, card=pl.lit(""), micro_bits=pl.lit(0, dtype=pl.Int64), ruled=pl.lit(value=False)
    )
    return pl.concat([nothing, *weighed]).sort(key)


def _weigh_card(found: pl.DataFrame, name: str, card: Card, version: str) -> pl.DataFrame:
    """Weigh the groups that one card is for, factors and rules alike."""
    key = E.primary_key()[:2]
    rules = {PRIOR, ALONE, ONE_WITNESS.name, *(name_bound(theme) for theme in Theme)}
    ceilings = [ceiling for ceiling in CEILINGS if ceiling.name in found.columns]
    asked = set(found.columns) - {*key} - rules - {ceiling.name for ceiling in ceilings}
    strange = sorted(asked - card.shapes.keys())
    if strange:
        raise OtherModelError(
            f"The run weighs {plain_text(strange[0])}, which model {version} does not.",
            hint="name the model that the run was made with as --model, or make the run anew",
        )
    bits = {factor: card.shapes[factor].weigh(found[factor]).to_numpy() for factor in sorted(asked)}
    bits[PRIOR] = np.full(found.height, card.prior_micro_bits, np.int64)
    weighed = [factor for factor in (*FACTORS, *HOME_FACTORS) if factor.name in asked]
    holds = {
        each.name: found[each.name].fill_null(0).cast(pl.Int64).to_numpy() for each in ceilings
    }
    limits = limit_terms(card, weighed, bits, ceilings, holds)
    total: Ints = np.stack([*bits.values(), *limits.values()]).sum(axis=0, dtype=np.int64)
    nothing = np.zeros_like(total)
    setting = [limits.get(limit.name, nothing) < 0 for limit in (ONE_WITNESS, *CEILINGS)]
    ruled = pl.Series(np.any(setting, axis=0))
    return found.select(*key, card=pl.lit(name), micro_bits=pl.Series(total), ruled=ruled)


def decide_again(scorecard: Scorecard, judged: Judged) -> dy.DataFrame[Redecided]:
    """Decide the accounts of a run by the weights of another model, as `detector.verdicts` would.

    What counts as a household of its own is as the run found it: its tables do not hold all that
    `score_groups` asks about. Which of them decides follows the new weights.
    """
    rule = Rule.of(scorecard, judged.settings)
    weighed = _weigh_values(judged.values, scorecard).rename({E.household.name: R.group.name})
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
        >>> model = load_scorecard().in_regime("addresses")
        >>> flag_again(decided, model, VerdictSettings()).to_list()
        [False, True]
    """
    return decided.select(Rule.of(scorecard, settings).flags()).to_series()
