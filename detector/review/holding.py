"""Who holds which account, what a reviewer is given next, and what they looked at."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import uuid4

import numpy as np
import polars as pl
from sqlalchemy import select

from detector.cases.answering import Review, is_golden
from detector.cases.drawing import draw_key
from detector.cases.failures import UnknownCaseError
from detector.cases.golden import pick_golden
from detector.cases.reading import Reading
from detector.cases.reviewing import (
    claim_first,
    find_answered,
    find_claim,
    record_view,
    reviews_of,
    view_and_claim,
)
from detector.cases.rows import REVIEWS
from detector.cases.second_looks import needs_second
from detector.cases.store import CaseStore
from detector.kinds import CaseState, DrawnBy, ReviewAnswer
from detector.review.access.people import Need, Visitor
from detector.review.desk import Desk
from detector.review.filters import QueueFilter
from detector.review.queue import NO_CASE, Standing

WAITING = (NO_CASE, str(CaseState.OPEN), str(CaseState.UNDER_REVIEW))
"""Where a case stands that somebody should look at."""
SKIP = str(ReviewAnswer.SKIP)
AT_ONCE = 100
"""Accounts of a queue that are looked through in one transaction."""
FindDone = Callable[[Reading, Sequence[str]], set[str]]


@dataclass(frozen=True)
class Looked:
    """What the page needs so that an answer can be given, and says of who holds the account."""

    review_id: str
    at_us: int
    version: int | None
    state: str
    held_by: str
    until_us: int | None
    mine: bool
    history: tuple[tuple[str, str, str, str], ...]
    """When, who, what, why: of the case; of a golden one only how it was opened, as of any other
    that nobody has looked at."""


def look(desk: Desk, store: CaseStore, account_id: str, reviewer: Visitor, page: str) -> Looked:
    """Look at an account; whoever may decide holds it from here on, unless somebody else does.

    Args:
        desk: The run.
        store: Its case store.
        account_id: Which account.
        reviewer: Who looks.
        page: On which page: every look is audited.
    """
    now, held = desk.clock(), None
    if reviewer.may(Need.DECIDE):
        held = view_and_claim(store, account_id, reviewer.name, now, page)
    else:
        record_view(store, account_id, reviewer.name, now, page)
    with store.reading() as reading:
        held = held or find_claim(reading, account_id, now)
        second = second_of(reading, desk, account_id, reviewer)
        blind = is_golden(reading, account_id, desk.manifest.fingerprint) or second.blind
        state, version = _case(reading, account_id)
        told = _history(reading, account_id)
        history = told[:1] if blind else told
    return Looked(
        review_id=uuid4().hex,
        at_us=now,
        version=version,
        state=str(CaseState.OPEN) if blind else state,
        held_by=held.reviewer if held else "",
        until_us=held.until_us if held else None,
        mine=held is not None and held.reviewer == reviewer.name,
        history=history,
    )


@dataclass(frozen=True)
class Second:
    """The answer that somebody looks at again, if any."""

    review_id: str | None = None
    blind: bool = False
    """Whether what was said first is not to be seen: of a lead who settles it, it is."""


def second_of(reading: Reading, desk: Desk, account_id: str, reviewer: Visitor) -> Second:
    """Find the answer about an account that this reviewer is to look at again, or to settle."""
    stands = reviews_of(reading, account_id).filter(
        pl.col("undone_us").is_null(), ~pl.col("golden"), pl.col("answer") != SKIP
    )
    answers = [_review(row) for row in stands.iter_rows(named=True)]
    again = {each.second_of: each for each in answers if each.second_of}
    for first in answers:
        second = again.get(first.review_id)
        if first.second_of or (second and second.review_id in again):
            continue
        people = {first.reviewer, second.reviewer if second else ""}
        if reviewer.name in people:
            continue
        if second is None and needs_second(first, desk.terms, draw_key(reading)):
            return Second(first.review_id, blind=True)
        if second and second.answer != first.answer and reviewer.may(Need.LEAD):
            return Second(second.review_id)
    return Second()


def take_next(desk: Desk, store: CaseStore, reviewer: str, wanted: QueueFilter) -> str | None:
    """Claim the next account of a queue that nobody holds and that waits for somebody.

    Returns:
        Its id; none if nothing is left.
    """
    found = (
        claim_first(store, names, reviewer, desk.clock(), find_done)
        for names, find_done in _candidates(desk, store, reviewer, wanted)
    )
    return next((name for name in found if name is not None), None)


def drawn_by(desk: Desk, account_id: str, *, given: bool) -> str:
    """How an account came before a reviewer: handed out of a queue, or looked up."""
    row = desk.index.find(account_id)
    if row is None or not given:
        return str(DrawnBy.CHOSEN)
    if desk.queues.sample[row]:
        return str(DrawnBy.RANDOM)
    return str(DrawnBy.FLAGGED if desk.index.flagged[row] else DrawnBy.CHOSEN)


def last_answer(reading: Reading, reviewer: str) -> Review | None:
    """A reviewer's last answer that was not taken back."""
    wanted = (
        select(REVIEWS)
        .where(REVIEWS.c.reviewer == reviewer, REVIEWS.c.undone_us.is_(None))
        .order_by(REVIEWS.c.seq.desc())
        .limit(1)
    )
    row = reading.connection.execute(wanted).mappings().first()
    return _review({str(name): of for name, of in row.items()}) if row else None


