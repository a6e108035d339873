import base64
import hashlib
import re
from html.parser import HTMLParser

import polars as pl
import pytest

from detector.charts.histogram import draw_histogram
from detector.errors import InputError, SettingsError
from detector.schemas import Accounts
from detector.stories.first import tell_first
from detector.stories.tell import UnknownAccountError
from pipelines.jobs.evaluate import EVALUATION, evaluate_run
from pipelines.jobs.report import REPORT, write_report
from pipelines.report.charts.dots import draw_rates
from pipelines.report.page import name_anchor
from tests.pipelines.tiny_run import (
    BOB,
    XSS,
    TinyRun,
    account,
    device,
    lender,
    place,
    table,
    visits,
    write_manifest,
    write_run,
    write_tiny_run,
    write_truth,
)

pytestmark = pytest.mark.slow

VOID = {"meta", "link", "img", "br", "hr", "input"}
ADDRESSES = {"src", "href", "xlink:href", "action", "formaction", "data", "poster", "srcset"}


class Page(HTMLParser):
    """What a browser would make of a page: its elements, attributes and words."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.words, self.open = [], [], [], []
        self.inline = {"script": "", "style": ""}
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in self.inline:
            self.inline[self.open[-1]] += data
        else:
            self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


def read(folder, **options):
    return Page(write_report(folder, **options).read_text(encoding="utf-8"))


@pytest.fixture
def run(tmp_path):
    return write_tiny_run(tmp_path / "run")


@pytest.fixture
def page(run):
    return read(run)


class TestSelfContained:
    def test_nothing_is_fetched(self, page):
        targets = [value for name, value in page.attributes if name in ADDRESSES]
        assert targets
        assert all(target.startswith("#") for target in targets)

    def test_style_fetches_nothing(self, page):
        assert not re.search(r"url\(|@import", page.inline["style"])

    def test_policy_allows_our_style_and_script_only(self, page):
        policy = next(value for _, value in page.attributes if value and "default-src" in value)
        assert policy.startswith("default-src 'none'; ")
        assert "unsafe" not in policy
        for content in page.inline.values():
            digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
            assert f"'sha256-{digest}'" in policy

    def test_no_style_attribute_that_the_policy_would_refuse(self, page):
        assert not [name for name, _ in page.attributes if name == "style" or name[:2] == "on"]

    def test_every_element_is_closed(self, page):
        assert page.open == []

    def test_links_lead_somewhere(self, page):
        anchors = {value for name, value in page.attributes if name == "id"}
        links = {value[1:] for name, value in page.attributes if name == "href"}
        assert links <= anchors


class TestHostileNames:
    def test_no_element_comes_from_an_id(self, page):
        assert page.tags.count("script") == 1
        assert "img" not in page.tags

    def test_ids_are_shown_as_text(self, page):
        assert f"tv{XSS}" in page.text

    def test_pictures_escape_them_too(self, run):
        raw = (write_report(run)).read_text(encoding="utf-8")
        assert raw.count("<script") == 1
        assert "<img" not in raw

    def test_control_characters_are_gone(self, run):
        raw = write_report(run).read_text(encoding="utf-8")
        assert not set(raw) & {"\x1b", "\x07", "\u202e", "\u2028"}

    def test_a_hostile_situation(self, run, tmp_path):
        found = evaluate_run(run, write_truth(tmp_path / "world"))
        written = found.to_json().replace("other city", XSS.replace('"', '\\"'))
        (run / EVALUATION).write_text(written, encoding="utf-8")
        assert "img" not in read(run).tags

    def test_a_hostile_folder_name(self, tmp_path):
        folder = write_tiny_run(tmp_path / "<img src=x>")
        assert "img" not in read(folder).tags

    def test_no_address_is_shown(self, run):
        assert "192.0.2.1" not in write_report(run).read_text(encoding="utf-8")


class TestContents:
    def test_totals(self, page):
        assert "2 of 3 accounts flagged" in page.text

    def test_a_flagged_account_has_its_story(self, page):
        for words in ("Two groups of devices live", "Household 1", "separation", "+6.50"):
            assert words in page.text

    def test_themes_for_and_against_and_what_would_clear_it(self, page):
        first = tell_first(lender("bob"))
        for told in (*first.speaks_for, *first.speaks_against):
            assert told.sentence in page.text
        assert (
            "Without the television of household 1 it would fall just below the threshold."
            in page.text
        )

    def test_colours_are_told_beside_the_pictures(self, run):
        raw = write_report(run).read_text(encoding="utf-8")
        legend = (
            '<li><span class="h0"></span>Home</li><li><span class="h1"></span>Household 1</li>'
            '<li><span class="hx"></span>No household</li>'
        )
        assert raw.count(legend) == 3 * raw.count("<article")

    def test_honest_accounts_are_not_told(self, page):
        assert not re.search(r"\bada\b", page.text)

    def test_most_probable_first(self, tmp_path):
        weaker = TinyRun("weaker", "w-tv", "w-phone", "w-guest")
        strong = [lender("weaker", probability=0.95), lender("bob", probability=0.99)]
        folder = write_run(tmp_path, weaker, BOB)
        (folder / "accounts.parquet").unlink()
        table(Accounts, strong).write_parquet(folder / "accounts.parquet")
        text = read(folder).text
        assert text.index("bob") < text.index("weaker")

    def test_pictures_say_what_they_show(self, page):
        labels = [value for name, value in page.attributes if name == "aria-label"]
        assert sum(label.startswith("Days on which each") for label in labels) == 2

    def test_top_limits_the_stories(self, run):
        assert read(run, top=1).tags.count("article") == 1

    def test_nobody_who_is_flagged_is_left_out(self, tmp_path):
        names = [f"acc-{n:03}" for n in range(130)]
        folder = write_run(tmp_path, BOB)
        accounts = [lender(name) for name in ("bob", *names)]
        table(Accounts, accounts).write_parquet(folder / "accounts.parquet")
        shown = read(folder, top=0)
        assert all(name in shown.text for name in names)

    def test_accounts_that_are_asked_for_are_told_in_full(self, run):
        shown = read(run, accounts=["ada"])
        assert shown.tags.count("article") == 1

    def test_an_account_that_the_run_does_not_hold(self, run):
        with pytest.raises(UnknownAccountError, match="'nobody'"):
            write_report(run, accounts=["nobody"])

    def test_an_account_is_found_under_one_anchor_in_every_report(self, run):
        told = [read(run, top=top).attributes for top in (9, 0)]
        assert all(("id", name_anchor("bob")) in attributes for attributes in told)

    def test_top_of_none(self, run):
        assert "None is told in full." in read(run, top=0).text

    def test_top_below_none(self, run):
        with pytest.raises(SettingsError):
            write_report(run, top=-1)

    def test_one_account_of_many_devices_and_places(self, tmp_path):
        class Resold(TinyRun):
            def devices(self):
                return [device("bob", f"d{i}", household=i) for i in range(90)]

            def places(self):
                return [place("bob", i, household=i) for i in range(90)]

            def visits(self):
                return [row for i in range(90) for row in visits("bob", f"d{i}", i, range(i % 9))]

        text = read(write_run(tmp_path, Resold())).text
        assert "more devices" in text
        assert "more places" in text

    def test_evidence_sums_to_what_is_shown(self, page):
        shown = [float(bits) for bits in re.findall(r"[+-]\d+\.\d\d", page.text)]
        *terms, total = shown[: len(shown) // 2]
        assert round(sum(terms), 2) == total


class TestMap:
    def test_each_account_has_one(self, page):
        labels = [value for name, value in page.attributes if name == "aria-label"]
        assert labels.count("Map of 3 places, to a tenth of a degree") == 2

    def test_none_where_the_log_has_no_coordinates(self, tmp_path):
        class Nowhere(TinyRun):
            def places(self):
                return [row | {"latitude": None, "longitude": None} for row in super().places()]

        assert "Places on the map" not in read(write_run(tmp_path, Nowhere())).text

    def test_it_costs_few_bytes(self, tmp_path, run):
        raw = write_report(run).read_text(encoding="utf-8")
        maps = [part.split("</svg>")[0] for part in raw.split('<div class="figure whole map">')[1:]]
        assert max(map(len, maps)) < 20_000


class TestSize:
    def test_a_flagged_account_costs_few_bytes_besides_its_own_words(self, tmp_path):
        """So that ten thousand of them, told in 400 letters each, stay under 10 MB."""
        words = "x" * 400
        sizes = []
        for count in (0, 300):
            folder = write_run(tmp_path / str(count))
            rows = [lender(f"account-{n:028}", summary=words) for n in range(count)]
            table(Accounts, rows).write_parquet(folder / "accounts.parquet")
            sizes.append(write_report(folder, top=0).stat().st_size)
        assert (sizes[1] - sizes[0]) / 300 < 1000


class TestInputs:
    def test_window_files_and_rows(self, run):
        text = read(write_manifest(run)).text
        for words in (
            "1 May 2026 to 11 Jun 2026",
            "1,000 rows read, 990 kept, 10 refused: private address",
            "may.parquet",
            "Times without a zone were taken as UTC.",
        ):
            assert words in text

    def test_a_hostile_file_name(self, run):
        page = read(write_manifest(run))
        assert page.tags.count("script") == 1
        assert "img" not in page.tags

    def test_a_run_without_a_manifest(self, page):
        assert "rows read" not in page.text


class TestEvaluationSection:
    def test_plots_appear_once_the_run_was_evaluated(self, run, tmp_path):
        assert "How good" not in read(run).text
        evaluate_run(run, write_truth(tmp_path / "world"))
        page = read(run)
        labels = [value for name, value in page.attributes if name == "aria-label"]
        assert "Precision over recall" in labels
        assert "other city" in page.text

    def test_a_broken_evaluation(self, run):
        (run / EVALUATION).write_text("{}", encoding="utf-8")
        with pytest.raises(InputError, match="no evaluation"):
            write_report(run)

    def test_a_world_without_anybody(self, run, tmp_path):
        world = write_truth(tmp_path / "world")
        for name in ("truth_accounts", "truth_devices"):
            path = world / f"{name}.parquet"
            pl.read_parquet(path).clear().write_parquet(path)
        evaluate_run(run, world)
        assert "average precision" in read(run).text


class TestEmptyRun:
    def test_no_account_at_all(self, tmp_path):
        assert "0 of 0 accounts flagged" in read(write_run(tmp_path)).text

    def test_nobody_is_flagged(self, tmp_path):
        text = read(write_run(tmp_path, honest=[account("ada")])).text
        assert "No account is flagged." in text

    def test_no_folder(self, tmp_path):
        with pytest.raises(InputError, match="There is no folder"):
            write_report(tmp_path / "nowhere")


class TestDeterminism:
    def test_same_bytes_twice(self, run, tmp_path):
        evaluate_run(run, write_truth(tmp_path / "world"))
        first = write_report(run).read_bytes()
        (run / REPORT).unlink()
        assert write_report(run).read_bytes() == first


class TestDrawings:
    def test_a_single_account_is_a_visible_bar(self):
        drawn = draw_histogram([1, *[0] * 19], [0] * 20)
        assert re.search(r'height="3" class="column all"', drawn)

    def test_no_situation_no_picture(self):
        assert draw_rates((), "nothing") == ""
