"""What a rule asks of an account: each condition as words and as an expression."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import polars as pl

from detector.plain_text import plain_text
from detector.policy.decisions import Subjects
from detector.policy.rules import ANY, PolicyRule

S = Subjects


@dataclass(frozen=True)
class Condition:
    """One thing that must be true of an account."""

    words: str
    holds: pl.Expr
    """Of `Subjects`; null: it is not known, so that it does not hold."""


def conditions_of(rule: PolicyRule) -> list[Condition]:
    """List what a rule asks, in the order in which its fields are declared.

    Examples:
        >>> from detector.kinds import Treatment
        >>> rule = PolicyRule(name="tell", reason="Used elsewhere.", treatment=Treatment.NOTIFY,
        ...     min_probability=0.99, plans=("premium", "standard"))
        >>> [each.words for each in conditions_of(rule)]
        ['it is shared with a probability of 0.99 or more', 'its plan is premium or standard']
    """
    asked = ((name, getattr(rule, name)) for name in _CONDITIONS)
    return [_CONDITIONS[name](value) for name, value in asked if value is not None]


def _least(column: pl.Expr, words: str, bound: float) -> Condition:
    return Condition(words.format(_number(bound)), column >= bound)


def _most(column: pl.Expr, words: str, bound: float) -> Condition:
    return Condition(words.format(_number(bound)), column <= bound)


def _one_of(column: pl.Expr, words: str, values: Sequence[str]) -> Condition:
    return Condition(
        words.format(_listed(values, "or")), column.cast(pl.String).is_in(list(values))
    )


def _none_of(column: pl.Expr, words: str, values: Sequence[str]) -> Condition:
    return Condition(
        words.format(_listed(values, "or")), ~column.cast(pl.String).is_in(list(values))
    )


def _all_in(column: pl.Expr, words: str, values: Sequence[str]) -> Condition:
    holds = pl.all_horizontal(column.list.contains(str(each)) for each in values)
    return Condition(words.format(_listed(values, "and")), holds)


def _none_in(column: pl.Expr, words: str, values: Sequence[str]) -> Condition:
    holds = ~pl.any_horizontal(column.list.contains(str(each)) for each in values)
    return Condition(words.format(_listed(values, "or")), holds)


def _partners(values: Sequence[str]) -> Condition:
    if ANY in values:
        return Condition("it was sold through a partner", S.partner.col.is_not_null())
    return _one_of(S.partner.col, "it was sold through {}", values)


def _not_partners(values: Sequence[str]) -> Condition:
    if ANY in values:
        return Condition("it was sold directly, through no partner", S.partner.col.is_null())
    through = _none_of(S.partner.col, "it was not sold through {}", values)
    return Condition(through.words, through.holds.fill_null(value=True))


_CONDITIONS: dict[str, Callable[..., Condition]] = {
    "verdicts": partial(_one_of, S.verdict.col, "its verdict is {}"),
    "min_probability": partial(
        _least, S.probability.col, "it is shared with a probability of {} or more"
    ),
    "max_probability": partial(
        _most, S.probability.col, "it is shared with a probability of {} or less"
    ),
    "min_home_confidence": partial(
        _least, S.home_confidence.col, "home is known with a confidence of {} or more"
    ),
    "patterns": partial(_one_of, S.pattern.col, "its pattern is {}"),
    "min_external_households": partial(
        _least, S.external_households.col, "{} or more other households use it"
    ),
    "max_external_households": partial(
        _most, S.external_households.col, "{} or fewer other households use it"
    ),
    "min_runs_flagged": partial(
        _least, S.runs_flagged.col, "{} or more runs in a row have flagged it"
    ),
    "partners": _partners,
    "not_partners": _not_partners,
    "countries": partial(_one_of, S.country.col, "its country of record is {}"),
    "plans": partial(_one_of, S.plan.col, "its plan is {}"),
    "not_plans": partial(_none_of, S.plan.col, "its plan is known and not {}"),
    "min_account_age_days": partial(
        _least, S.account_age_days.col, "it was signed up {} or more days ago"
    ),
    "case_states": partial(_one_of, S.case_state.col, "its case is {}"),
    "given": partial(_all_in, S.given.col, "{} is in force"),
    "not_given": partial(_none_in, S.given.col, "no {} is in force"),
    "given_before": partial(_all_in, S.given_before.col, "{} was given before"),
}


def _number(value: float) -> str:
    return f"{value:g}"


def _listed(values: Iterable[str], joint: str) -> str:
    """Values in words: `a, b or c`."""
    *first, last = [plain_text(str(each)) for each in values]
    return f"{', '.join(first)} {joint} {last}" if first else last
