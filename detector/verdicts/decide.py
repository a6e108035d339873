"""Evidence → verdicts: how probable, which situation, what to say."""

from dataclasses import dataclass, field

import dataframely as dy
import polars as pl

from detector.events.accounts import AccountRecords
from detector.evidence.observations import AccountObservations, Observations
from detector.evidence.scorecard import PER_MICRO, Scorecard, probability
from detector.evidence.weigh import NO_PLACE
from detector.kernels.runs import since_first
from detector.schemas import ACCOUNT, Accounts
from detector.settings import VerdictSettings
from detector.verdicts.home import NOBODY_KNOWS, trust_home
from detector.verdicts.patterns import HONEST, SHARED, name_pattern
from detector.verdicts.rule import Rule, has_doubles, has_left_out, is_paid_for, rank_groups
from detector.verdicts.scores import GroupScores
from detector.verdicts.sides import face_sides

A, G, S = Accounts, Observations, GroupScores
KEY = S.primary_key()


@dataclass(frozen=True)
class Findings:
    """What the verdict is made from, for some accounts."""

    accounts: dy.DataFrame[AccountObservations]
    observations: dy.DataFrame[Observations]
    flagged_before: pl.Series = field(default_factory=lambda: pl.Series(dtype=pl.String))
    """The account ids that the previous run flagged."""
    records: dy.DataFrame[AccountRecords] = field(default_factory=AccountRecords.create_empty)


def score_groups(
    sums: pl.DataFrame, observations: dy.DataFrame[Observations], settings: VerdictSettings
) -> dy.DataFrame[GroupScores]:
    """Turn the evidence of each group into a probability and number the households by it.

    A group that is more likely part of home is not external. A thin one, without a
    television and hardly at any place of its own, is not counted as a household beside another
    external one: its devices most likely belong to that. Nor is the second of two that use the
    same profiles: the same people at another place.

    Args:
        sums: account_id, group, micro_bits, one row for each group that was weighed.
        observations: What was seen of the groups.
        settings: How probable a group must be to count as an external household.

    Examples:
        Bob's borrower has a television; his daughter's phone is more likely part of home:

        >>> sums = pl.DataFrame({"account_id": "bob", "group": pl.Series([1, 2], dtype=pl.Int32),
        ...     "micro_bits": [-3_000_000, 6_000_000]})
        >>> seen = Observations.sample(overrides={
        ...     "account_id": "bob", "group": [1, 2], "televisions": [0, 1], "twin": None})
        >>> scores = score_groups(sums, seen, VerdictSettings())
        >>> scores.select("group", "probability", "household", "external").rows()
        [(2, 0.984615, 1, True), (1, 0.111111, 2, False)]
    """
    likely = (S.group.col > 0) & (S.probability.col >= settings.min_external_probability)
    anchored = (G.televisions.col > 0) | (G.own_days.col >= settings.min_own_days)
    scores = (
        sums.with_columns(probability=probability(S.micro_bits.col))
        .join(
            observations.select(*KEY, G.twin.name, G.twin_share.name, anchored=anchored),
            on=KEY,
            how="left",
        )
        .with_columns(likely=likely, anchored=likely & pl.col("anchored").fill_null(value=False))
        .sort(ACCOUNT, -pl.col("anchored").cast(pl.Int8), -S.micro_bits.col, S.group.name)
        .with_columns(place=since_first(pl.int_range(pl.len(), dtype=pl.Int32), ACCOUNT))
        .with_columns(
            household=pl.when(S.group.col > 0)
            .then(pl.col("place") + 1)
            .otherwise(pl.lit(0, dtype=pl.Int32)),
            external=pl.col("anchored") | (pl.col("likely") & (pl.col("place") == 0)),
        )
        .with_columns(external=S.external.col & ~_is_twin(settings))
    )
    return scores.with_columns(
        lives_with=pl.when(S.external.col)
        .then(S.household.col)
        .when("likely")
        .then(pl.lit(1, dtype=pl.Int32))
        .otherwise(pl.lit(0, dtype=pl.Int32))
    ).pipe(S.cast)


