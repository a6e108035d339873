"""For leads: how far the work is, how reviewers agree, which reasons do not hold."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl
from starlette.responses import Response

from detector.cases.agreeing import agreement, overturn_rates
from detector.cases.reading import Reading
from detector.cases.reviewing import claims, reviews
from detector.cases.second_looks import disputed
from detector.cases.suspending import lift_reason, suspended
from detector.errors import SettingsError
from detector.review.access.people import Need
from detector.review.web import Visit, Way

SAYS = ("confirm", "clear", "unsure")


@dataclass(frozen=True)
class Team:
    """All that `templates/team.html` reads, each as rows of plain values."""

    work: Sequence[dict[str, object]]
    agreement: Sequence[dict[str, object]]
    reasons: Sequence[dict[str, object]]
    suspended: Sequence[dict[str, object]]
    disputed: Sequence[dict[str, object]]
    held: Sequence[dict[str, object]]


def show_team(visit: Visit) -> Response:
    """Reviewers with what can be told of their answers, reasons, and who holds what now."""
    store = visit.desk.store
    if store is None:
        return visit.page("team.html", team=None, limit=0)
    with store.reading() as reading:
        team = _tell(reading, visit.desk.clock())
    return visit.page("team.html", team=team, limit=visit.desk.terms.overturn_limit)


def lift(visit: Visit) -> Response:
    """Let a reason flag again."""
    store = visit.desk.store
    if store is None:
        raise SettingsError("Nothing can be decided here.", hint="start with --cases")
    lift_reason(store, visit.form.get("code", ""), visit.person.name, visit.desk.clock())
    return visit.go("/team")


def count_work(answers: pl.DataFrame) -> pl.DataFrame:
    """Count what each reviewer did, those with the most answers first.

    Args:
        answers: The columns of `rows.REVIEWS`.

    Returns:
        reviewer, answers, taken_back, seconds (the median look of an answer that says something).
    """
    stands = pl.col("undone_us").is_null()
    says = stands & pl.col("answer").is_in(SAYS)
    return (
        answers.group_by("reviewer")
        .agg(
            answers=stands.sum().cast(pl.Int64),
            taken_back=(~stands).sum().cast(pl.Int64),
            seconds=pl.col("seconds").filter(says).median().fill_null(0.0),
        )
        .sort("answers", "reviewer", descending=[True, False])
    )


def _tell(reading: Reading, now_us: int) -> Team:
    return Team(
        work=count_work(reviews(reading)).to_dicts(),
        agreement=agreement(reading).to_dicts(),
        reasons=overturn_rates(reading).sort("low", "code", descending=[True, False]).to_dicts(),
        suspended=suspended(reading).to_dicts(),
        disputed=disputed(reading).to_dicts(),
        held=claims(reading, now_us).to_dicts(),
    )


WAYS = (
    Way("/team", "GET", Need.LEAD, show_team),
    Way("/team/lift", "POST", Need.LEAD, lift),
)
