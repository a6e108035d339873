"""What came back from other systems about decisions: taken in once, and never against a person."""

from collections.abc import Mapping
from enum import StrEnum

import dataframely as dy
import polars as pl

from detector.cases.state import may_move
from detector.cases.writing import Writing
from detector.errors import InputError
from detector.kinds import CaseState
from detector.plain_text import plain_text

NAMED = 3
"""Wrong values told in a message; the rest are counted."""


class ResultKind(StrEnum):
    """What a system tells of an account or a decision."""

    DELIVERED = "delivered"
    VERIFIED = "verified"
    APPEALED = "appealed"
    EXTRA_MEMBER_BOUGHT = "extra_member_bought"
    CANCELLED = "cancelled"
    DEVICE_SIGNED_OUT = "device_signed_out"


class Results(dy.Schema):
    """One result, under the name that the system that tells it gave it."""

    feedback_id = dy.String(primary_key=True, min_length=1)
    account_id = dy.String(min_length=1)
    kind = dy.Enum(ResultKind)
    decision_id = dy.String(nullable=True, description="The decision that it is about.")


ENDS: Mapping[ResultKind, tuple[str, str]] = {
    ResultKind.VERIFIED: ("verified", "The account holder verified the device."),
    ResultKind.EXTRA_MEMBER_BOUGHT: ("paid_for", "An extra member was bought."),
    ResultKind.CANCELLED: ("cancelled", "The account was cancelled."),
}
"""Results after which nothing stays in force: the rule and the reason of what takes it back."""

R = Results


def clean_results(rows: pl.DataFrame) -> dy.DataFrame[Results]:
    """Check results; exact repetitions count once.

    Args:
        rows: Text columns feedback_id, account_id, kind; decision_id may be missing.

    Raises:
        InputError: A kind is unknown, an id is missing, or one id tells two things.

    Examples:
        >>> rows = {"feedback_id": "f1", "account_id": "ada", "kind": ["Appealed", "appealed"]}
        >>> clean_results(pl.DataFrame(rows)).rows()
        [('f1', 'ada', 'appealed', None)]
    """
    given = rows if R.decision_id.name in rows.columns else rows.with_columns(decision_id=None)
    tidy = given.select(
        R.feedback_id.col.str.strip_chars(),
        R.account_id.col,
        kind=R.kind.col.str.strip_chars().str.to_lowercase(),
        decision_id=R.decision_id.col.cast(pl.String),
    ).unique(maintain_order=True)
    known = ", ".join(ResultKind)
    _refuse(tidy.filter(~R.kind.col.is_in([*ResultKind]).fill_null(value=False)), "kind", known)
    for name in (R.feedback_id.name, R.account_id.name):
        nameless = tidy.filter(pl.col(name).fill_null("") == "")
        _refuse(nameless.with_columns(pl.col(name).fill_null("")), name, "each result names both")
    _refuse(
        tidy.filter(R.feedback_id.col.is_duplicated()),
        R.feedback_id.name,
        "one id tells one thing; nothing was taken in",
    )
    return R.validate(tidy, cast=True)


def take_in_results(writing: Writing, results: dy.DataFrame[Results]) -> dict[str, int]:
    """Keep results that are new, and let cases follow them.

    An appeal pauses everything at once. What was verified, bought or cancelled ends what is in
    force: a case in grace is resolved, one that was warned or treated is withdrawn. Cases that a
    person is at, or has closed, stay where they are; the result is kept all the same.

    Args:
        writing: A transaction of the store.
        results: From `clean_results`.

    Returns:
        How many of each kind are new.
    """
    told = results.with_columns(R.kind.col.cast(pl.String))
    rows = told.with_columns(
        at_us=pl.lit(writing.by.at_us), body=pl.struct(pl.all()).struct.json_encode()
    )
    new = writing.record_feedback(rows)
    for kind in (ResultKind.APPEALED, *ENDS):
        _follow(writing, kind, new.filter(R.kind.col == str(kind))[R.account_id.name].unique())
    return dict(new[R.kind.name].value_counts().sort(R.kind.name).iter_rows())


def _follow(writing: Writing, kind: ResultKind, accounts: pl.Series) -> None:
    if accounts.is_empty():
        return
    cases = writing.read_cases([R.account_id.name, "state"]).filter(
        R.account_id.col.is_in(accounts.implode())
    )
    if kind in ENDS:
        rule, reason = ENDS[kind]
        grace = cases.filter(pl.col("state") == CaseState.GRACE)[R.account_id.name].to_list()
        writing.take_back(writing.decisions_in_force(grace), rule=rule, reason=reason)
    note = f"told by another system: {kind.replace('_', ' ')}"
    for (state,), part in (
        cases.sort("state").partition_by("state", as_dict=True, maintain_order=True).items()
    ):
        here = CaseState(str(state))
        if may_move(here, _goal(kind, here), person=False):
            writing.bring(part[R.account_id.name], _goal(kind, here), note)


def _goal(kind: ResultKind, here: CaseState) -> CaseState:
    if kind == ResultKind.APPEALED:
        return CaseState.APPEALED
    return CaseState.RESOLVED if here == CaseState.GRACE else CaseState.WITHDRAWN


def _refuse(wrong: pl.DataFrame, column: str, hint: str) -> None:
    if wrong.is_empty():
        return
    values = wrong[column].unique().fill_null("").sort()
    shown = ", ".join(repr(plain_text(value[:40])) for value in values.head(NAMED))
    more = ", ..." if values.len() > NAMED else ""
    raise InputError(
        f"{wrong.height:,} results cannot be taken in for their {column}: {shown}{more}.",
        hint=hint,
    )
