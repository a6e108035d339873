"""The table of a report as a person has it: searched, sorted, turned; whole without scripts."""

import pytest

from detector.schemas import Accounts
from pipelines.jobs.report import write_report
from pipelines.report.page import name_anchor
from tests.pipelines.tiny_run import BOB, lender, table, write_run

pytestmark = pytest.mark.slow
ACCOUNTS, PAGE = 250, 100


def name_of(number):
    return f"acc-{number:03}"


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = write_run(tmp_path_factory.mktemp("run"), BOB)
    rows = [
        lender(name_of(n), evidence_bits=float(n), devices=1 + n % 7, partner="Telvia")
        for n in range(ACCOUNTS)
    ]
    table(Accounts, rows).write_parquet(folder / "accounts.parquet")
    return write_report(folder, top=0).as_uri()


@pytest.fixture
def page(watched, context, report):
    opened = context.new_page()
    opened.goto(report)
    return opened


def rows(page):
    return page.locator("table.paged tbody tr")


def first(page):
    return rows(page).first.locator("td").first.inner_text()


class TestTable:
    def test_a_page_of_it_is_shown_and_it_says_of_how_many(self, page):
        assert rows(page).count() == PAGE
        assert page.locator("output").inner_text() == f"1 to {PAGE} of {ACCOUNTS}"

    def test_any_account_is_found_by_its_name(self, page):
        page.get_by_label("Search").fill("ACC-007")
        assert (rows(page).count(), first(page)) == (1, "acc-007")

    def test_what_nobody_has_is_not_found(self, page):
        page.get_by_label("Search").fill("nobody of that name")
        assert page.locator("output").inner_text() == "none"

    def test_pages_are_turned_to_the_last_account(self, page):
        for _ in range(2):
            page.get_by_role("button", name="Next").click()
        assert page.locator("output").inner_text() == f"201 to {ACCOUNTS} of {ACCOUNTS}"
        assert page.get_by_role("button", name="Next").is_disabled()

    def test_all_accounts_are_sorted_not_only_those_in_view(self, page):
        assert first(page) == name_of(ACCOUNTS - 1)
        heading = page.get_by_role("button", name="Account", exact=True)
        heading.click()
        heading.click()
        assert first(page) == name_of(0)

    def test_numbers_are_sorted_as_numbers(self, page):
        page.get_by_role("button", name="Probability").click()
        page.get_by_role("button", name="Probability").click()
        assert first(page) == name_of(0)

    def test_a_link_to_an_account_turns_to_its_page(self, page, report):
        page.goto("about:blank")
        page.goto(f"{report}#{name_anchor(name_of(3))}")
        assert page.locator("output").inner_text().startswith("201 to")
        assert page.get_by_text(name_of(3), exact=True).is_visible()


class TestWithoutScripts:
    @pytest.fixture
    def scripts(self):
        return False

    def test_nobody_is_left_out(self, page):
        assert rows(page).count() == ACCOUNTS
        assert not page.locator("#choose").is_visible()
