"""Names that want to be markup, formulas or another name, through every field into every page."""

import csv
import io
import json
from xml.etree import ElementTree as ET

import pytest
from rich.console import Console

from detector.cases.filters import SavedFilter, save_filter
from detector.cases.open import open_store
from detector.plain_text import plain_text
from detector.policy.rules import ReviewTerms
from detector.schemas import Accounts
from detector.stories.templates import Language
from pipelines.commands.answers import Answer, print_answer
from pipelines.jobs.inspect import Listener, document, inspect_account, render_story
from pipelines.jobs.report import write_report
from tests.detector.cases.answers import answered
from tests.detector.review.hostile import (
    SEEDS,
    STEERS,
    Elements,
    Strings,
    differences,
    tamed,
    write_hostile,
)
from tests.detector.review.town import browser, open_town, post, seed

STORIES, LISTED = 23, 40
SOME = range(0, STORIES, 4)
"""Where few texts are new beside those of the account's page."""
ALONE = ("account_id", "partner", "plan", "country_of_record", "pattern", "summary", "clearing")
"""Columns of one text each."""
TABLES = ("account", "devices", "places", "evidence", "visits")
CALM = ReviewTerms(golden_share=0.0, second_share=0.0, unflagged_share=0.0)
pytestmark = pytest.mark.slow


class Twin:
    """A run, opened for people, with the ids of the accounts that are told in full."""

    def __init__(self, folder, *, harmless):
        self.folder, self.text = folder, Strings(harmless=harmless)
        self.ids = write_hostile(folder, STORIES, LISTED, self.text)
        self.client = browser(open_town(folder, terms=CALM))

    def get(self, path, number=0, **asked):
        key = {} if path in ("/queue", "/overview", "/export.csv") else {"id": self.ids[number]}
        response = self.client.get(path, params={**key, **asked})
        assert response.status_code == 200, (path, response.text)
        return response.text


@pytest.fixture(scope="module")
def twins(tmp_path_factory):
    folders = [tmp_path_factory.mktemp(name) / "run" for name in ("hostile", "harmless")]
    return Twin(folders[0], harmless=False), Twin(folders[1], harmless=True)


def unlike(twins, path, number=0, *, texts=True, **asked):
    return differences(*(twin.get(path, number, **asked) for twin in twins), texts=texts)


class TestAThousand:
    """Each of them through each page: none may be taken for anything but a text."""

    def test_there_are_as_many(self, twins):
        given = twins[0].text.given
        assert len(set(given)) == len(given) >= 1000 + STORIES

    def test_each_account_shows_its_own(self, twins):
        for number in range(STORIES):
            assert not unlike(twins, "/account", number)
            page = Elements(twins[0].get("/help", number)).found
            assert any(tamed(twins[0].ids[number]) in str(found) for found in page)

    @pytest.mark.parametrize("path", ["/account/linked", "/help"])
    def test_what_hangs_on_an_account(self, twins, path):
        for number in range(STORIES) if path == "/help" else SOME:
            assert not unlike(twins, path, number)

    @pytest.mark.parametrize("table", TABLES)
    def test_rows(self, twins, table):
        """Lists in a cell are written as Python does, with some letters for one that steers."""
        for number in SOME:
            texts = table != "account"
            assert not unlike(twins, "/account/rows", number, texts=texts, table=table)

    @pytest.mark.parametrize("page", [1, 2])
    def test_lists(self, twins, page):
        assert not unlike(twins, "/queue", show="all", size=50, page=page)

    def test_the_overview(self, twins):
        assert not unlike(twins, "/overview")

    def test_the_graph_as_a_file(self, twins):
        for number in SOME:
            one, other = (
                ET.fromstring(twin.get("/account/graph.graphml", number)) for twin in twins
            )
            told = [
                [(e.tag, sorted(e.attrib), tamed(e.text or "")) for e in t.iter()]
                for t in (one, other)
            ]
            assert told[0] == told[1]

    def test_the_report(self, twins):
        pages = [
            write_report(twin.folder, top=len(SOME)).read_text(encoding="utf-8") for twin in twins
        ]
        assert not differences(*pages)

    def test_a_spreadsheet_reckons_with_none(self, twins):
        rows = list(
            csv.DictReader(io.StringIO(twins[0].get("/export.csv", show="all"), newline=""))
        )
        # No program that reads CSV agrees on NUL.
        given = {text.replace("\0", "\ufffd") for text in twins[0].text.given}
        cells = [row[name] for row in rows for name in ALONE]
        assert len(rows) == STORIES + LISTED
        assert set(rows[0]) == {*Accounts.column_names()}
        assert all(cell in given or cell[1:] in given for cell in cells)
        cells += [cell for row in rows for name, cell in row.items() if not _is_number(cell)]
        assert not [cell for cell in cells if cell.lstrip()[:1] in {*"=+-@|%"}]

    @pytest.mark.parametrize("language", Language)
    def test_a_terminal_is_not_steered(self, twins, language):
        hostile = twins[0]
        for account_id in hostile.ids[:: 1 if language == Language.ENGLISH else SOME.step]:
            text = io.StringIO()
            console = Console(file=text, width=20_000, highlight=False)
            story = inspect_account(hostile.folder, account_id)
            render_story(story, console, Listener(language, terms=True))
            told = text.getvalue()
            assert not STEERS.findall(told)
            assert all(
                plain_text(name) in told for name in (account_id, story.devices[0].device_id)
            )

    def test_json_is_read_back_as_it_was(self, twins, capsys):
        hostile = twins[0]
        for account_id in hostile.ids:
            story = inspect_account(hostile.folder, account_id)
            print_answer(Answer(document(story), lambda _: None), as_json=True)
            written = capsys.readouterr().out
            told = json.loads(written)
            assert told["account_id"] == told["first"]["account_id"] == account_id
            assert told["mitigations"] == [*story.mitigations]
            assert not STEERS.findall(written)


