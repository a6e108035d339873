"""Why nothing is done about accounts of which something was expected, counted by reason."""

from collections.abc import Sequence
from datetime import date

import dataframely as dy
import polars as pl

from detector.policy.conditions import Condition, conditions_of
from detector.policy.decisions import ExternalDevices, Subjects
from detector.policy.guards import list_demands
from detector.policy.match import PASSED, RULE, WAITS, holds, match_rules
from detector.policy.rules import Policy

STOPPED = "the kill switch is off"
_BECAUSE = "because"
_ACCOUNT = Subjects.account_id.name


def count_idle(
    subjects: dy.DataFrame[Subjects],
    devices: dy.DataFrame[ExternalDevices],
    policy: Policy,
    as_of: date,
) -> dict[str, int]:
    """Count accounts to which no rule does anything today, by what would have to be true of them.

    Of an account that no rule matches, it is the first thing that the last rule asks in vain: it is
    written for everybody else.

    Args:
        subjects: Accounts of which something was expected, as of a wave.
        devices: Devices of external households.
        policy: The rules.
        as_of: The day.

    Examples:
        >>> from detector.kinds import Treatment
        >>> from detector.policy.rules import PolicyRule
        >>> rule = PolicyRule(name="tell", reason="Used elsewhere.", treatment=Treatment.NOTIFY,
        ...     min_runs_flagged=2)
        >>> ada = Subjects.sample(overrides=[{"account_id": "ada", "verdict": "shared",
        ...     "flagged": True, "runs_flagged": 1, "case_state": "open", "arm": "treated"}])
        >>> count_idle(ada, ExternalDevices.create_empty(),
        ...     Policy(name="mild", version="1", rules=(rule,)), date(2026, 6, 1))
        {'2 or more runs in a row have flagged it': 1}
    """
    if policy.kill_switch:
        return {STOPPED: subjects.height} if subjects.height else {}
    asked = match_rules(subjects, devices, policy, as_of)
    passed = pl.when(pl.col(RULE).is_null() & (pl.col(PASSED) != "")).then(PASSED)
    last = conditions_of(policy.rules[-1]) if policy.rules else []
    unmatched = pl.when(pl.col(RULE).is_null()).then(_first_missing(last))
    idle = asked.filter(pl.col(RULE).is_null() | pl.col(WAITS).is_not_null()).select(
        pl.coalesce(WAITS, passed, unmatched, pl.lit("a rule matches it")).alias(_BECAUSE)
    )
    never = subjects.join(asked, on=_ACCOUNT, how="anti").select(
        _first_missing(list_demands()).alias(_BECAUSE)
    )
    counts = pl.concat([never, idle]).group_by(_BECAUSE).len()
    return dict(counts.sort("len", _BECAUSE, descending=[True, False]).iter_rows())


def _first_missing(conditions: Sequence[Condition]) -> pl.Expr:
    missing = (pl.when(~holds(each)).then(pl.lit(each.words)) for each in conditions)
    return pl.coalesce(pl.lit(None, pl.String), *missing)
