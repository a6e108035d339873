"""A second pair of eyes: which answers are looked at again, by whom, and what a lead settles."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import polars as pl
from sqlalchemy import ColumnElement, select

from detector.cases.answering import Review
from detector.cases.drawing import is_drawn
from detector.cases.reading import Reading
from detector.cases.reviewing import reviews
from detector.cases.rows import REVIEWS
from detector.kinds import ReviewAnswer as Answer
from detector.policy.rules import ReviewTerms


class FirstAnswer(NamedTuple):
    """An answer that somebody else is to look at again."""

    review_id: str
    account_id: str
    run: str
    reviewer: str
    waits: bool
    """Whether a treatment waits for it."""


def needs_second(review: Review, terms: ReviewTerms, key: bytes) -> bool:
    """Whether somebody else is to look at what was answered: the policy wants it, or the lot does.

    Args:
        review: An answer as it is kept.
        terms: What the policy says of reviews.
        key: From `drawing.draw_key`.
    """
    if review.golden or review.undone_us is not None or review.second_of is not None:
        return False
    if review.answer == Answer.SKIP:
        return False
    wanted = terms.second_look and review.answer == Answer.CONFIRM
    return wanted or is_drawn(terms.second_share, key, "second", review.review_id)


def pending_seconds(
    reading: Reading, reviewer: str, terms: ReviewTerms, key: bytes
) -> pl.DataFrame:
    """Answers that a reviewer may look at again: review_id, account_id, run; the oldest first.

    What was answered, and by whom, is not told: nobody is to follow the first.
    """
    told = [
        (first.review_id, first.account_id, first.run)
        for first in find_firsts(reading, terms, key)
        if first.reviewer != reviewer
    ]
    return pl.DataFrame(
        told, dict.fromkeys(("review_id", "account_id", "run"), pl.String), orient="row"
    )


def find_firsts(
    reading: Reading,
    terms: ReviewTerms,
    key: bytes,
    run: str | None = None,
    accounts: Sequence[str] | None = None,
) -> list[FirstAnswer]:
    """Answers that somebody else is to look at again and nobody did; those that wait first.

    Args:
        reading: A look at the store.
        terms: What the policy says of reviews.
        key: From `drawing.draw_key`.
        run: Only of this run.
        accounts: Only of these.

    Returns:
        The oldest first among those that a treatment waits for, then among the others.
    """
    again = REVIEWS.alias()
    asked = [*_says(REVIEWS), REVIEWS.c.second_of.is_(None)]
    looked = select(again.c.review_id).where(
        again.c.second_of == REVIEWS.c.review_id, *_says(again)
    )
    if run is not None:
        asked.append(REVIEWS.c.run == run)
    if accounts is not None:
        asked.append(REVIEWS.c.account_id.in_(accounts))
    columns = (REVIEWS.c[name] for name in ("review_id", "account_id", "run", "reviewer", "answer"))
    wanted = select(*columns).where(*asked, ~looked.exists()).order_by(REVIEWS.c.seq)
    found = [
        FirstAnswer(row.review_id, row.account_id, row.run, row.reviewer, waits)
        for row in reading.connection.execute(wanted)
        for waits in [terms.second_look and row.answer == Answer.CONFIRM]
        if waits or is_drawn(terms.second_share, key, "second", row.review_id)
    ]
    return sorted(found, key=lambda first: not first.waits)


def second_pairs(reading: Reading) -> pl.DataFrame:
    """First and second answers side by side, in the order of the second.

    Returns:
        first_id, second_id, account_id, run, reason_codes, first_reviewer, second_reviewer,
        first_answer, second_answer, agreed, settled_as (what a third said; null: nobody did).
    """
    standing = _standing(reading)
    firsts = standing.filter(pl.col("second_of").is_null()).select(
        second_of="review_id", first_reviewer="reviewer", first_answer="answer"
    )
    thirds = standing.select(review_id="second_of", settled_as="answer").drop_nulls()
    return (
        standing.join(firsts, on="second_of", maintain_order="left")
        .join(thirds, on="review_id", how="left", maintain_order="left")
        .select(
            *("account_id", "run", "reason_codes", "first_reviewer", "first_answer", "settled_as"),
            first_id="second_of",
            second_id="review_id",
            second_reviewer="reviewer",
            second_answer="answer",
            agreed=pl.col("answer") == pl.col("first_answer"),
        )
    )


def disputed(reading: Reading) -> pl.DataFrame:
    """Pairs that differ and that no lead has settled: the columns of `second_pairs`."""
    return second_pairs(reading).filter(~pl.col("agreed"), pl.col("settled_as").is_null())


def seconded(reading: Reading) -> pl.DataFrame:
    """account_id, seq: where somebody else looked at it again, or settled it, and confirmed."""
    standing = _standing(reading)
    return (
        standing.filter(pl.col("second_of").is_not_null(), pl.col("answer") == Answer.CONFIRM.value)
        .group_by("account_id")
        .agg(pl.col("seq").max())
        .sort("account_id")
    )


def _standing(reading: Reading) -> pl.DataFrame:
    """Answers that say something and were not taken back; golden ones are apart."""
    return reviews(reading).filter(
        pl.col("undone_us").is_null(), ~pl.col("golden"), pl.col("answer") != Answer.SKIP.value
    )


def _says(table: Any) -> tuple[ColumnElement[bool], ...]:  # noqa: ANN401 - a table or its alias
    """The same in a question to the database."""
    return (table.c.undone_us.is_(None), ~table.c.golden, table.c.answer != Answer.SKIP.value)
