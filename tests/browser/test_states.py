"""Runs that are empty, small or crowded, in the report and on the pages: nothing cut, all told."""

from pathlib import Path

import pytest

from pipelines.jobs.report import write_report
from tests.browser.axe import find_serious
from tests.browser.states import write_nobody, write_one, write_states

pytestmark = pytest.mark.slow
OUTPUT = Path(__file__).with_name("output")
WIDTHS = (1280, 390)
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
    """Open a page in one width and scheme, keep a picture of it, and find nothing cut."""

    def open_and_look(address, name, *, width=1280, scheme="light", ask=None):
        size = {"width": width, "height": 800}
        with browser.new_context(viewport=size, color_scheme=scheme, bypass_csp=True) as context:
            page = context.new_page()
            page.goto(address)
            page.wait_for_load_state("networkidle")
            # An account that is not in view is not laid out, and its words have no size.
            page.add_style_tag(content="article { content-visibility: visible !important }")
            OUTPUT.mkdir(exist_ok=True)
            page.screenshot(path=OUTPUT / f"{name}-{width}-{scheme}.png", full_page=True)
            assert page.evaluate(BEYOND) <= 0
            assert page.evaluate(CUT) == []
            assert page.evaluate(OVER) == []
            assert find_serious(page) == []
            return ask(page) if ask else None

    return open_and_look


def told_colours(page):
    """For each picture of households, its colours, and those of the legend before it."""
    found = []
    for figure in page.query_selector_all(DRAWN):
        legend = figure.evaluate_handle(
            "(it) => { do it = it.previousElementSibling; while (!it.matches('.legend'));"
            "  return it; }"
        )
        found.append((set(figure.evaluate(COLOURS)), set(legend.as_element().evaluate(COLOURS))))
    return found


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


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
class TestReport:
    def test_crowded_accounts_have_legends_and_nothing_is_cut(self, look, folder, width, scheme):
        report = write_report(folder).as_uri()
        told = look(report, "report-crowded", width=width, scheme=scheme, ask=told_colours)
        assert len(told) == 4 * 2 + 3
        assert all(drawn <= legend for drawn, legend in told)

    @pytest.mark.parametrize("state", ["nobody", "one"])
    def test_hardly_anybody(self, look, folder, width, scheme, state):
        def words(page):
            return page.inner_text("#cases")

        report = write_report(folder).as_uri()
        told = look(report, f"report-{state}", width=width, scheme=scheme, ask=words)
        assert "No account is flagged." in told


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
class TestPages:
    def test_many_devices_are_grouped_by_household_and_kind(self, look, serve, width, scheme):
        def graph(page):
            return page.inner_text("#graph"), told_colours(page)

        address = f"{serve()}/account?id=many-devices&day=2026-05-04"
        name = "account-many-devices"
        words, told = look(address, name, width=width, scheme=scheme, ask=graph)
        assert "grouped by household and kind" in words
        assert "4 devices: tablet" in words
        assert len(told) == 4
        assert all(drawn <= legend for drawn, legend in told)

    def test_many_households_have_six_colours_and_a_grey(self, look, serve, width, scheme):
        address = f"{serve()}/account?id=many-households"
        name = "account-many-households"
        told = look(address, name, width=width, scheme=scheme, ask=told_colours)
        six = {f"h{number}" for number in range(6)}
        assert all(six | {"hm"} <= drawn <= legend for drawn, legend in told)

    def test_a_log_without_coordinates_has_no_map(self, look, serve, width, scheme):
        def count(page):
            return page.locator("#map").count()

        address = f"{serve()}/account?id=nowhere"
        assert look(address, "account-nowhere", width=width, scheme=scheme, ask=count) == 0


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("state", ["nobody", "one"])
@pytest.mark.parametrize("page", ["queue?show=all", "overview", "team"])
def test_pages_of_hardly_anybody(look, serve, page, state, width):
    def heading(opened):
        return opened.locator("h1").count()

    name = f"{page.partition('?')[0]}-{state}"
    assert look(f"{serve()}/{page}", name, width=width, ask=heading) == 1