def _is_twin(settings: VerdictSettings) -> pl.Expr:
    """The second of just two external households, if its profiles are those of the first."""
    first = S.group.col.filter(S.household.col == 1).first().over(ACCOUNT)
    return (
        (S.household.col == 2)
        & (S.external.col.sum().over(ACCOUNT) == 2)
        & (G.twin.col == first)
        & (G.twin_share.col >= settings.min_twin_share)
    ).fill_null(value=False)


def decide_verdicts(
    findings: Findings,
    scores: dy.DataFrame[GroupScores],
    scorecard: Scorecard,
    settings: VerdictSettings,
) -> pl.DataFrame:
    """Decide each account by its most probable group.

    `detector.verdicts.rule` says when an account is flagged. One household is what the evidence
    speaks for; what it leaves open is `insufficient_evidence`, and so is an account too little
    used to know, one of which some devices were only ever on the move, however strange they are to
    home, and one whose ids name no devices: on too many accounts, or at two places at once.

    Returns:
        The columns of `Accounts` but the words, sorted, with the observations of the group
        that decides.

    Examples:
        The same is seen of both, but Ada pays for an extra member:

        >>> from detector.evidence.scorecard import load_scorecard
        >>> key = {"account_id": ["ada", "bob"]}
        >>> accounts = AccountObservations.sample(overrides=key | {
        ...     "active_days": 40, "common_days": 0, "doubled_days": 0})
        >>> seen = Observations.sample(overrides=key | {"group": 1, "televisions": 1, "twin": None,
        ...     "placeless": False})
        >>> sums = seen.select(*KEY, micro_bits=pl.lit(15_000_000))
        >>> paid = AccountRecords.sample(overrides={"account_id": ["ada"], "extra_members": 1})
        >>> settings = VerdictSettings()
        >>> decided = decide_verdicts(
        ...     Findings(accounts, seen, records=paid), score_groups(sums, seen, settings),
        ...     load_scorecard().in_regime("addresses"), settings)
        >>> decided.select("account_id", "external_households", "verdict").rows()
        [('ada', 1, 'one_household'), ('bob', 1, 'shared')]
    """
    rule, best = Rule.of(scorecard, settings), rank_groups(scores)
    sides = face_sides(findings.observations, scores, findings.records)
    return (
        findings.accounts.join(best, on=ACCOUNT)
        .join(findings.observations, on=KEY, how="left", suffix="_group")
        .join(findings.records, on=ACCOUNT, how="left")
        .join(trust_home(sides, scorecard.home), on=ACCOUNT, how="left")
        .with_columns(flagged_before=pl.col(ACCOUNT).is_in(findings.flagged_before.implode()))
        .with_columns(flagged=rule.flags_or_holds())
        .with_columns(
            verdict=_verdict(settings),
            pattern=pl.when(A.flagged.col)
            .then(name_pattern(SHARED))
            .when(is_paid_for())
            .then(pl.lit("extra_members"))
            .when(has_left_out(settings))
            .then(pl.lit("devices_of_many_accounts"))
            .when(has_doubles(settings))
            .then(pl.lit("one_id_at_two_places"))
            .otherwise(name_pattern(HONEST)),
            evidence_bits=S.micro_bits.col * PER_MICRO,
            threshold=pl.lit(rule.threshold),
            # Where nothing is external, nothing can be mistaken for home.
            home_confidence=pl.when(A.external_households.col == 0)
            .then(1.0)
            .otherwise(A.home_confidence.col.fill_null(NOBODY_KNOWS)),
        )
        .with_columns(
            pattern=pl.when(A.verdict.col == "resold")
            .then(pl.lit("resold"))
            .otherwise(A.pattern.col)
        )
        .sort(ACCOUNT)
    )


def _verdict(settings: VerdictSettings) -> pl.Expr:
    many = A.external_households.col >= settings.resold_households
    lost = G.placeless.col & (S.micro_bits.col >= NO_PLACE.micro_bits)
    likely = A.probability.col > settings.max_single_probability
    unsure = ((likely | lost.fill_null(value=False)) & ~is_paid_for()) | pl.any_horizontal(
        A.active_days.col < settings.min_active_days, has_left_out(settings), has_doubles(settings)
    )
    return (
        pl.when(A.flagged.col & many)
        .then(pl.lit("resold"))
        .when(A.flagged.col)
        .then(pl.lit("shared"))
        .when(unsure)
        .then(pl.lit("insufficient_evidence"))
        .otherwise(pl.lit("one_household"))
    )
