"""The review pages as a person has them: keys, a second person, hostile names, narrow and dark."""

from pathlib import Path

import pytest
from sqlalchemy import insert

from detector.cases.reviewing import claim, release
from detector.cases.rows import GOLDEN
from tests.browser.axe import find_serious
from tests.browser.server import wait_for_all
from tests.detector.review.town import NOW, kinds, state_of
from tests.pipelines.tiny_run import ESCAPE

pytestmark = pytest.mark.slow
OUTPUT = Path(__file__).with_name("output")
PAGES = {
    "queue": "/queue",
    "account": "/account?id=bob&day=2026-05-02",
    "overview": "/overview",
    "team": "/team",
    "help": "/help?id=bob",
    "rows": "/account/rows?id=bob&table=devices",
}


@pytest.fixture
def page(watched, context):
    return context.new_page()


def account_of(page):
    return page.locator("h1").inner_text()


class TestKeys:
    def test_a_queue_is_worked_without_a_mouse(self, page, serve, store):
        page.goto(f"{serve()}/queue")
        page.keyboard.press("j")
        first = page.evaluate("document.activeElement.textContent")
        page.keyboard.press("Enter")
        page.wait_for_url("**/account?id=*")
        assert account_of(page) == first
        page.keyboard.press("1")
        page.wait_for_url("**given=yes")
        assert state_of(store, first) == "confirmed"
        assert account_of(page) != first

    def test_an_answer_is_taken_back_by_a_key(self, page, serve, store):
        page.goto(f"{serve()}/account?id=bob")
        page.keyboard.press("2")
        page.wait_for_url("**given=yes")
        page.keyboard.press("u")
        page.wait_for_url("**id=bob*")
        assert state_of(store, "bob") == "open"

    def test_keys_typed_into_a_note_decide_nothing(self, page, serve, store):
        page.goto(f"{serve()}/account?id=bob")
        page.keyboard.press("n")
        page.keyboard.type("1 2 3 4 s u")
        assert page.locator("textarea").input_value() == "1 2 3 4 s u"
        assert "review" not in kinds(store, "bob")

    def test_each_key_stands_on_its_button(self, page, serve):
        page.goto(f"{serve()}/account?id=bob")
        for key in "1234su":
            assert page.locator(f'[data-key="{key}"] kbd').inner_text() == key


class TestTwoPeople:
    def test_never_decide_about_one_case(self, page, serve, store, browser):
        page.goto(f"{serve()}/account?id=bob")
        with browser.new_context() as other:
            theirs = other.new_page()
            theirs.goto(f"{serve('sam', 'reviewer')}/account?id=bob")
            assert "eve looks at this account" in theirs.locator(".decide").inner_text()
            assert theirs.locator('[data-key="1"]').count() == 0

    def test_a_conflict_is_said_where_one_looks(self, page, serve, store, watched):
        page.goto(f"{serve()}/account?id=bob")
        release(store, "bob", "eve", NOW)
        claim(store, "bob", "sam", NOW)
        with page.expect_response("**/answer") as answered:
            page.keyboard.press("1")
        assert answered.value.status == 409
        page.get_by_role("alert").wait_for()
        assert "sam looks at" in page.get_by_role("alert").inner_text()
        assert [said for said in watched if "409" not in said] == []
        watched.clear()


class TestWithoutScripts:
    @pytest.fixture
    def scripts(self):
        return False

    def test_the_queue_and_the_decisions_work(self, page, serve, store):
        page.goto(f"{serve()}/queue")
        page.get_by_role("button", name="Start with the first").click()
        decided = account_of(page)
        page.get_by_role("button", name="One household").click()
        assert state_of(store, decided) == "cleared"
        assert account_of(page) != decided
        page.get_by_role("button", name="Undo").click()
        assert account_of(page) == decided
        assert state_of(store, decided) == "open"


def test_a_filter_is_in_the_address(page, serve):
    page.goto(f"{serve()}/queue?show=all")
    page.get_by_label("one household").check()
    page.wait_for_url("**verdict=one_household*")
    page.get_by_text("1 account", exact=True).wait_for()
    page.reload()
    assert page.get_by_label("one household").is_checked()


def test_a_golden_case_is_answered_like_any_other(page, serve, store):
    with store.writing("lead", 1, person=True) as writing:
        row = {"account_id": "bob", "run": "f" * 64, "answer": "clear"}
        writing.connection.execute(insert(GOLDEN).values(**row, added_by="lead", at_us=1))
    page.goto(f"{serve()}/account?id=bob")
    assert "golden" not in page.content().lower()
    page.keyboard.press("2")
    page.wait_for_url("**given=yes")
    assert state_of(store, "bob") == "open"


def test_hostile_names_are_shown_as_text(page, serve):
    where = serve()
    page.goto(f"{where}/queue")
    page.get_by_role("link", name="evil").click()
    page.wait_for_load_state("networkidle")
    assert "<script>alert(1)</script>" in account_of(page)
    assert page.locator("h1 script, img").count() == 0
    assert ESCAPE not in page.content()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_accessible_and_fit(serve, browser, scheme):
    where = serve()
    OUTPUT.mkdir(exist_ok=True)
    for width in (1280, 390):
        size = {"width": width, "height": 800}
        with browser.new_context(viewport=size, color_scheme=scheme, bypass_csp=True) as context:
            page = context.new_page()
            for name, address in PAGES.items():
                page.goto(where + address)
                wait_for_all(page)
                page.screenshot(path=OUTPUT / f"{name}-{width}-{scheme}.png", full_page=True)
                beyond = page.evaluate("document.documentElement.scrollWidth - innerWidth")
                assert beyond <= 0, (name, width)
                assert find_serious(page) == [], (name, width)


def test_what_to_know_first_stands_above_the_fold(page, serve):
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{serve()}/account?id=bob")
    for part in (".verdict.big", ".lead", ".sides", ".answers"):
        box = page.locator(part).bounding_box()
        assert box["y"] + box["height"] <= 800
