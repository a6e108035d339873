"""Decisions: kept once, held by one, taken back; the next case comes by itself."""

import re

import polars as pl
import pytest
from sqlalchemy import insert

from detector.cases.reviewing import reviews
from detector.cases.rows import GOLDEN
from detector.kinds import CaseState
from detector.policy.rules import ReviewTerms
from detector.review.access.people import Visitor
from tests.detector.review.town import (
    CSRF,
    REVIEW,
    answer,
    browser,
    flagged_ids,
    kinds,
    open_town,
    post,
    state_of,
)


def reviews_of(store):
    with store.reading() as reading:
        return reviews(reading)


@pytest.fixture
def others(folder, store, clock):
    """A second reviewer at a server of their own over the same store."""
    return browser(
        open_town(folder, store=store, clock=clock, everybody=Visitor("sam", "reviewer"))
    )


class TestAnswer:
    @pytest.mark.parametrize(
        ("said", "state"),
        [
            ("confirm", "confirmed"),
            ("clear", "cleared"),
            ("unsure", "under_review"),
            ("skip", "open"),
            ("swap", "open"),
        ],
    )
    def test_brings_the_case_where_it_says(self, eve, store, said, state):
        assert answer(eve, "bob", said).status_code == 303
        assert state_of(store, "bob") == state

    def test_an_exemption_has_a_reason_and_a_last_day(self, eve, store):
        assert answer(eve, "bob", "exempt", until="2026-12-31").status_code == 422
        answer(eve, "bob", "exempt", until="2026-12-31", note="staff")
        assert state_of(store, "bob") == "exempt"

    def test_leads_to_the_next_case(self, eve):
        response = answer(eve, "bob", "confirm")
        assert response.headers["location"].startswith("/account?id=")
        assert "id=bob&" not in response.headers["location"]

    def test_sent_twice_is_written_once(self, eve, store):
        page = eve.get("/account?id=bob").text
        fields = {"id": "bob", "answer": "confirm", "review_id": REVIEW.search(page).group(1)}
        for _ in range(2):
            post(eve, "/answer", fields, csrf=CSRF.search(page).group(1))
        assert reviews_of(store).height == 1

    def test_keeps_what_was_before_the_reviewer(self, eve, store, clock):
        page = eve.get("/account?id=bob").text
        shown = str(clock.now)
        clock.on(seconds=42)
        fields = {"id": "bob", "answer": "clear", "shown_us": shown, "note": " student "}
        fields["review_id"] = REVIEW.search(page).group(1)
        post(eve, "/answer", fields, csrf=CSRF.search(page).group(1))
        row = reviews_of(store).row(0, named=True)
        kept = (row["seconds"], row["note"], row["probability"], row["run"], row["drawn"])
        assert kept == (42.0, "student", 0.97, "f" * 64, "chosen")

    def test_an_account_that_was_handed_out_was_drawn(self, eve, store):
        answer(eve, "bob", "clear", given="yes")
        assert reviews_of(store)["drawn"].item() == "flagged"

    def test_an_unflagged_account_is_answered_without_a_case(self, eve, store):
        assert answer(eve, "ada", "clear").status_code == 303
        assert reviews_of(store)["account_id"].to_list() == ["ada"]

    def test_all_flagged_accounts_come_by_once(self, eve, folder):
        seen = []
        response = post(eve, "/next")
        while "/account" in response.headers["location"]:
            account_id = dict(eve.get(response.headers["location"]).url.params)["id"]
            seen.append(account_id)
            response = answer(eve, account_id, "clear")
        assert sorted(seen) == flagged_ids(folder)
        assert response.headers["location"].startswith("/done")
        assert "Nobody has anything left" in eve.get(response.headers["location"]).text

    def test_without_a_store_nothing_is_decided(self, folder):
        client = browser(open_town(folder))
        assert 'name="answer"' not in client.get("/account?id=bob").text
        assert "csrf" not in client.get("/queue").text
        assert post(client, "/next").status_code == 403


HTMX = {"hx-request": "true"}


class TestFragments:
    """With scripts the same forms are sent by htmx, which swaps error bodies in."""

    def test_a_success_leads_on(self, eve):
        page = eve.get("/account?id=bob").text
        fields = {"id": "bob", "answer": "confirm", "review_id": REVIEW.search(page).group(1)}
        csrf = CSRF.search(page).group(1)
        response = post(eve, "/answer", fields, csrf=csrf, headers=HTMX)
        assert response.status_code == 200
        assert response.headers["hx-redirect"].startswith("/account?id=")

    def test_an_error_is_a_part_of_the_page(self, eve, others):
        page = eve.get("/account?id=bob").text
        others.get("/account?id=bob")
        fields = {"id": "bob", "answer": "no such", "review_id": "r"}
        csrf = CSRF.search(page).group(1)
        response = post(eve, "/answer", fields, csrf=csrf, headers=HTMX)
        assert response.status_code == 422
        assert response.text.startswith('<p class="alarm" role="alert">')

    def test_linked_accounts_come_as_a_part(self, eve):
        response = eve.get("/account/linked?id=bob", headers=HTMX)
        assert "<html" not in response.text
        assert "<html" in eve.get("/account/linked?id=bob").text


