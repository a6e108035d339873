"""What reviewers found so far: the last word on each account, and how they came upon it."""

from dataclasses import dataclass
from functools import cached_property

import polars as pl
from sqlalchemy import and_, select

from detector.cases.reading import Reading
from detector.cases.rows import GOLDEN, REVIEWS
from detector.cases.store import CaseStore
from detector.kinds import DrawnBy, ReviewAnswer
from detector.measuring.metrics import Rate

SHARED = (ReviewAnswer.CONFIRM.value, ReviewAnswer.SWAP.value)
SAYS = (*SHARED, ReviewAnswer.CLEAR.value)
"""Answers that say whether an account is shared; whose home is home is another question."""
SCHEMA = {
    "account_id": pl.String,
    "run": pl.String,
    "probability": pl.Float64,
    "drawn": pl.String,
    "shared": pl.Boolean,
}


@dataclass(frozen=True)
class Answers:
    """The last word on each account in each run."""

    told: pl.DataFrame
    """account_id, run, probability (as it was shown), drawn, shared. No golden cases."""
    golden: Rate
    """Cases of which the answer was known, and answered so: how far reviewers may be believed."""

    @cached_property
    def queue(self) -> pl.DataFrame:
        """Flagged accounts, as the queue handed them out: the surest first, so no random sample."""
        return self._drawn(DrawnBy.FLAGGED)

    @cached_property
    def random(self) -> pl.DataFrame:
        """Unflagged accounts that were drawn by lot."""
        return self._drawn(DrawnBy.RANDOM)

    @cached_property
    def chosen(self) -> pl.DataFrame:
        """Accounts that somebody looked up, for whatever reason."""
        return self._drawn(DrawnBy.CHOSEN)

    def _drawn(self, how: DrawnBy) -> pl.DataFrame:
        return self.told.filter(pl.col("drawn") == how.value)


NOBODY = Answers(pl.DataFrame(schema=SCHEMA), Rate.from_counts(0, 0))


def read_answers(store: CaseStore | None) -> Answers:
    """Read what reviewers found; of a store that is not there, nothing."""
    if store is None:
        return NOBODY
    with store.reading() as reading:
        return Answers(_read_told(reading), _read_golden(reading))


def _read_told(reading: Reading) -> pl.DataFrame:
    columns = [REVIEWS.c[name] for name in ("account_id", "run", "probability", "drawn", "answer")]
    wanted = select(*columns).where(
        REVIEWS.c.undone_us.is_(None), REVIEWS.c.golden.is_(False), REVIEWS.c.answer.in_(SAYS)
    )
    rows = [tuple(row) for row in reading.connection.execute(wanted.order_by(REVIEWS.c.seq))]
    schema = {**SCHEMA, "answer": pl.String}
    del schema["shared"]
    answers = pl.DataFrame(rows, schema, orient="row")
    last = answers.unique(["account_id", "run"], keep="last", maintain_order=True)
    return last.select(pl.exclude("answer"), shared=pl.col("answer").is_in(SHARED))


def _read_golden(reading: Reading) -> Rate:
    same = and_(REVIEWS.c.account_id == GOLDEN.c.account_id, REVIEWS.c.run == GOLDEN.c.run)
    wanted = (
        select(REVIEWS.c.answer == GOLDEN.c.answer)
        .join(GOLDEN, same)
        .where(REVIEWS.c.undone_us.is_(None), REVIEWS.c.golden, REVIEWS.c.answer.in_(SAYS))
    )
    right = [bool(row[0]) for row in reading.connection.execute(wanted)]
    return Rate.from_counts(sum(right), len(right))
