"""Which rule wins for each account, which were passed over for it, and what it has to wait for."""

from collections.abc import Sequence
from datetime import date

import dataframely as dy
import polars as pl

from detector.kinds import Treatment
from detector.policy.conditions import Condition, conditions_of
from detector.policy.decisions import ExternalDevices, Subjects
from detector.policy.guards import HAS_DEVICES, list_demands, list_needs, list_waits
from detector.policy.rules import Policy, PolicyRule

RULE, PASSED, WAITS = "won_by", "passed_over", "waits_for"
"""The number of the rule that wins, or null; what to say of those before it; what is missing."""


def match_rules(
    subjects: pl.DataFrame, devices: dy.DataFrame[ExternalDevices], policy: Policy, as_of: date
) -> pl.DataFrame:
    """Find for each account that may be treated at all the first rule that may be applied.

    Args:
        subjects: The columns of `Subjects`.
        devices: Devices of external households.
        policy: The rules.
        as_of: The day.

    Returns:
        Those accounts with the number of the rule that wins, `passed_over` in words, and in
        `waits_for` what is missing yet; null: it is due.
    """
    known = (
        devices.select(Subjects.account_id.name)
        .unique()
        .with_columns(pl.lit(value=True).alias(HAS_DEVICES))
    )
    treatable = (
        subjects.pipe(with_direct_sales, policy)
        .filter(*(holds(each) for each in list_demands()))
        .join(known, on=Subjects.account_id.name, how="left")
        .with_columns(pl.col(HAS_DEVICES).fill_null(value=False))
    )
    return _with_rules(treatable, policy, as_of)


def with_direct_sales(subjects: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """Leave no partner where the accounts table gives a name to having none."""
    partner = Subjects.partner.col
    return subjects.with_columns(
        pl.when(~partner.is_in(list(policy.direct))).then(partner).alias(Subjects.partner.name)
    )


def holds(condition: Condition) -> pl.Expr:
    """Whether a condition is met; what is not known meets none."""
    return condition.holds.fill_null(value=False)


def _with_rules(treatable: pl.DataFrame, policy: Policy, as_of: date) -> pl.DataFrame:
    rules = [*enumerate(policy.rules)]
    used = sorted({rule.treatment for rule in policy.rules} - {Treatment.NONE})
    return (
        treatable.with_columns(
            *(_all(conditions_of(rule)).alias(_matches(number)) for number, rule in rules),
            *(_first_missing(list_needs(each, policy)).alias(_lacks(each)) for each in used),
            *(
                _first_missing(list_waits(each, policy, as_of)).alias(_awaits(each))
                for each in used
            ),
            pl.lit(None, pl.String).alias(_lacks(Treatment.NONE)),
            pl.lit(None, pl.String).alias(_awaits(Treatment.NONE)),
        )
        .with_columns(
            pl.coalesce(
                pl.when(pl.col(_matches(number)), pl.col(_lacks(rule.treatment)).is_null()).then(
                    pl.lit(number, pl.UInt32)
                )
                for number, rule in rules
            ).alias(RULE)
        )
        .with_columns(
            pl.concat_str(
                *(_told(number, rule) for number, rule in rules), separator="; ", ignore_nulls=True
            ).alias(PASSED),
            pl.coalesce(
                pl.when(pl.col(RULE) == number).then(pl.col(_awaits(rule.treatment)))
                for number, rule in rules
            ).alias(WAITS),
        )
        .drop(pl.selectors.starts_with(_HELPER))
    )


def _told(number: int, rule: PolicyRule) -> pl.Expr:
    """Name a rule that matched before the one that won, and what was missing for it."""
    lacks = pl.col(_lacks(rule.treatment))
    came_before = (pl.col(RULE) > number).fill_null(value=True)
    return pl.when(pl.col(_matches(number)), came_before, lacks.is_not_null()).then(
        pl.concat_str(pl.lit(f"{rule.name} asks that "), lacks)
    )


def _all(conditions: Sequence[Condition]) -> pl.Expr:
    return pl.all_horizontal(pl.lit(value=True), *map(holds, conditions))


def _first_missing(conditions: Sequence[Condition]) -> pl.Expr:
    missing = (pl.when(~holds(each)).then(pl.lit(each.words)) for each in conditions)
    return pl.coalesce(pl.lit(None, pl.String), *missing)


_HELPER = "policy: "


def _matches(number: int) -> str:
    return f"{_HELPER}matches {number}"


def _lacks(treatment: Treatment) -> str:
    return f"{_HELPER}lacks {treatment}"


def _awaits(treatment: Treatment) -> str:
    return f"{_HELPER}awaits {treatment}"
