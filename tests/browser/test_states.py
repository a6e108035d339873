"""Runs that are empty, small or crowded, in the report and on the pages: nothing cut, all told."""

from pathlib import Path

import pytest

from pipelines.jobs.report import write_report
from tests.browser.axe import find_serious
from tests.browser.server import wait_for_all
from tests.browser.states import write_nobody, write_one, write_states

pytestmark = pytest.mark.slow
OUTPUT = Path(__file__).with_name("output")
CUT = """() => [...document.querySelectorAll("svg[role]")].flatMap((picture) => {
  const frame = picture.getBoundingClientRect();
  return [...picture.querySelectorAll("text")].filter((words) => {
    const box = words.getBoundingClientRect();
    return box.left < frame.left - 1 || box.right > frame.right + 1
        || box.top < frame.top - 1 || box.bottom > frame.bottom + 1;
  }).map((words) => words.textContent);
})"""
OVER = """() => [...document.querySelectorAll("svg[role]")].flatMap((picture) => {
  const names = [...picture.querySelectorAll("text")].map((words) => {
    const box = words.getBoundingClientRect();
    return [words.textContent, box.left, box.top + 3, box.right, box.bottom - 3];
  });
  return names.flatMap((a, i) => names.slice(i + 1).filter((b) =>
    a[1] < b[3] && a[3] > b[1] && a[2] < b[4] && a[4] > b[2]).map((b) => [a[0], b[0]]));
})"""
BEYOND = "document.documentElement.scrollWidth - innerWidth"
COLOURS = """(figure) => [...new Set([...figure.querySelectorAll("[class]")].flatMap(
  (part) => [...part.classList].filter((name) => /^h[0-5mx]$/.test(name))))]"""
DRAWN = ".figure:has(.h0)"


@pytest.fixture
def look(browser):
    """Open a page, keep a picture of it in each width and scheme, and find nothing cut."""

    def open_and_look(address, name):
        with browser.new_context(bypass_csp=True) as context:
            page = context.new_page()
            page.goto(address)
            wait_for_all(page)
            # An account that is not in view is not laid out, and its words have no size.
            page.add_style_tag(content="article { content-visibility: visible !important }")
            OUTPUT.mkdir(exist_ok=True)
            for width in (1280, 390):
                page.set_viewport_size({"width": width, "height": 800})
                for scheme in ("light", "dark"):
                    page.emulate_media(color_scheme=scheme)
                    path = OUTPUT / f"{name}-{width}-{scheme}.png"
                    page.screenshot(path=path, full_page=True)
                    assert find_serious(page) == [], path.name
                assert page.evaluate(BEYOND) <= 0, width
                assert page.evaluate(CUT) == [], width
                assert page.evaluate(OVER) == [], width
            told = [told_colours(figure) for figure in page.query_selector_all(DRAWN)]
            return page.inner_text("body"), told

    return open_and_look


def told_colours(figure):
    """The colours of a picture of households, and those of the legend before it."""
    legend = figure.evaluate_handle(
        "(it) => { do it = it.previousElementSibling; while (!it.matches('.legend')); return it }"
    )
    return set(figure.evaluate(COLOURS)), set(legend.as_element().evaluate(COLOURS))


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    root = tmp_path_factory.mktemp("runs")
    makers = {"crowded": write_states, "nobody": write_nobody, "one": write_one}
    return {name: make(root / name) for name, make in makers.items()}


@pytest.fixture
def state():
    """Which of them is looked at."""
    return "crowded"


@pytest.fixture
def folder(runs, state):
    return runs[state]


class TestReport:
    def test_crowded_accounts_have_legends_and_nothing_is_cut(self, look, folder):
        _, told = look(write_report(folder).as_uri(), "report-crowded")
        assert len(told) == 4 * 2 + 3
        assert all(drawn <= legend for drawn, legend in told)

    @pytest.mark.parametrize("state", ["nobody", "one"])
    def test_hardly_anybody(self, look, folder, state):
        words, _ = look(write_report(folder).as_uri(), f"report-{state}")
        assert "No account is flagged." in words


class TestPages:
    def test_many_devices_are_grouped_by_household_and_kind(self, look, serve):
        address = f"{serve()}/account?id=many-devices&day=2026-05-04"
        words, told = look(address, "account-many-devices")
        assert "grouped by household and kind" in words
        assert "4 devices: tablet" in words
        assert len(told) == 4
        assert all(drawn <= legend for drawn, legend in told)

    def test_many_households_have_six_colours_and_a_grey(self, look, serve):
        address = f"{serve()}/account?id=many-households"
        _, told = look(address, "account-many-households")
        six = {f"h{number}" for number in range(6)}
        assert len(told) == 3
        assert all(six | {"hm"} <= drawn <= legend for drawn, legend in told)

    def test_a_log_without_coordinates_has_no_map(self, look, serve):
        words, told = look(f"{serve()}/account?id=nowhere", "account-nowhere")
        assert "Places on the map" not in words
        assert len(told) == 2

    @pytest.mark.parametrize("state", ["nobody", "one"])
    @pytest.mark.parametrize("page", ["queue?show=all", "overview"])
    def test_hardly_anybody(self, look, serve, page, state):
        words, _ = look(f"{serve()}/{page}", f"{page.partition('?')[0]}-{state}")
        assert {"nobody": "0 accounts", "one": "1 account"}[state] in words
