"""For leads: how far the work is, how reviewers agree, which reasons do not hold."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl
from sqlalchemy import select
from starlette.responses import Response

from detector.cases.reading import Reading
from detector.cases.reviewing import claims, reviews
from detector.cases.rows import GOLDEN
from detector.measuring.metrics import Rate
from detector.review.access.people import Need
from detector.review.web import Visit, Way

SAYS = ("confirm", "clear", "unsure")


@dataclass(frozen=True)
class Worker:
    """What one reviewer did."""

    name: str
    answers: int
    undone: int
    median_seconds: float
    golden: Rate
    """Golden cases answered as is known."""
    agreed: Rate
    """Second looks, as first or as second, that said the same."""


def show_team(visit: Visit) -> Response:
    """Reviewers with what can be told of their answers, and who holds what now."""
    store = visit.desk.store
    if store is None:
        return visit.page("team.html", workers=[], held=[], kept=False)
    with store.reading() as reading:
        workers = count_work(reviews(reading), _golden(reading))
        held = [tuple(row) for row in claims(reading, visit.desk.clock()).iter_rows()]
    return visit.page("team.html", workers=workers, held=held, kept=True)


def count_work(answers: pl.DataFrame, golden: Sequence[tuple[str, str, str]]) -> list[Worker]:
    """Count what each reviewer did, those with the most answers first.

    Args:
        answers: The columns of `rows.REVIEWS`.
        golden: Account, run and what is known of it.
    """
    stands = answers.filter(pl.col("undone_us").is_null())
    known = {(account, run): answer for account, run, answer in golden}
    by_id = {row["review_id"]: row for row in stands.iter_rows(named=True)}
    pairs = [(row, by_id[row["second_of"]]) for row in by_id.values() if row["second_of"] in by_id]
    workers: list[Worker] = []
    for name in answers["reviewer"].unique().sort():
        mine = [row for row in by_id.values() if row["reviewer"] == name]
        tests = [row for row in mine if row["golden"] and row["answer"] in SAYS]
        right = sum(known.get((row["account_id"], row["run"])) == row["answer"] for row in tests)
        looks = [pair for pair in pairs if name in (pair[0]["reviewer"], pair[1]["reviewer"])]
        same = sum(a["answer"] == b["answer"] for a, b in looks)
        seconds = sorted(row["seconds"] for row in mine if row["answer"] in SAYS)
        workers.append(
            Worker(
                name,
                len(mine),
                answers.filter(pl.col("reviewer") == name).height - len(mine),
                seconds[len(seconds) // 2] if seconds else 0.0,
                Rate.from_counts(right, len(tests)),
                Rate.from_counts(same, len(looks)),
            )
        )
    return sorted(workers, key=lambda worker: (-worker.answers, worker.name))


def _golden(reading: Reading) -> list[tuple[str, str, str]]:
    wanted = select(GOLDEN.c.account_id, GOLDEN.c.run, GOLDEN.c.answer)
    return [tuple(row) for row in reading.connection.execute(wanted)]


WAYS = (Way("/team", "GET", Need.LEAD, show_team),)
