"""Which cases time moves on: from being warned into grace, once notice has run out."""

from datetime import date

import dataframely as dy
import polars as pl

from detector.kinds import DEVICE_TREATMENTS, CaseState, Treatment
from detector.policy.decisions import Subjects
from detector.policy.guards import days_since, is_confirmed, is_given, list_demands
from detector.policy.match import holds
from detector.policy.rules import Policy

S = Subjects


def find_graces(subjects: dy.DataFrame[Subjects], policy: Policy, as_of: date) -> pl.Series:
    """Find the warned accounts whose notice has run out, so that their grace begins.

    Only where devices may be treated later: a rule of the policy says so, and a person has
    confirmed the case or somebody accepted that none does. All others stay warned.

    Returns:
        Their account ids, sorted.

    Examples:
        >>> from detector.policy.read import GRADUATED, read_policy
        >>> policy = read_policy(GRADUATED.read_text(encoding="utf-8"), source="graduated.toml")
        >>> warned = {"verdict": "shared", "flagged": True, "case_state": "warned",
        ...     "confirmed": True, "arm": "treated", "given": ["notify"]}
        >>> subjects = Subjects.sample(overrides=[
        ...     warned | {"account_id": "ada", "last_given": date(2026, 5, 1)},
        ...     warned | {"account_id": "bob", "last_given": date(2026, 5, 20)}])
        >>> find_graces(subjects, policy, date(2026, 5, 21)).to_list()
        ['ada']
    """
    used = {rule.treatment for rule in policy.rules} & {*DEVICE_TREATMENTS}
    if policy.kill_switch or not used:
        return pl.Series(S.account_id.name, [], pl.String)
    warned = S.case_state.col.cast(pl.String) == CaseState.WARNED
    over = pl.any_horizontal(*(_is_over(each, policy, as_of) for each in used))
    return subjects.filter(
        warned,
        is_given(Treatment.NOTIFY),
        over.fill_null(value=False),
        *map(holds, list_demands()),
    )[S.account_id.name].sort()


def _is_over(treatment: Treatment, policy: Policy, as_of: date) -> pl.Expr:
    """Whether the notice of a treatment has run out, and a person is not missing for it."""
    accepted = pl.lit(treatment in policy.accepted_for)
    over = days_since(S.last_given.col, as_of) >= policy.terms(treatment).notice_days
    return (accepted | is_confirmed()) & over
