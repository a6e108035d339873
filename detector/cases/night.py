"""One call of `decide`: take in a run, move cases on, decide, take back, all in one transaction."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import dataframely as dy
import polars as pl

from detector.cases.bulk import read_frame
from detector.cases.deciding import IN_FORCE
from detector.cases.failures import RefusedDecisionError
from detector.cases.golden import golden
from detector.cases.rows import DECISIONS, DELIVERIES
from detector.cases.second_looks import seconded
from detector.cases.subjects import ACCOUNT, LOOKED_AT, Chosen, Past, tell_subjects
from detector.cases.suspending import rests_on_suspended, suspend_overturned, suspended
from detector.cases.writing import Writing
from detector.kinds import DEVICE_TREATMENTS, CaseState, Treatment
from detector.policy.caps import TreatedToday, count_today
from detector.policy.decide import Occasion, Treated, decide_treatments
from detector.policy.decisions import Decisions, ExternalDevices, Subjects
from detector.policy.grace import find_graces
from detector.policy.match import with_direct_sales
from detector.policy.rules import Policy

D, S = Decisions, Subjects
PAID_FOR = "The account pays for the people of its other households."
AT_HOME = "The device lives at home."
LOOKED_INTO = (CaseState.CONFIRMED, CaseState.UPHELD, CaseState.UNDER_REVIEW)
"""States by which a person says what was found, or that it is in doubt again."""


@dataclass(frozen=True)
class JudgedRun:
    """A run, as far as it is acted upon."""

    run: str
    """Its fingerprint."""
    day: date
    """The last day that it judged."""
    accounts: pl.DataFrame
    external: dy.DataFrame[ExternalDevices]
    """Devices of external households."""
    home: pl.DataFrame
    """account_id, device_id: devices of homes."""


@dataclass(frozen=True)
class Night:
    """What one call decides by."""

    as_of: date
    policy: Policy
    chosen: Chosen = field(default_factory=Chosen)


@dataclass(frozen=True)
class NightOutcome:
    """What one call decided."""

    subjects: dy.DataFrame[Subjects]
    treated: Treated
    first: int
    """The number of the first decision, withdrawals among them; after `last` if there is none."""
    last: int


def decide_night(writing: Writing, judged: JudgedRun, night: Night) -> NightOutcome:
    """Take in a run and decide what is done about its accounts; nothing reads a clock.

    Accounts that the run does not judge, or that a newer one judged, are left as they are.

    Order: the run's evidence; treatments that no longer may stand; cases whose notice has run out;
    the policy; cases that move because of what was decided.

    Args:
        writing: A transaction of the store: all of this is written, or nothing.
        judged: The run.
        night: The day, the policy, the wave, the hold-outs.

    Raises:
        RefusedDecisionError: The run was taken back.
    """
    if writing.is_reverted(judged.run):
        raise RefusedDecisionError(
            f"The run {judged.run[:8]} was taken back; nothing is decided by it.",
            hint="judge the log again, with what was wrong set right",
        )
    first = writing.count_decisions() + 1
    suspend_overturned(writing, night.policy.review)
    writing.take_in(judged.accounts, judged.run, judged.day)
    _spare_homes(writing, judged)
    _let_go_of_payers(writing, judged)
    past = _past(writing, night.policy)
    subjects = _subjects(writing, past, night, judged.run)
    if _warn_confirmed(writing, subjects):
        subjects = _subjects(writing, past, night, judged.run)
    due = find_graces(subjects, night.policy, night.as_of)
    writing.bring(due, CaseState.GRACE, "the time of the notice is over")
    if _resolve(writing) or len(due):
        subjects = _subjects(writing, past, night, judged.run)
    occasion = Occasion(night.as_of, judged.run, today=_today(writing, night))
    treated = decide_treatments(subjects, judged.external, night.policy, occasion)
    writing.add_decisions(treated.decisions)
    _move_on(writing, treated.decisions, subjects)
    return NightOutcome(subjects, treated, first, writing.count_decisions())


def count_decided(decisions: pl.DataFrame, cases: pl.DataFrame) -> list[dict[str, Any]]:
    """Count decisions and accounts by treatment, partner and country; withdrawals apart.

    Args:
        decisions: The columns of `Decisions`.
        cases: account_id, partner, country.
    """
    key = [D.treatment.name, "withdrawn", "partner", "country"]
    table = decisions.with_columns(
        D.treatment.col.cast(pl.String), withdrawn=D.withdraws.col.is_not_null()
    ).join(cases.select(ACCOUNT, "partner", "country"), on=ACCOUNT, how="left")
    counted = table.group_by(key).agg(accounts=pl.col(ACCOUNT).n_unique(), decisions=pl.len())
    return counted.sort(key).to_dicts()


def _past(writing: Writing, policy: Policy) -> Past:
    found = writing.read_found_out(LOOKED_INTO)
    if policy.review.second_look:
        found = _looked_at_twice(writing, found)
    episode = pl.col("body").str.json_path_match("$.episode").cast(pl.Int64)
    return Past(
        writing.read_given(),
        read_frame(writing.connection, DELIVERIES, columns=["decision_id", "state", "sent_us"]),
        found.sort("seq").select(ACCOUNT, "to_state", episode=episode),
    )


def _subjects(writing: Writing, past: Past, night: Night, run: str) -> dy.DataFrame[Subjects]:
    """Accounts whose case rests on this very run: of others it knows nothing, or no longer."""
    codes = suspended(writing)["code"]
    columns = (*LOOKED_AT, "reason_codes") if codes.len() else LOOKED_AT
    cases = writing.read_cases(columns).filter(pl.col("run") == run)
    if codes.len():
        cases = cases.with_columns(pl.col("flagged") & ~rests_on_suspended(cases, codes))
    known = golden(writing).filter(pl.col("run") == run)
    unknown = cases.join(known, on=ACCOUNT, how="anti", maintain_order="left")
    told = tell_subjects(unknown, past, night.chosen, night.as_of)
    return _await_second(told) if night.policy.review.second_look else told


def _await_second(subjects: dy.DataFrame[Subjects]) -> dy.DataFrame[Subjects]:
    """A case that one person alone has confirmed is still under review for the policy."""
    alone = (S.case_state.col == CaseState.CONFIRMED) & ~S.confirmed.col
    waits = pl.lit(str(CaseState.UNDER_REVIEW), S.case_state.dtype)
    state = pl.when(alone).then(waits).otherwise(S.case_state.col)
    return subjects.with_columns(state.alias(S.case_state.name)).pipe(Subjects.validate)


def _looked_at_twice(writing: Writing, found: pl.DataFrame) -> pl.DataFrame:
    """What people found, but for what one person alone has confirmed last."""
    last = found.sort("seq").unique(ACCOUNT, keep="last", maintain_order=True)
    alone = last.filter(pl.col("to_state") == CaseState.CONFIRMED).join(
        seconded(writing).rename({"seq": "again"}), on=ACCOUNT, how="left"
    )
    alone = alone.filter((pl.col("again") < pl.col("seq")).fill_null(value=True))
    return found.join(alone, on=[ACCOUNT, "seq"], how="anti", maintain_order="left")


def _today(writing: Writing, night: Night) -> dy.DataFrame[TreatedToday]:
    """What this day has seen already: caps hold for a day, not for a call."""
    decided = read_frame(
        writing.connection,
        DECISIONS,
        f"WHERE as_of = '{night.as_of.isoformat()}'",
        [ACCOUNT, D.withdraws.name],
    )
    if decided.is_empty():
        return TreatedToday.create_empty()
    sold = writing.read_cases([ACCOUNT, "partner", "country"])
    return count_today(decided, with_direct_sales(sold, night.policy))


def _spare_homes(writing: Writing, judged: JudgedRun) -> None:
    """Take back what is in force against a device that has turned out to be of home."""
    device = [ACCOUNT, D.device_id.name]
    treated = read_frame(
        writing.connection, DECISIONS, f"WHERE {IN_FORCE} AND device_id IS NOT NULL", device
    )
    spared = treated.join(judged.home, on=device, how="semi")
    in_force = writing.decisions_in_force(spared[ACCOUNT].unique().to_list())
    mine = in_force.join(spared, on=device, how="semi")
    writing.take_back(mine, rule="home_device", reason=AT_HOME)


def _let_go_of_payers(writing: Writing, judged: JudgedRun) -> None:
    """Close the cases of accounts whose other households are paid for by now."""
    paying = judged.accounts.filter(
        pl.col("pattern") == "extra_members", ~pl.col("flagged")
    ).select(ACCOUNT)
    if paying.is_empty():
        return
    told = (CaseState.GRACE, CaseState.WARNED, CaseState.TREATED)
    cases = writing.read_cases([ACCOUNT, "state"], told)
    cases = cases.join(paying, on=ACCOUNT, how="semi")
    grace = cases.filter(pl.col("state") == CaseState.GRACE)[ACCOUNT]
    writing.take_back(writing.decisions_in_force(grace.to_list()), rule="paid_for", reason=PAID_FOR)
    writing.bring(grace, CaseState.RESOLVED, "its extra members are paid for")
    others = cases.filter(pl.col("state").is_in([CaseState.WARNED, CaseState.TREATED]))[ACCOUNT]
    writing.bring(others, CaseState.WITHDRAWN, "its extra members are paid for")


def _warn_confirmed(writing: Writing, subjects: dy.DataFrame[Subjects]) -> bool:
    """Who was told before a person confirmed the case need not be told again; if there is any."""
    told = subjects.filter(
        S.case_state.col == CaseState.CONFIRMED,
        S.given.col.list.contains(str(Treatment.NOTIFY)),
    )[ACCOUNT]
    writing.bring(told, CaseState.WARNED, "notice was given before it was confirmed")
    return len(told) > 0


def _resolve(writing: Writing) -> bool:
    """A case in grace that is flagged no longer has come to its end; whether there were any."""
    cases = writing.read_cases([ACCOUNT, "flagged"], [CaseState.GRACE])
    over = cases.filter(~pl.col("flagged"))[ACCOUNT]
    writing.bring(over, CaseState.RESOLVED, "flagged no longer")
    return len(over) > 0


def _move_on(writing: Writing, decisions: pl.DataFrame, subjects: pl.DataFrame) -> None:
    """Cases follow what was decided: who was told is warned, whose devices are treated is so."""
    state = subjects.select(ACCOUNT, S.case_state.col.cast(pl.String))
    both = decisions.join(state, on=ACCOUNT)
    told = both.filter(
        D.treatment.col == Treatment.NOTIFY,
        S.case_state.col.is_in([CaseState.OPEN, CaseState.CONFIRMED, CaseState.UPHELD]),
    )
    treated = both.filter(
        D.treatment.col.is_in([str(each) for each in DEVICE_TREATMENTS]),
        S.case_state.col == CaseState.GRACE,
    )
    writing.bring(told[ACCOUNT].unique(), CaseState.WARNED, "notice was given")
    writing.bring(treated[ACCOUNT].unique(), CaseState.TREATED, "devices are treated")
