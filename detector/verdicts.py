"""Evidence → verdicts: how probable, which situation, what to say."""

from dataclasses import dataclass

import polars as pl

from detector.patterns import HONEST, SHARED, name_pattern
from detector.schemas import Evidence
from detector.scorecard import MICRO, Scorecard, probability
from detector.settings import VerdictSettings

E = Evidence
ACCOUNT = E.account_id.name


@dataclass(frozen=True)
class Findings:
    """What the verdict is made from, for some accounts."""

    accounts: pl.DataFrame
    """account_id, devices, active_days, home_place."""
    observations: pl.DataFrame
    """From `detector.evidence.circumstances.observe`."""
    evidence: pl.DataFrame
    """From `detector.evidence.weigh.weigh_evidence`, keyed by group."""


def score_groups(evidence: pl.DataFrame, settings: VerdictSettings) -> pl.DataFrame:
    """Add up the evidence of each group and number the households by it.

    Args:
        evidence: Terms keyed by account and group.
        settings: How probable a group must be to count as an external household.

    Returns:
        account_id, group, household (1.. by falling probability), micro_bits, probability,
        external; a group that is more likely part of home is not external.
    """
    return (
        evidence.group_by(ACCOUNT, group=E.household.name)
        .agg(micro_bits=(E.bits.col * MICRO).round().cast(pl.Int64).sum())
        .with_columns(probability=probability(pl.col("micro_bits")))
        .with_columns(
            external=(pl.col("group") > 0)
            & (pl.col("probability") >= settings.min_external_probability)
        )
        .sort(ACCOUNT, pl.col("micro_bits").neg(), "group")
        .with_columns(
            household=pl.when(pl.col("group") > 0)
            .then(pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over(ACCOUNT))
            .otherwise(pl.lit(0, dtype=pl.Int32))
        )
    )


def decide_verdicts(
    findings: Findings, scores: pl.DataFrame, scorecard: Scorecard, settings: VerdictSettings
) -> pl.DataFrame:
    """Decide each account by its most probable group.

    An account is flagged only from the threshold on, which was chosen for precision. Below
    it, what is more likely than not but not sure is `insufficient_evidence`, and so is an
    account too little used to know.

    Returns:
        The columns of `Accounts` but the words, sorted, with the observations of the group
        that decides.
    """
    threshold = scorecard.threshold if settings.threshold is None else settings.threshold
    best = scores.group_by(ACCOUNT, maintain_order=True).agg(
        pl.all().exclude(ACCOUNT).first(), external_households=pl.col("external").sum()
    )
    return (
        findings.accounts.join(best, on=ACCOUNT)
        .join(findings.observations, on=[ACCOUNT, "group"], how="left", suffix="_group")
        .with_columns(flagged=_flagged(threshold, settings))
        .with_columns(
            verdict=_verdict(settings),
            pattern=pl.when("flagged").then(name_pattern(SHARED)).otherwise(name_pattern(HONEST)),
            evidence_bits=pl.col("micro_bits") / MICRO,
        )
        .with_columns(
            pattern=pl.when(pl.col("verdict") == "resold")
            .then(pl.lit("resold"))
            .otherwise("pattern")
        )
        .sort(ACCOUNT)
    )


def _flagged(threshold: float, settings: VerdictSettings) -> pl.Expr:
    sure = (pl.col("group") > 0) & (pl.col("probability") >= threshold)
    return sure & (pl.col("active_days") >= settings.min_active_days)


def _verdict(settings: VerdictSettings) -> pl.Expr:
    many = pl.col("external_households") >= settings.resold_households
    unsure = (pl.col("probability") >= settings.min_external_probability) | (
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
