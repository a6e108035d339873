"""Small answers of reviewers, with every field that does not matter filled in."""

from sqlalchemy import insert

from detector.cases.reviewing import Review, record_review
from detector.cases.rows import GOLDEN
from tests.detector.cases.builders import at

RUN = "run-1"
CODES = '["own_tv","separation","days"]'


def answer(said="confirm", account="ada", *, by="eve", name=None, **told):
    """One answer; its id is its reviewer's and the account's unless it is named."""
    note = "a reason" if said == "exempt" else ""
    fields = {"note": note, "run": RUN, "probability": 0.99, "reason_codes": CODES, "at_us": at()}
    named = name or f"{by}/{account}/{said}"
    return Review(named, account, by, answer=said, **{**fields, **told})


def answered(store, *args, **told):
    """The same, kept; returns its id."""
    return record_review(store, answer(*args, **told)).review_id


def make_golden(store, account="ada", run=RUN, said="clear"):
    """Behind the store's back, where it is of no matter who said so."""
    row = {"account_id": account, "run": run, "answer": said, "added_by": "lea", "at_us": at()}
    with store.engine.begin() as connection:
        connection.execute(insert(GOLDEN).values(row))
