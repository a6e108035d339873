"""Who holds which account, what a reviewer is given next, and what they looked at."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import uuid4

import numpy as np
import polars as pl
from sqlalchemy import select

from detector.cases.answering import Review, is_golden
from detector.cases.failures import UnknownCaseError
from detector.cases.reading import Reading
from detector.cases.reviewing import Claim, claim, claims, find_claim, reviews_of
from detector.cases.rows import GOLDEN, REVIEWS
from detector.cases.store import CaseStore
from detector.kinds import CaseState, DrawnBy
from detector.review.desk import Desk
from detector.review.filters import QueueFilter
from detector.review.queue import NO_CASE, Standing

WAITING = (NO_CASE, str(CaseState.OPEN), str(CaseState.UNDER_REVIEW))
"""Where a case stands that somebody should look at."""
GOLDEN_EVERY = 20
"""One case in twenty is one of which the answer is known: enough to tell a rubber stamp from a
reader within a day's work, and few enough to cost little of it."""
AT_ONCE = 200


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
    """When, who, what, why: of the case; nothing of a golden one, or it would show."""


def look(desk: Desk, store: CaseStore, account_id: str, reviewer: str, *, hold: bool) -> Looked:
    """Look at an account; whoever may decide holds it from here on, unless somebody else does.

    Args:
        desk: The run.
        store: Its case store.
        account_id: Which account.
        reviewer: Who looks.
        hold: Whether they may decide.
    """
    now = desk.clock()
    held: Claim | None = claim(store, account_id, reviewer, now) if hold else None
    with store.reading() as reading:
        held = held or find_claim(reading, account_id, now)
        golden = is_golden(reading, account_id, desk.manifest.fingerprint)
        state, version = _case(reading, account_id)
        history = () if golden else _history(reading, account_id)
    return Looked(
        review_id=uuid4().hex,
        at_us=now,
        version=version,
        state=str(CaseState.OPEN) if golden else state,
        held_by=held.reviewer if held else "",
        until_us=held.until_us if held else None,
        mine=held is not None and held.reviewer == reviewer,
        history=history,
    )


def take_next(desk: Desk, store: CaseStore, reviewer: str, wanted: QueueFilter) -> str | None:
    """Claim the next account of a queue that nobody holds and that waits for somebody.

    Returns:
        Its id; none if nothing is left.
    """
    for account_id in _candidates(desk, store, reviewer, wanted):
        if claim(store, account_id, reviewer, desk.clock()) is not None:
            return account_id
    return None


def drawn_by(desk: Desk, account_id: str, *, given: bool) -> str:
    """How an account came before a reviewer: handed out of the queue, or looked up."""
    row = desk.index.find(account_id)
    flagged = row is not None and bool(desk.index.flagged[row])
    return str(DrawnBy.FLAGGED if given and flagged else DrawnBy.CHOSEN)


def last_answer(reading: Reading, reviewer: str) -> Review | None:
    """A reviewer's last answer that was not taken back."""
    wanted = (
        select(REVIEWS)
        .where(REVIEWS.c.reviewer == reviewer, REVIEWS.c.undone_us.is_(None))
        .order_by(REVIEWS.c.seq.desc())
        .limit(1)
    )
    row = reading.connection.execute(wanted).mappings().first()
    return Review(**{name: of for name, of in row.items() if name != "seq"}) if row else None


def _candidates(desk: Desk, store: CaseStore, reviewer: str, wanted: QueueFilter) -> Iterator[str]:
    standing = desk.standings.now()
    with store.reading() as reading:
        golden = _golden_due(reading, desk, reviewer)
        held = claims(reading, desk.clock())
    if golden is not None:
        yield golden
    others = set(held.filter(pl.col("reviewer") != reviewer)["account_id"])
    rows = desk.queues.rows(wanted, standing)
    rows = rows if wanted.status else rows[_waits(standing, rows)]
    for start in range(0, len(rows), AT_ONCE):
        ids = [desk.index.accounts[int(row)] for row in rows[start : start + AT_ONCE]]
        with store.reading() as reading:
            done = _answered(reading, ids, reviewer)
        yield from (one for one in ids if one not in others and one not in done)


def _waits(standing: Standing, rows: np.ndarray) -> np.ndarray:
    if standing.state is None:
        return np.ones(len(rows), np.bool_)
    waiting = np.array([state in WAITING for state in standing.states])
    return waiting[standing.state[rows]]


def _answered(reading: Reading, ids: Sequence[str], reviewer: str) -> set[str]:
    """Accounts that anybody answered, but for what was skipped, or is unsure, by somebody else."""
    wanted = select(REVIEWS.c.account_id, REVIEWS.c.reviewer, REVIEWS.c.answer).where(
        REVIEWS.c.account_id.in_(ids), REVIEWS.c.undone_us.is_(None)
    )
    open_for_others = ("skip", "unsure", "swap")
    return {
        row.account_id
        for row in reading.connection.execute(wanted)
        if row.reviewer == reviewer or row.answer not in open_for_others
    }


def _golden_due(reading: Reading, desk: Desk, reviewer: str) -> str | None:
    """Now and then a golden case that this reviewer has not had; when, nobody can guess."""
    mine = select(REVIEWS.c.account_id).where(REVIEWS.c.reviewer == reviewer)
    had = [row.account_id for row in reading.connection.execute(mine)]
    turn = hashlib.sha256(f"{desk.manifest.fingerprint}/{reviewer}/{len(had)}".encode()).digest()
    if int.from_bytes(turn[:4], "big") % GOLDEN_EVERY:
        return None
    known = select(GOLDEN.c.account_id).where(GOLDEN.c.run == desk.manifest.fingerprint)
    rows = reading.connection.execute(known.order_by(GOLDEN.c.account_id))
    left = sorted({row.account_id for row in rows} - set(had))
    return left[int.from_bytes(turn[4:8], "big") % len(left)] if left else None


def _case(reading: Reading, account_id: str) -> tuple[str, int | None]:
    try:
        case = reading.find_case(account_id).row(0, named=True)
    except UnknownCaseError:
        return NO_CASE, None
    return case["state"], case["version"]


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
