"""What reviewers do: take a case, answer it, take an answer back; the next one comes by itself."""

import json

from starlette.responses import Response

from detector.cases.answering import Review
from detector.cases.failures import RefusedMoveError
from detector.cases.reviewing import record_review, release, undo_review
from detector.cases.store import CaseStore
from detector.errors import SettingsError
from detector.review.access.people import Need
from detector.review.filters import QueueFilter, read_filter
from detector.review.holding import drawn_by, last_answer, second_of, take_next
from detector.review.looking import account_address
from detector.review.web import Visit, Way, read_day

SECOND, LONGEST_LOOK = 1_000_000, 3600
"""Whoever has a page open for longer than an hour was away."""


def begin(visit: Visit) -> Response:
    """Hand out the next case of a queue."""
    return _next(visit, read_filter(visit.form.get("in", "")))


def give_answer(visit: Visit) -> Response:
    """Keep an answer, then hand out the next case."""
    store, form = _store(visit), visit.form
    account_id = form.get("id", "")
    row = visit.desk.index.find(account_id)
    if row is None:
        raise SettingsError("The run holds no such account.", hint="load the page again")
    now = visit.desk.clock()
    told = visit.desk.index.read_rows([row], ["reason_codes", "probability"]).row(0, named=True)
    shown = _number(form.get("shown_us", ""))
    with store.reading() as reading:
        second = second_of(reading, visit.desk, account_id, visit.person)
    record_review(
        store,
        Review(
            review_id=form.get("review_id", ""),
            account_id=account_id,
            reviewer=visit.person.name,
            at_us=now,
            answer=form.get("answer", ""),
            note=form.get("note", "").strip(),
            until=read_day(form.get("until", "")) if form.get("answer") == "exempt" else None,
            seconds=min(max((now - shown) / SECOND, 0.0), LONGEST_LOOK) if shown else 0.0,
            version=_number(form.get("version", "")) or None,
            run=visit.desk.manifest.fingerprint,
            probability=told["probability"],
            reason_codes=json.dumps([each["code"] for each in told["reason_codes"]]),
            second_of=second.review_id,
            drawn=drawn_by(visit.desk, account_id, given=form.get("given") == "yes"),
        ),
    )
    return _next(visit, read_filter(form.get("in", "")))


def undo(visit: Visit) -> Response:
    """Take back one's own last answer, and show the account again."""
    store = _store(visit)
    with store.reading() as reading:
        last = last_answer(reading, visit.person.name)
    if last is None:
        raise RefusedMoveError("You have given no answer that could be taken back.")
    undo_review(store, last.review_id, visit.person.name, visit.desk.clock())
    return visit.go(_address(last.account_id, read_filter(visit.form.get("in", ""))))


def let_go(visit: Visit) -> Response:
    """Leave a case to others without an answer, and go back to the queue."""
    release(_store(visit), visit.form.get("id", ""), visit.person.name, visit.desk.clock())
    return visit.go(f"/queue?{read_filter(visit.form.get('in', '')).query}")


def _next(visit: Visit, wanted: QueueFilter) -> Response:
    found = take_next(visit.desk, _store(visit), visit.person.name, wanted)
    if found is None:
        return visit.go(f"/done?{wanted.query}")
    return visit.go(f"{_address(found, wanted)}&given=yes")


def done(visit: Visit) -> Response:
    """Nothing is left in this queue."""
    query = read_filter(visit.request.url.query).query
    problem = "Nobody has anything left to look at in this queue."
    return visit.page("message.html", problem=problem, hint="", back=f"/queue?{query}")


def _address(account_id: str, wanted: QueueFilter) -> str:
    return account_address(account_id, wanted.query)


def _store(visit: Visit) -> CaseStore:
    if visit.desk.store is None:
        raise SettingsError("Nothing can be decided here.", hint="start with --cases")
    return visit.desk.store


def _number(told: str) -> int:
    return int(told) if told.isascii() and told.isdigit() and len(told) < 19 else 0


WAYS = (
    Way("/next", "POST", Need.DECIDE, begin),
    Way("/answer", "POST", Need.DECIDE, give_answer),
    Way("/undo", "POST", Need.DECIDE, undo),
    Way("/release", "POST", Need.DECIDE, let_go),
    Way("/done", "GET", Need.DECIDE, done),
)