class TestClaims:
    def test_two_never_hold_one_account(self, eve, others):
        eve.get("/account?id=bob")
        page = others.get("/account?id=bob").text
        assert "eve looks at this account until" in page
        assert 'data-key="1"' not in page

    def test_who_does_not_hold_it_is_refused(self, eve, others, store):
        eve.get("/account?id=bob")
        response = post(others, "/answer", {"id": "bob", "answer": "clear", "review_id": "r"})
        assert response.status_code == 409
        assert "eve looks at" in response.text
        assert state_of(store, "bob") == "open"

    def test_a_claim_ends_by_itself(self, eve, others, clock):
        eve.get("/account?id=bob")
        clock.on(seconds=901)
        assert 'data-key="1"' in others.get("/account?id=bob").text

    def test_two_are_handed_different_accounts(self, eve, others):
        mine, theirs = post(eve, "/next"), post(others, "/next")
        assert mine.headers["location"] != theirs.headers["location"]

    def test_what_is_left_to_others_is_free(self, eve, others):
        eve.get("/account?id=bob")
        post(eve, "/release", {"id": "bob"})
        assert 'data-key="1"' in others.get("/account?id=bob").text


class TestUndo:
    def test_takes_back_the_last_answer_and_shows_the_account(self, eve, store):
        answer(eve, "bob", "clear")
        response = post(eve, "/undo")
        assert response.headers["location"].startswith("/account?id=bob")
        assert state_of(store, "bob") == "open"
        assert kinds(store, "bob").count("undo") == 1

    def test_of_nothing_is_said(self, eve):
        assert post(eve, "/undo").status_code == 409

    def test_nobody_takes_back_what_another_said(self, eve, others, store):
        answer(eve, "bob", "clear")
        assert post(others, "/undo").status_code == 409
        assert state_of(store, "bob") == "cleared"


def parts(client, account_id):
    """What a page says of the case, without what differs from account to account."""
    page = client.get(f"/account?id={account_id}").text
    case = re.search(r'<section class="decide".*?</section>', page, re.DOTALL)[0]
    history = page.partition("History of the case")[2]
    return re.sub(r'value="[^"]*"', "", case + history).replace(account_id, "")


class TestGolden:
    @pytest.fixture
    def golden(self, store):
        with store.writing("lead", 1, person=True) as writing:
            row = {"account_id": "bob", "run": "f" * 64, "answer": "confirm"}
            writing.connection.execute(insert(GOLDEN).values(**row, added_by="lead", at_us=1))

    def test_looks_like_any_other_case(self, eve, golden):
        assert parts(eve, "bob") == parts(eve, "meg")

    def test_moves_no_case_and_is_counted(self, eve, golden, store):
        answer(eve, "bob", "clear")
        assert state_of(store, "bob") == "open"
        assert "0 of 1" in eve.get("/team").text

    def test_comes_again_to_nobody(self, folder, store, clock, golden):
        terms = ReviewTerms(golden_share=1.0)
        eve = browser(open_town(folder, store=store, clock=clock, terms=terms))
        assert "id=bob" in post(eve, "/next").headers["location"]
        assert "id=bob" not in answer(eve, "bob", "confirm").headers["location"]


class TestSecondLooks:
    @pytest.fixture
    def two(self, folder, store, clock):
        """Eve and Sam, where every answer is looked at again."""
        terms = ReviewTerms(second_share=1.0, golden_share=0.0)

        def come(name, role="reviewer"):
            person = Visitor(name, role)
            app = open_town(folder, store=store, clock=clock, terms=terms, everybody=person)
            return browser(app)

        return come

    def test_are_handed_to_somebody_else(self, two):
        answer(two("eve"), "bob", "confirm")
        assert "id=bob&" in post(two("sam"), "/next").headers["location"]
        assert "id=bob&" not in post(two("eve"), "/next").headers["location"]

    def test_do_not_show_what_was_said_first(self, two):
        answer(two("eve"), "bob", "confirm", note="my secret reason")
        page = two("sam").get("/account?id=bob").text
        assert "confirmed" not in page and "my secret reason" not in page

    def test_that_differ_go_to_a_lead_who_settles_them(self, two, store):
        answer(two("eve"), "bob", "confirm")
        answer(two("sam"), "bob", "clear")
        assert state_of(store, "bob") == "under_review"
        lea = two("lea", "lead")
        assert "eve: confirm" in lea.get("/team").text
        answer(lea, "bob", "clear")
        assert state_of(store, "bob") == "cleared"
        assert "eve: confirm" not in lea.get("/team").text


class TestSample:
    def test_unflagged_accounts_are_drawn_and_say_so(self, folder, store, clock):
        terms = ReviewTerms(unflagged_share=1.0, golden_share=0.0)
        eve = browser(open_town(folder, store=store, clock=clock, terms=terms))
        location = post(eve, "/next", {"in": "show=sample"}).headers["location"]
        drawn = "ada" if "id=ada&" in location else "tom"
        answer(eve, drawn, "clear", given="yes")
        assert reviews_of(store)["drawn"].to_list() == ["random"]


class TestCallCentre:
    def test_an_appeal_is_noted_and_the_case_moves(self, eve, store):
        with store.writing("night", 2) as writing:
            writing.bring(pl.Series(["bob"]), CaseState.WARNED, "told")
        post(eve, "/help/appeal", {"id": "bob", "note": "daughter studies"})
        assert state_of(store, "bob") == "appealed"

    def test_an_appeal_without_words_is_none(self, eve):
        assert post(eve, "/help/appeal", {"id": "bob", "note": " "}).status_code == 422
