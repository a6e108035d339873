"""Cases and what was decided before → what a policy looks at."""

from dataclasses import dataclass, field
from datetime import date

import dataframely as dy
import polars as pl

from detector.kinds import CaseState, Treatment
from detector.policy.decisions import STANDING, TREATED_ARM, Decisions, Subjects

ACCOUNT = Subjects.account_id.name
D = Decisions
_MILDEST = {str(treatment): rank for rank, treatment in enumerate(Treatment)}
_SURE = [str(CaseState.CONFIRMED), str(CaseState.UPHELD)]

LOOKED_AT = (
    *(ACCOUNT, "verdict", "flagged", "probability", "threshold", "home_confidence", "pattern"),
    *("external_households", "runs_flagged", "partner", "country", "plan", "signed_up"),
    *("state", "since", "episode", "run"),
)
"""The columns of cases that a policy is told of."""


@dataclass(frozen=True)
class Chosen:
    """Whom a call of `decide` is about."""

    wave: str = STANDING
    members: pl.Series | None = None
    """Account ids of the wave; none: all."""
    arms: pl.DataFrame = field(
        default_factory=lambda: pl.DataFrame(schema={ACCOUNT: pl.String, "arm": pl.String})
    )
    """account_id, arm: who is held out of an experiment. Others are in the arm `treated`."""
    waves: pl.DataFrame | None = None
    """account_id, wave: of accounts of several waves, in place of the one name."""


@dataclass(frozen=True)
class Past:
    """What happened to cases before."""

    decisions: pl.DataFrame
    """Every treatment ever decided: the columns of `reading.GIVEN`."""
    deliveries: pl.DataFrame
    """decision_id, state, sent_us: of the decisions that a receiver is to know of."""
    judged: pl.DataFrame
    """account_id, to_state, episode: what people found, in the order in which they did."""


def tell_subjects(
    cases: pl.DataFrame, past: Past, chosen: Chosen, as_of: date
) -> dy.DataFrame[Subjects]:
    """Tell a policy of each case what it may ask.

    A notice counts from the day on which it was sent: while it lies in the outbox nobody has been
    told, and no time runs.

    Args:
        cases: With the columns of `LOOKED_AT`.
        past: What happened to them.
        chosen: The wave, and who is held out.
        as_of: The day.
    """
    given = _given(past, as_of)
    now = given.filter("in_force").join(
        cases.select(ACCOUNT, "episode"), on=[ACCOUNT, "episode"], how="semi"
    )
    mild = D.treatment.col.cast(pl.String)
    rank = mild.replace_strict(_MILDEST, return_dtype=pl.Int32)
    in_force = (
        now.sort(ACCOUNT, rank)
        .group_by(ACCOUNT, maintain_order=True)
        .agg(given=mild.unique(maintain_order=True), last_given=pl.col("given_on").max())
    )
    ever = given.group_by(ACCOUNT).agg(given_before=mild.unique().sort())
    mine = (
        cases
        if chosen.members is None
        else cases.filter(pl.col(ACCOUNT).is_in(chosen.members.implode()))
    )
    nothing = pl.lit([], dtype=pl.List(pl.String))
    named = mine.with_columns(wave=pl.lit(chosen.wave))
    if chosen.waves is not None:
        named = mine.join(chosen.waves.select(ACCOUNT, "wave"), on=ACCOUNT)
    return (
        named.join(in_force, on=ACCOUNT, how="left")
        .join(ever, on=ACCOUNT, how="left")
        .join(_confirmed(past.judged), on=[ACCOUNT, "episode"], how="left")
        .join(chosen.arms, on=ACCOUNT, how="left")
        .with_columns(
            pl.col("given", "given_before").fill_null(nothing),
            pl.col("confirmed").fill_null(value=False),
            pl.col("arm").fill_null(TREATED_ARM),
            case_state=pl.col("state"),
            account_age_days=(pl.lit(as_of) - pl.col("signed_up")).dt.total_days().clip(0),
        )
        .select(Subjects.column_names())
        .sort(ACCOUNT)
        .pipe(Subjects.validate, cast=True)
    )


def _given(past: Past, as_of: date) -> pl.DataFrame:
    """Each treatment ever decided: whether it is in force, and on which day it was given."""
    sent = pl.from_epoch("sent_us", time_unit="us").dt.date()
    known = past.deliveries.group_by(D.decision_id.name).agg(
        sent=sent.filter(pl.col("state") == "sent").min(), waits=pl.lit(value=True)
    )
    planned = pl.from_epoch("not_before_us", time_unit="us").dt.date()
    waits = pl.when("waits").then(pl.lit(as_of)).otherwise(planned)
    return past.decisions.join(known, on=D.decision_id.name, how="left").with_columns(
        in_force=pl.col("withdrawn_by").is_null(),
        given_on=pl.when(pl.col("sent").is_not_null())
        .then(pl.max_horizontal("sent", planned))
        .otherwise(waits),
    )


def _confirmed(judged: pl.DataFrame) -> pl.DataFrame:
    """account_id, episode, confirmed: what a person found last, in which episode."""
    last = judged.unique(ACCOUNT, keep="last", maintain_order=True)
    return last.select(ACCOUNT, "episode", confirmed=pl.col("to_state").is_in(_SURE))
