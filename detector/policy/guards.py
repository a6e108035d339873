"""What no rule can do: whom it never treats, what keeps it from a treatment, what makes it wait.

A treatment that something is missing for is passed over, and a later rule may apply. If only time
is missing, or it is in force already, its rule wins and nothing is done: an account is not given
something else meanwhile.
"""

from datetime import date

import polars as pl

from detector.kinds import DEVICE_TREATMENTS, CaseState, Treatment
from detector.policy.conditions import Condition
from detector.policy.decisions import TREATED_ARM, Subjects
from detector.policy.rules import BEYOND_NOTIFY, Policy

S = Subjects

HAS_DEVICES = "has_devices"
"""Column that says whether devices of its external households are known."""

NOT_IN_FORCE = "it is not in force already in this episode"
"""What is waited for that time alone does not bring."""

TREATABLE_VERDICTS = ("shared", "resold")
TREATABLE_STATES = (
    CaseState.OPEN,
    CaseState.CONFIRMED,
    CaseState.WARNED,
    CaseState.GRACE,
    CaseState.TREATED,
    CaseState.UPHELD,
)
"""In all others a person is at the case, or has closed it."""

AFTER_GRACE = (CaseState.GRACE, CaseState.TREATED)
"""An appeal that was not upheld begins with a new notice."""


def list_demands() -> list[Condition]:
    """What must be true of every account that is treated, whatever the rules say."""
    return [
        Condition("the run flags it", S.flagged.col),
        Condition(
            "its verdict is shared or resold",
            S.verdict.col.cast(pl.String).is_in(TREATABLE_VERDICTS),
        ),
        Condition(
            "its case is open, confirmed, warned, grace, treated or upheld: in all other states "
            "a person is at it, or has closed it",
            S.case_state.col.cast(pl.String).is_in([str(each) for each in TREATABLE_STATES]),
        ),
        Condition("it is not held out of an experiment", S.arm.col == TREATED_ARM),
    ]


def list_needs(treatment: Treatment, policy: Policy) -> list[Condition]:
    """What a treatment needs besides time; where one is missing, its rules are passed over."""
    needs: list[Condition] = []
    if treatment in BEYOND_NOTIFY and treatment not in policy.accepted_for:
        needs.append(Condition("a person has confirmed the case in this episode", is_confirmed()))
    if treatment in DEVICE_TREATMENTS:
        sure = f"home is known with a confidence of {policy.home_confidence:g} or more"
        needs += [
            Condition(sure, S.home_confidence.col >= policy.home_confidence),
            Condition("devices of external households are known", pl.col(HAS_DEVICES)),
        ]
    if policy.terms(treatment).notice_days or treatment in DEVICE_TREATMENTS:
        told = is_given(Treatment.NOTIFY)
        needs.append(Condition("it was given notice in this episode", told))
    if treatment is Treatment.LIMIT_EXTERNAL_DEVICES:
        paused = is_given(Treatment.PAUSE_EXTERNAL_DEVICES)
        needs.append(Condition("its devices are not paused already", ~paused))
    return needs


def list_waits(treatment: Treatment, policy: Policy, as_of: date) -> list[Condition]:
    """What must be over before a treatment is given, and that it is not in force already."""
    terms = policy.terms(treatment)
    waits = [Condition(NOT_IN_FORCE, ~is_given(treatment))]
    if terms.notice_days + terms.grace_days:
        words = f"{_days(terms.notice_days + terms.grace_days)} of notice and grace are over"
        over = days_since(S.last_given.col, as_of) >= terms.notice_days + terms.grace_days
        waits.append(Condition(words, over))
    if treatment in DEVICE_TREATMENTS:
        waits.append(_is_past_grace(terms.grace_days, as_of))
    if terms.cooldown_days:
        cooled = days_since(S.last_given.col, as_of) >= terms.cooldown_days
        words = f"{_days(terms.cooldown_days)} have passed since something was last given"
        waits.append(Condition(words, (S.given.col.list.len() == 0) | cooled))
    return waits


def _is_past_grace(grace_days: int, as_of: date) -> Condition:
    state = S.case_state.col.cast(pl.String)
    later = state.is_in([str(each) for each in AFTER_GRACE])
    long_enough = days_since(S.since.col, as_of) >= grace_days
    words = f"its case has been in grace for {_days(grace_days)}, or beyond it"
    return Condition(words, later & ((state != CaseState.GRACE) | long_enough))


def is_confirmed() -> pl.Expr:
    """Whether a person confirmed the case in this episode."""
    return S.confirmed.col | (S.case_state.col.cast(pl.String) == CaseState.CONFIRMED)


def is_given(treatment: Treatment) -> pl.Expr:
    """Whether a treatment is in force in this episode."""
    return S.given.col.list.contains(str(treatment))


def days_since(day: pl.Expr, as_of: date) -> pl.Expr:
    """Whole days from a day up to the one on which it is decided."""
    return (pl.lit(as_of) - day).dt.total_days()


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number} days"
