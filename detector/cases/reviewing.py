"""Who looks at which account, and what they answer: each answer is one transaction, written once.

A reviewer claims an account, looks, and answers. What the answer does stands in `answering`.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace

import polars as pl
from sqlalchemy import delete, insert, select

from detector.cases.answering import Review, check_words, find_review, follow, is_golden, lead_back
from detector.cases.bulk import select_frame
from detector.cases.failures import RefusedMoveError
from detector.cases.moving import Signature
from detector.cases.reading import Reading
from detector.cases.rows import CLAIMS, REVIEWS
from detector.cases.sealing import ChainLine, write_sealed
from detector.cases.store import CaseStore
from detector.cases.writing import Writing
from detector.kinds import ReviewAnswer as Answer
from detector.plain_text import plain_text

CLAIM_SECONDS = 900
"""Longer than a hard case takes; after it somebody who went home holds nothing."""
LONG_OVER = 86_400_000_000
"""Microseconds: two clocks differ by less, and the rows of a day are few to look through."""
OPEN_FOR_OTHERS = (Answer.SKIP, Answer.UNSURE, Answer.SWAP)
"""After these somebody else may still be handed the account."""


@dataclass(frozen=True)
class Claim:
    """Who looks at an account, and until when nobody else does."""

    account_id: str
    reviewer: str
    until_us: int


def claim(
    store: CaseStore, account_id: str, reviewer: str, at_us: int, seconds: int = CLAIM_SECONDS
) -> Claim | None:
    """Take an account to look at, or hold it longer.

    Args:
        store: An open store.
        account_id: Which account; it needs no case.
        reviewer: Who looks.
        at_us: When.
        seconds: For how long.

    Returns:
        None, if somebody else looks at it.
    """
    with store.writing(reviewer, at_us, person=True) as writing:
        held = _hold(writing, account_id, seconds)
        return held if held.reviewer == reviewer else None


def claim_first(
    store: CaseStore,
    account_ids: Sequence[str],
    reviewer: str,
    at_us: int,
    find_done: Callable[[Reading, Sequence[str]], set[str]],
) -> str | None:
    """Take the first of some accounts that nobody else holds and that is not done.

    Args:
        store: An open store.
        account_ids: In the order in which they should be looked at.
        reviewer: Who looks.
        at_us: When.
        find_done: Which of them need no look any more: asked in the transaction that takes one, as
            others answer meanwhile.

    Returns:
        The account; None, if there is none left.
    """
    with store.writing(reviewer, at_us, person=True) as writing:
        done = find_done(writing, account_ids) | _held_by_others(writing, account_ids)
        free = next((name for name in account_ids if name not in done), None)
        if free is not None:
            _hold(writing, free, CLAIM_SECONDS)
        return free


def view_and_claim(store: CaseStore, account_id: str, viewer: str, at_us: int, page: str) -> Claim:
    """Keep in the history that somebody looks who may decide, and hold the account for them.

    Returns:
        Who holds it now: somebody else, if they did before.
    """
    with store.writing(viewer, at_us, person=True) as writing:
        writing.record("view", {"page": page}, "", account_id)
        return _hold(writing, account_id, CLAIM_SECONDS)


def release(store: CaseStore, account_id: str, reviewer: str, at_us: int) -> None:
    """Let go of an account; of one that somebody else holds, nothing happens."""
    with store.writing(reviewer, at_us, person=True) as writing:
        held = find_claim(writing, account_id, at_us)
        if held and held.reviewer == reviewer:
            _let_go(writing, account_id)
            writing.record("release", {}, "", account_id)


def claims(reading: Reading, at_us: int) -> pl.DataFrame:
    """Who holds which account now: account_id, reviewer, until_us; sorted by account."""
    wanted = select(CLAIMS).where(CLAIMS.c.until_us > at_us).order_by(CLAIMS.c.account_id)
    return select_frame(reading.connection.execute(wanted), CLAIMS)


def find_claim(reading: Reading, account_id: str, at_us: int) -> Claim | None:
    """Who holds an account now."""
    wanted = select(CLAIMS).where(CLAIMS.c.account_id == account_id, CLAIMS.c.until_us > at_us)
    row = reading.connection.execute(wanted).mappings().first()
    return Claim(**row) if row else None


def find_answered(reading: Reading, account_ids: Sequence[str], reviewer: str) -> set[str]:
    """Accounts that anybody answered, but for what was left open for others by somebody else."""
    wanted = select(REVIEWS.c.account_id, REVIEWS.c.reviewer, REVIEWS.c.answer).where(
        REVIEWS.c.account_id.in_(account_ids), REVIEWS.c.undone_us.is_(None)
    )
    return {
        row.account_id
        for row in reading.connection.execute(wanted)
        if row.reviewer == reviewer or row.answer not in OPEN_FOR_OTHERS
    }


def record_review(store: CaseStore, review: Review) -> Review:
    """Keep an answer, and let the case follow it; the same id twice is written once.

    Args:
        store: An open store.
        review: The answer; `golden`, `from_state`, `to_state` and `undone_us` are the store's.

    Returns:
        The answer as it is kept.

    Raises:
        RefusedMoveError: Somebody else holds the account or decided since it was looked at, the
            case may not go there, or its second look is none.
        SettingsError: Nobody signs, a reason is missing, or a word is none of those known.
    """
    check_words(review)
    with store.writing(review.reviewer, review.at_us, person=True) as writing:
        known = find_review(writing, review.review_id)
        if known:
            return _same(known, review)
        held = find_claim(writing, review.account_id, review.at_us)
        if held and held.reviewer != review.reviewer:
            raise RefusedMoveError(
                f"{plain_text(held.reviewer)} looks at {plain_text(review.account_id)!r} until "
                f"{Signature('', held.until_us).at:%H:%M} UTC.",
                hint="take another account, or wait until it is let go",
            )
        golden = is_golden(writing, review.account_id, review.run)
        fresh = replace(review, golden=golden, from_state=None, to_state=None, undone_us=None)
        followed = follow(writing, fresh)
        _write(writing, followed, "review", writing.end_of_chain().moves + 1)
        _let_go(writing, review.account_id)
        return followed


def undo_review(store: CaseStore, review_id: str, reviewer: str, at_us: int) -> Review:
    """Take back one's own last answer; the case goes back to where it stood.

    What was withdrawn with it stays so: a policy may decide it anew. A second time does nothing.

    Raises:
        RefusedMoveError: It is somebody else's, not the last, or others built on it since.
    """
    with store.writing(reviewer, at_us, person=True) as writing:
        review = find_review(writing, review_id)
        if review is None or review.reviewer != reviewer:
            raise RefusedMoveError(
                f"{plain_text(reviewer)} gave no answer {plain_text(review_id)!r}.",
                hint="one takes back one's own answers; of others' a lead says more in a new one",
            )
        if review.undone_us is not None:
            return review
        seq = _check_last(writing, review)
        lead_back(writing, review, seq)
        undone = replace(review, undone_us=at_us)
        _write(writing, undone, "undo", seq)
        return undone


def reviews_of(reading: Reading, account_id: str) -> pl.DataFrame:
    """All answers about an account, those taken back among them, in order."""
    wanted = select(REVIEWS).where(REVIEWS.c.account_id == account_id).order_by(REVIEWS.c.seq)
    return select_frame(reading.connection.execute(wanted), REVIEWS)


def reviews(
    reading: Reading, since_us: int | None = None, reviewer: str | None = None
) -> pl.DataFrame:
    """All answers, of all or of one reviewer, those taken back among them, in order."""
    wanted = select(REVIEWS).order_by(REVIEWS.c.seq)
    if since_us is not None:
        wanted = wanted.where(REVIEWS.c.at_us >= since_us)
    if reviewer is not None:
        wanted = wanted.where(REVIEWS.c.reviewer == reviewer)
    return select_frame(reading.connection.execute(wanted), REVIEWS)


def record_view(store: CaseStore, account_id: str, viewer: str, at_us: int, page: str) -> None:
    """Keep in the history who looked at an account, and on which page."""
    with store.writing(viewer, at_us, person=True) as writing:
        writing.record("view", {"page": page}, "", account_id)


def _same(known: Review, review: Review) -> Review:
    """The answer that was kept, if this is it once more."""
    if (known.account_id, known.reviewer, known.answer) == (
        review.account_id,
        review.reviewer,
        review.answer,
    ):
        return known
    raise RefusedMoveError(
        f"The answer {plain_text(review.review_id)!r} was given already, and was another one.",
        hint="each answer needs an id of its own",
    )


def _check_last(writing: Writing, review: Review) -> int:
    """The number of an answer that is its reviewer's last, and that nobody looked at again."""
    standing = REVIEWS.c.undone_us.is_(None)
    last = select(REVIEWS.c.review_id, REVIEWS.c.seq).where(
        REVIEWS.c.reviewer == review.reviewer, standing
    )
    newest = writing.connection.execute(last.order_by(REVIEWS.c.seq.desc()).limit(1)).one()
    if newest.review_id != review.review_id:
        raise RefusedMoveError(
            f"{plain_text(review.reviewer)} has answered others since.",
            hint="take those back first, the last one before the others",
        )
    seconds = select(REVIEWS.c.reviewer).where(REVIEWS.c.second_of == review.review_id, standing)
    if second := writing.connection.execute(seconds).first():
        raise RefusedMoveError(
            f"{plain_text(second.reviewer)} has looked at it again since.",
            hint="a lead settles it",
        )
    return newest.seq