def _review(row: Mapping[str, Any]) -> Review:
    return Review(**{name: of for name, of in row.items() if name != "seq"})


def _candidates(
    desk: Desk, store: CaseStore, reviewer: str, wanted: QueueFilter
) -> Iterator[tuple[Sequence[str], FindDone]]:
    """Now and then a golden case or a second look, which nobody can tell; else the queue."""
    run = desk.manifest.fingerprint
    with store.reading() as reading:
        key = draw_key(reading)
        golden = pick_golden(reading, reviewer, run, desk.terms.golden_share, key)
        again = desk.seconds.accounts(reading, reviewer)
    if golden is not None and desk.index.find(golden) is not None:
        yield [golden], lambda _reading, _names: set()
    if again:
        yield again, desk.seconds.find_done
    standing = desk.standings.now()
    rows = desk.queues.rows(wanted, standing)
    rows = rows if wanted.status else rows[_waits(standing, rows)]
    for start in range(0, len(rows), AT_ONCE):
        names = desk.index.accounts.gather(rows[start : start + AT_ONCE]).to_list()
        yield names, partial(find_answered, reviewer=reviewer)


def _waits(standing: Standing, rows: np.ndarray) -> np.ndarray:
    if standing.state is None:
        return np.ones(len(rows), np.bool_)
    waiting = np.array([state in WAITING for state in standing.states])
    return waiting[standing.state[rows]]


def _case(reading: Reading, account_id: str) -> tuple[str, int | None]:
    try:
        stand = reading.find_stand(account_id)
    except UnknownCaseError:
        return NO_CASE, None
    return str(stand.state), stand.version


def _history(reading: Reading, account_id: str) -> tuple[tuple[str, str, str, str], ...]:
    moves = reading.read_moves(account_id).filter(pl.col("kind") == "move")
    told = moves.select(
        pl.from_epoch("at_us", time_unit="us").dt.strftime("%Y-%m-%d %H:%M"),
        "actor",
        pl.coalesce("to_state", pl.lit("")),
        "note",
    )
    answers = reviews_of(reading, account_id).filter(pl.col("to_state").is_null())
    more = answers.select(
        pl.from_epoch("at_us", time_unit="us").dt.strftime("%Y-%m-%d %H:%M"),
        pl.col("reviewer").alias("actor"),
        pl.when(pl.col("undone_us").is_null())
        .then("answer")
        .otherwise(pl.col("answer") + " (taken back)"),
        "note",
    )
    return tuple(sorted(tuple(row) for row in [*told.iter_rows(), *more.iter_rows()]))
