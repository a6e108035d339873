"""Names that want to be markup, formulas or another name, through every field into every page."""

import csv
import io
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest

from detector.cases.open import open_store
from detector.schemas import Accounts
from tests.detector.review.town import browser, open_town, post, seed
from tests.pipelines.tiny_run import TinyRun, lender, write_manifest, write_run

SEEDS = (
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "{{ 7*7 }}{% raw %}",
    "<!--<x>-->]]>",
    "\u202egnp.exe\u2066",
    '=HYPERLINK("http://evil.example")',
    "\x1b]52;c;aGk=\x07",
    "a\r\nSet-Cookie: x=1",
    "../../etc/passwd",
    "x&id=other#y?z",
    "%00%0d%0a",
    "é漢字😀",
    "y" * 10_000,
)
HOSTILE = [f"{seed}{number}" for number in range(60) for seed in SEEDS][:1000]
TAGS = frozenset(
    (
        *("html", "head", "meta", "title", "link", "script", "body", "a", "header", "nav", "form"),
        *("label", "input", "button", "span", "small", "main", "section", "h1", "h2", "h3", "p"),
        *("div", "ul", "li", "ol", "dl", "dt", "dd", "table", "thead", "tbody", "tr", "th", "td"),
        *("details", "summary", "fieldset", "legend", "select", "option", "textarea", "strong"),
        *("kbd", "svg", "rect", "g", "path", "line", "circle", "text", "blockquote"),
    )
)
LONGEST_ID = 240
"""Longer ids are refused when a log is read; every other field may be as long as it likes."""


class Reader(HTMLParser):
    """What a browser would make of a page: its elements, and attributes that would run."""

    def __init__(self):
        super().__init__()
        self.wrong, self.scripts = [], []

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        if tag not in TAGS:
            self.wrong.append(tag)
        self.wrong += [name for name in told if name.startswith("on") or name == "style"]
        if tag == "script":
            self.scripts.append(told.get("src"))
        links = (told.get("href") or "", told.get("action") or "")
        self.wrong += [link for link in links if link and link[0] not in "/#"]


def read(page):
    reader = Reader()
    reader.feed(page)
    return reader


def story(text, number):
    """An account in which every free field holds the same hostile text."""
    found = TinyRun(f"{number:04d}{text[:LONGEST_ID]}", f"tv{text}", f"phone{text}", f"guest{text}")
    reasons = {name: [text] for name in ("reasons", "mitigations")}
    told = {"summary": text, "clearing": text, "pattern": text, "partner": text, "plan": text}
    code = [{"code": text, "parameters": "{}"}]
    row = lender(found.account_id, **reasons, **told, country_of_record=text, reason_codes=code)
    places = [{**place, "city": text, "country": text} for place in found.places()]
    homes = [{**home, "city": text} for home in found.households()]
    evidence = [{**bit, "text": text, "factor": bit["factor"]} for bit in found.evidence()]
    rows = {"accounts": [row], "places": places, "households": homes, "evidence": evidence}
    return Fixed(found, rows)


class Fixed:
    """A story with some of its tables replaced."""

    def __init__(self, found, rows):
        self.found, self.rows = found, rows

    def __getattr__(self, name):
        return (lambda: self.rows[name]) if name in self.rows else getattr(self.found, name)


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    stories = [story(text, number) for number, text in enumerate(SEEDS)]
    write_manifest(write_run(folder, *stories))
    with open_store(str(folder / "cases.db")) as store:
        seed(store, folder)
        with browser(open_town(folder, store=store)) as client:
            yield client, [each.found.account_id for each in stories]


@pytest.mark.parametrize("number", range(len(SEEDS)), ids=lambda n: repr(SEEDS[n][:12]))
class TestPages:
    def test_of_an_account_hold_no_markup_of_its_names(self, town, number):
        client, ids = town
        for path in ("/account", "/account/linked", "/help", "/search"):
            key = "q" if path == "/search" else "id"
            response = client.get(path, params={key: ids[number]}, follow_redirects=True)
            assert response.status_code == 200
            found = read(response.text)
            assert not found.wrong
            assert set(found.scripts) == {"/static/htmx.min.js", "/static/review.js"}
            assert not set("\u202e\u2066\x1b") & set(response.text)

    @pytest.mark.parametrize("table", ["account", "devices", "places", "evidence", "visits"])
    def test_of_rows_hold_none_either(self, town, number, table):
        client, ids = town
        page = client.get("/account/rows", params={"id": ids[number], "table": table}).text
        assert not read(page).wrong

    def test_what_is_typed_comes_back_as_text(self, town, number):
        client, _ = town
        text = SEEDS[number]
        for path, params in (
            ("/search", {"q": text[:300]}),
            ("/queue", {"partner": text[:300], "show": "all"}),
            ("/account", {"id": text[:300]}),
            ("/account/rows", {"id": "x", "table": text[:300]}),
            ("/overview", {"threshold": text[:300]}),
        ):
            response = client.get(path, params=params)
            assert response.status_code < 500
            assert not read(response.text).wrong

    def test_a_note_comes_back_as_text(self, town, number):
        client, ids = town
        page = client.get("/account", params={"id": ids[number]}).text
        review = page.partition('name="review_id" value="')[2].partition('"')[0]
        fields = {"id": ids[number], "answer": "unsure", "note": SEEDS[number][:5000]}
        response = post(client, "/answer", {**fields, "review_id": review})
        assert response.status_code == 303
        assert not read(client.get("/account", params={"id": ids[number]}).text).wrong

    def test_the_graph_is_well_formed(self, town, number):
        client, ids = town
        found = client.get("/account/graph.graphml", params={"id": ids[number]})
        assert ET.fromstring(found.content).tag.endswith("graphml")


def test_lists_hold_no_markup_of_names(town):
    client, _ = town
    for path in ("/queue?show=all", "/overview", "/team"):
        assert not read(client.get(path).text).wrong


@pytest.mark.slow
def test_a_thousand_names_reach_no_page_as_markup(tmp_path):
    """In the list, and in the file that a spreadsheet opens."""
    rows = [
        lender(f"{number:04d}{text[:200]}", summary=text[:200], partner=text[:200])
        for number, text in enumerate(HOSTILE)
    ]
    folder = write_manifest(write_run(tmp_path, honest=rows))
    with browser(open_town(folder)) as client:
        for page in range(1, 6):
            found = read(client.get(f"/queue?show=all&size=200&page={page}").text)
            assert not found.wrong
        text = client.get("/export.csv?show=all").text
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    numbers = [cell for cell in cells if cell[:1] in ("=", "+", "-", "@") and not _is_number(cell)]
    assert len(cells) == 1001 * len(Accounts.column_names())
    assert not numbers


def _is_number(cell):
    try:
        float(cell)
    except ValueError:
        return False
    return True
