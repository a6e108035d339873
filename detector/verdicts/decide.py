"""Evidence → verdicts: how probable, which situation, what to say."""

from dataclasses import dataclass, field

import dataframely as dy
import polars as pl

from detector.evidence.scorecard import PER_MICRO, Scorecard, probability
from detector.schemas import AccountRecords, Evidence
from detector.settings import VerdictSettings
from detector.verdicts.patterns import HONEST, SHARED, name_pattern
from detector.verdicts.rule import Rule, is_paid_for, rank_groups

E = Evidence
ACCOUNT = E.account_id.name


@dataclass(frozen=True)
class Findings:
    """What the verdict is made from, for some accounts."""

    accounts: pl.DataFrame
    """account_id, devices, active_days, home_place."""
    observations: pl.DataFrame
    """From `detector.evidence.observe.observe`."""
    flagged_before: pl.Series = field(default_factory=lambda: pl.Series(dtype=pl.String))
    """The account ids that the previous run flagged."""
    records: dy.DataFrame[AccountRecords] = field(default_factory=AccountRecords.create_empty)


def score_groups(
    sums: pl.DataFrame, observations: pl.DataFrame, settings: VerdictSettings
) -> pl.DataFrame:
    """Turn the evidence of each group into a probability and number the households by it.

    A group that is more likely part of home is not external. A thin one, without a
    television and hardly at any place of its own, is not counted as a household beside another
    external one: its devices most likely belong to that. Nor is the second of two that use the
    same profiles: the same people at another place.

    Args:
        sums: account_id, group, micro_bits, one row for each group that was weighed.
        observations: What was seen of the groups.
        settings: How probable a group must be to count as an external household.

    Returns:
        account_id, group, household (its own number, 1.. counted ones first, by falling
        probability), lives_with (the household its devices count to), micro_bits,
        probability, external (counted as a household).
    """
    likely = (pl.col("group") > 0) & (pl.col("probability") >= settings.min_external_probability)
    anchored = (pl.col("televisions") > 0) | (pl.col("own_days") >= settings.min_own_days)
    scores = (
        sums.with_columns(probability=probability(pl.col("micro_bits")))
        .join(
            observations.select(ACCOUNT, "group", "twin", "twin_share", anchored=anchored),
            on=[ACCOUNT, "group"],
            how="left",
        )
        .with_columns(likely=likely, anchored=likely & pl.col("anchored").fill_null(value=False))
        .sort(ACCOUNT, -pl.col("anchored").cast(pl.Int8), -pl.col("micro_bits"), "group")
        .with_columns(
            household=pl.when(pl.col("group") > 0)
            .then(pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over(ACCOUNT))
            .otherwise(pl.lit(0, dtype=pl.Int32)),
            external=pl.col("anchored")
            | (pl.col("likely") & (pl.int_range(pl.len()).over(ACCOUNT) == 0)),
        )
        .with_columns(external=pl.col("external") & ~_is_twin(settings))
    )
    return scores.with_columns(
        lives_with=pl.when("external")
        .then("household")
        .when("likely")
        .then(pl.lit(1, dtype=pl.Int32))
        .otherwise(pl.lit(0, dtype=pl.Int32))
    ).drop("anchored", "likely", "twin", "twin_share")


def _is_twin(settings: VerdictSettings) -> pl.Expr:
    """The second of just two external households, if its profiles are those of the first."""
    first = pl.col("group").filter(pl.col("household") == 1).first().over(ACCOUNT)
    return (
        (pl.col("household") == 2)
        & (pl.col("external").sum().over(ACCOUNT) == 2)
        & (pl.col("twin") == first)
        & (pl.col("twin_share") >= settings.min_twin_share)
    ).fill_null(value=False)


def decide_verdicts(
    findings: Findings, scores: pl.DataFrame, scorecard: Scorecard, settings: VerdictSettings
) -> pl.DataFrame:
    """Decide each account by its most probable group.

    `detector.verdicts.rule` says when an account is flagged. What is more likely than not but
    not sure is `insufficient_evidence`, and so is an account too little used to know.

    Returns:
        The columns of `Accounts` but the words, sorted, with the observations of the group
        that decides.
    """
    rule, best = Rule.of(scorecard, settings), rank_groups(scores)
    return (
        findings.accounts.join(best, on=ACCOUNT)
        .join(findings.observations, on=[ACCOUNT, "group"], how="left", suffix="_group")
        .join(findings.records, on=ACCOUNT, how="left")
        .with_columns(flagged_before=pl.col(ACCOUNT).is_in(findings.flagged_before.implode()))
        .with_columns(flagged=rule.flags_or_holds())
        .with_columns(
            verdict=_verdict(settings),
            pattern=pl.when("flagged")
            .then(name_pattern(SHARED))
            .when(is_paid_for())
            .then(pl.lit("extra_members"))
            .otherwise(name_pattern(HONEST)),
            evidence_bits=pl.col("micro_bits") * PER_MICRO,
        )
        .with_columns(
            pattern=pl.when(pl.col("verdict") == "resold")
            .then(pl.lit("resold"))
            .otherwise("pattern")
        )
        .sort(ACCOUNT)
    )


def _verdict(settings: VerdictSettings) -> pl.Expr:
    many = pl.col("external_households") >= settings.resold_households
    unsure = ((pl.col("probability") >= settings.min_external_probability) & ~is_paid_for()) | (
        pl.col("active_days") < settings.min_active_days
    )
    return (
        pl.when(pl.col("flagged") & many)
        .then(pl.lit("resold"))
        .when("flagged")
        .then(pl.lit("shared"))
        .when(unsure)
        .then(pl.lit("insufficient_evidence"))
        .otherwise(pl.lit("one_household"))
    )