BREAKER = next(n for n, text in enumerate(SEEDS) if text.startswith('">'))
"""The account that is decided about: its id stands in hidden fields of forms."""
KEPT = [text.replace("\0", "") for text in SEEDS]
"""A database keeps no NUL: an answer with one is refused."""
SHOWN = [text[:50].strip() for text in SEEDS if plain_text(text) == text]
"""A filter whose name cannot be shown is refused."""


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """A store in which people are called, write and keep hostile things, and its twin."""
    opened = []
    for kind in ("hostile", "harmless"):
        folder = tmp_path_factory.mktemp(f"{kind}-people") / "run"
        change = tamed if kind == "harmless" else str
        text = Strings(harmless=kind == "harmless", first=BREAKER)
        [account_id] = write_hostile(folder, 1, 0, text)
        store = open_store(str(folder / "cases.db"))
        seed(store, folder)
        for number, text in enumerate(KEPT):
            told = {"by": change(f"{number:02d}{text[:60]}"), "note": change(text[:9000])}
            answered(store, "unsure", account_id, name=f"r{number}", run="f" * 64, **told)
        for number, text in enumerate(SHOWN):
            name = change(f"{number:02d}{text}")
            save_filter(store, SavedFilter(name, "show=all", change(f"by {text}"), 0))
        client = browser(open_town(folder, store=store, terms=CALM))
        opened.append((store, client, account_id, change))
    yield opened
    for store, *_ in opened:
        store.close()


class TestWhatPeopleWrite:
    """Names of reviewers and of filters, notes, and whatever stands in an address."""

    @pytest.mark.parametrize("path", ["/account", "/queue", "/team", "/overview"])
    def test_what_is_kept(self, pair, path):
        pages = [client.get(path, params={"id": name}).text for _, client, name, _ in pair]
        assert not differences(*pages)
        if path == "/queue":
            assert pages[0].count("/filters/drop") == len(SHOWN)

    @pytest.mark.parametrize("number", range(len(SEEDS)), ids=lambda n: repr(SEEDS[n][:12]))
    def test_what_is_typed_comes_back_as_text(self, pair, number):
        for path, fields in (
            ("/search", ("q",)),
            ("/queue", ("partner", "country", "pattern", "reason")),
            ("/queue", ("min_probability",)),
            ("/account", ("id",)),
            ("/account/rows", ("id", "table")),
            ("/overview", ("threshold",)),
        ):
            answers = [
                client.get(path, params=dict.fromkeys(fields, change(SEEDS[number][:300])))
                for _, client, _, change in pair
            ]
            assert answers[0].status_code == answers[1].status_code < 500
            assert not differences(*(each.text for each in answers), texts=False)

    @pytest.mark.parametrize("number", range(len(SEEDS)), ids=lambda n: repr(SEEDS[n][:12]))
    def test_a_refused_form_says_so_as_text(self, pair, number):
        """An unknown answer, a name for a filter: what cannot be kept is quoted."""
        answers = [
            [
                post(client, "/answer", {"id": name, "answer": change(SEEDS[number][:300])}),
                post(client, "/filters/save", {"name": change(SEEDS[number]), "query": "page=x"}),
            ]
            for _, client, name, change in pair
        ]
        for one, other in zip(*answers, strict=True):
            assert one.status_code == other.status_code == 422
            assert not differences(one.text, other.text, texts=False)


def _is_number(cell):
    try:
        float(cell)
    except ValueError:
        return False
    return True