def _hold(writing: Writing, account_id: str, seconds: int) -> Claim:
    """Hold an account for whoever writes, or longer; of one that somebody else holds, say who."""
    reviewer, at_us = writing.by.actor, writing.by.at_us
    held = find_claim(writing, account_id, at_us)
    if held and held.reviewer != reviewer:
        return held
    until_us = max(at_us + seconds * 1_000_000, held.until_us if held else 0)
    _let_go(writing, account_id)
    old = delete(CLAIMS).where(CLAIMS.c.until_us < at_us - LONG_OVER)
    writing.connection.execute(old)
    taken = Claim(account_id, reviewer, until_us)
    writing.connection.execute(insert(CLAIMS).values(**asdict(taken)))
    writing.record("claim", {"until_us": until_us}, "", account_id)
    return taken


def _held_by_others(writing: Writing, account_ids: Sequence[str]) -> set[str]:
    others = select(CLAIMS.c.account_id).where(
        CLAIMS.c.account_id.in_(account_ids),
        CLAIMS.c.reviewer != writing.by.actor,
        CLAIMS.c.until_us > writing.by.at_us,
    )
    return {*writing.connection.execute(others).scalars()}


def _let_go(writing: Writing, account_id: str) -> None:
    writing.connection.execute(delete(CLAIMS).where(CLAIMS.c.account_id == account_id))


def _write(writing: Writing, review: Review, kind: str, seq: int) -> None:
    # Not whether it is golden: reviewers may read an account's history.
    told = {"answer": review.answer, "second_of": review.second_of}
    line = ChainLine(kind, review.note if kind == "review" else "", review.account_id, told)
    write_sealed(writing, REVIEWS, {**asdict(review), "seq": seq}, line)
