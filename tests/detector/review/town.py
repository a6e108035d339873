"""A run of a few accounts, opened for people, and browsers that speak to it."""

import re
from datetime import UTC, date, datetime

import pytest
from starlette.testclient import TestClient

from detector.policy.read import DEFAULT, read_policy
from detector.review.access.people import Visitor
from detector.review.app import build_app
from detector.review.desk import Doors, open_desk
from detector.runs.run import Run
from detector.schemas import Accounts
from tests.empty_stores import open_empty
from tests.pipelines.tiny_run import (
    BOB,
    EVIL,
    TinyRun,
    account,
    write_manifest,
    write_run,
)

HOST = "127.0.0.1:8765"
ORIGIN = f"http://{HOST}"
NOW = int(datetime(2026, 6, 20, 12, tzinfo=UTC).timestamp() * 1e6)
DAY = 86_400_000_000
POLICY = read_policy(DEFAULT.read_text(), source="default")
EVE = Visitor("eve", "lead")
CSRF = re.compile(r'name="csrf" value="([^"]+)"')
REVIEW = re.compile(r'name="review_id" value="([^"]+)"')
MEG = TinyRun("meg", "meg-tv", "meg-phone", "meg-guest-tv")


class Clock:
    """A time that stands until it is told to go on."""

    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now

    def on(self, seconds):
        self.now += int(seconds * 1_000_000)


def write_town(folder):
    """Bob and Meg who lent their passwords, a hostile one, Ada at home, Tom who may share."""
    honest = [
        account("ada", partner="Telvia", country_of_record="FR"),
        account("tom", verdict="insufficient_evidence", probability=0.5, pattern="unclear"),
    ]
    return write_manifest(write_run(folder, BOB, MEG, EVIL, honest=honest))


def seed(store, folder, at_us=NOW - 5 * DAY):
    """Open a case for each flagged account, as a night does."""
    accounts = Run(folder).scan(Accounts).collect()
    with store.writing("night", at_us) as writing:
        writing.take_in(accounts, "f" * 64, date(2026, 6, 11))


@pytest.fixture(name="folder", scope="session")
def town_folder(tmp_path_factory):
    """One definition for all who ask for it: a conftest that names it lends it to its folder."""
    return write_town(tmp_path_factory.mktemp("town"))


@pytest.fixture(name="store")
def town_store(tmp_path, folder):
    with open_empty(tmp_path / "cases.db") as opened:
        seed(opened, folder)
        yield opened


def open_town(folder, *, store=None, clock=None, terms=None, **doors):
    """The pages of a run that `write_town` wrote."""
    known = {"hosts": (HOST,), "everybody": EVE, **doors}
    desk = open_desk(
        folder,
        store,
        Doors(**known),
        policy=POLICY.model_copy(update={"review": terms}) if terms else POLICY,
        earlier=(),
        clock=clock or Clock(),
    )
    return build_app(desk)


def browser(app, address="127.0.0.1"):
    """A browser of its own, that has seen nothing yet."""
    return TestClient(app, base_url=ORIGIN, client=(address, 50000), follow_redirects=False)


def post(client, path, fields=None, *, origin=ORIGIN, csrf=None, headers=None):
    """Send a form as a page of the server would."""
    known = csrf if csrf is not None else token(client)
    sent = {"origin": origin} if origin else {}
    data = {"csrf": known, **(fields or {})}
    return client.post(path, data=data, headers={**sent, **(headers or {})})


def token(client, page="/queue"):
    found = CSRF.search(client.get(page).text)
    return found.group(1) if found else ""


def answer(client, account_id, said, **fields):
    """Open an account and answer it, as with the buttons of its page."""
    page = client.get("/account", params={"id": account_id}).text
    review = REVIEW.search(page)
    told = {"id": account_id, "answer": said, **fields}
    told.setdefault("review_id", review.group(1) if review else "none")
    found = CSRF.search(page)
    return post(client, "/answer", told, csrf=found.group(1) if found else "")


def state_of(store, account_id):
    with store.reading() as reading:
        return reading.find_case(account_id)["state"].item()


def kinds(store, account_id):
    """What the history says happened to an account."""
    with store.reading() as reading:
        return reading.read_moves(account_id)["kind"].to_list()


def flagged_ids(folder):
    accounts = Run(folder).scan(Accounts).filter("flagged").collect()
    return accounts["account_id"].sort().to_list()
