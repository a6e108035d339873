"""A second pair of eyes: which answers are looked at again, by whom, and what a lead settles."""

import polars as pl

from detector.cases.answering import Review
from detector.cases.drawing import is_drawn
from detector.cases.reading import Reading
from detector.cases.reviewing import reviews
from detector.kinds import ReviewAnswer as Answer
from detector.policy.rules import ReviewTerms


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
    standing = _standing(reading)
    done = standing.filter(pl.col("second_of").is_not_null())["second_of"]
    first = standing.filter(
        pl.col("second_of").is_null(),
        pl.col("reviewer") != reviewer,
        ~pl.col("review_id").is_in(done.implode()),
    )
    if not terms.second_look:
        chosen = first
    else:
        chosen = first.sort(pl.col("answer") != Answer.CONFIRM.value, maintain_order=True)
    wanted = [
        (terms.second_look and answer == Answer.CONFIRM)
        or is_drawn(terms.second_share, key, "second", name)
        for name, answer in chosen.select("review_id", "answer").iter_rows()
    ]
    return chosen.filter(pl.Series(wanted, dtype=pl.Boolean)).select(
        "review_id", "account_id", "run"
    )


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
