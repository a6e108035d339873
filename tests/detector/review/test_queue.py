"""The queue: filters in the address, counts of other choices, pages, order."""

import numpy as np
import polars as pl
import pytest

from detector.review.access.people import Visitor
from detector.review.filters import QueueFilter, read_filter
from detector.review.index import load_index
from detector.review.queue import Queues, Standing
from detector.runs.run import Run
from detector.schemas import Accounts
from tests.detector.review.town import answer, browser, open_town, post
from tests.pipelines.tiny_run import ESCAPE, account, lender, write_manifest, write_run


@pytest.fixture
def queues(folder):
    return Queues(load_index(folder))


def ids(queues, query):
    found = queues.answer(read_filter(query), Standing(0))
    return [queues.index.accounts[int(row)] for row in found.rows]


class TestAnswer:
    def test_flagged_accounts_come_without_asking(self, queues):
        assert set(ids(queues, "")) == {"bob", "meg", ESCAPE}

    def test_borderline_accounts_are_found(self, queues):
        assert ids(queues, "show=borderline") == ["tom"]

    def test_all_accounts_come_the_surest_first(self, queues):
        assert ids(queues, "show=all")[-2:] == ["tom", "ada"]

    def test_a_partner_is_asked_for(self, queues):
        assert ids(queues, "show=all&partner=Telvia") == ["ada"]

    def test_accounts_without_a_partner_are_asked_for(self, queues):
        assert "ada" not in ids(queues, "show=all&partner=(none)")

    def test_probabilities_are_bounds(self, queues):
        assert ids(queues, "show=all&min_probability=0.4&max_probability=0.6") == ["tom"]

    def test_a_column_is_counted_as_if_it_were_not_asked_for(self, queues):
        counts = queues.answer(read_filter("show=all&verdict=shared"), Standing(0)).counts
        assert counts["verdict"] == {"shared": 3, "insufficient_evidence": 1, "one_household": 1}
        assert counts["pattern"] == {"other_city": 3}

    def test_pages_do_not_overlap_and_leave_nobody_out(self, queues):
        wanted = QueueFilter(show="all", size=2)
        pages = [queues.answer(wanted.turned(n), Standing(0)).rows for n in (1, 2, 3)]
        assert sorted(np.concatenate(pages)) == list(range(5))

    def test_the_oldest_case_comes_first(self, queues):
        since = np.array([9, 3, 5, 1, 7])
        standing = Standing(1, since=since)
        found = queues.answer(read_filter("show=all&order=oldest"), standing)
        assert since[found.rows].tolist() == sorted(since)

    def test_rows_that_were_found_before_are_those_of_the_filter(self, queues):
        asked = ["show=all", "", "show=all&order=use", "show=all", ""]
        again = [ids(queues, query) for query in asked]
        assert again == [ids(Queues(queues.index), query) for query in asked]

    def test_an_order_of_cases_is_found_anew_when_somebody_decided(self, queues):
        wanted = read_filter("show=all&order=oldest")
        for version, since in ((1, [9, 3, 5, 1, 7]), (2, [1, 3, 5, 9, 7])):
            found = queues.rows(wanted, Standing(version, since=np.array(since)))
            assert np.array(since)[found].tolist() == sorted(since)

    def test_neighbours_are_those_of_the_order(self, queues):
        rows = queues.rows(read_filter("show=all"), Standing(0))
        before, after = queues.neighbours(read_filter("show=all"), Standing(0), int(rows[1]))
        assert (before, after) == (rows[0], rows[2])


class TestIndex:
    def test_reasons_beyond_one_word_of_bits_are_found(self, tmp_path):
        codes = [f"code_{number:03d}" for number in range(130)]
        rows = [lender(code, reason_codes=[{"code": code, "parameters": "{}"}]) for code in codes]
        folder = write_manifest(write_run(tmp_path, honest=rows))
        index = load_index(folder)
        assert [index.having(code).nonzero()[0].tolist() for code in codes[60:70]] == [
            [n] for n in range(60, 70)
        ]
        assert index.having("code_129").sum() == 1

    def test_an_account_of_the_last_row_group_is_read(self, tmp_path):
        many = [account(f"a{number:06d}", summary=str(number)) for number in range(5)]
        folder = write_manifest(write_run(tmp_path, honest=many))
        index = load_index(folder)
        assert index.read_rows([4, 0], ["summary"])["summary"].to_list() == ["4", "0"]

    def test_few_rows_are_read_as_many_are(self, tmp_path):
        many = [account(f"a{number:06d}", summary=str(number)) for number in range(9)]
        index = load_index(write_manifest(write_run(tmp_path, honest=many)))
        rows, columns = [7, 0, 3, 8, 1, 2], ["summary", "account_id", "reason_codes"]
        few = pl.concat(index.read_rows([row], columns) for row in rows)
        assert index.read_rows(rows, columns).equals(few)
        assert few["account_id"].to_list() == [f"a{row:06d}" for row in rows]

    def test_accounts_that_are_not_there_are_not_found(self, folder):
        index = load_index(folder)
        assert index.find("bob") is not None
        assert index.find("boc") is None
        assert index.find("~") is None

    def test_a_run_without_accounts_opens(self, tmp_path):
        folder = write_manifest(write_run(tmp_path))
        with browser(open_town(folder)) as client:
            assert "No account is left" in client.get("/queue?show=all").text
            assert client.get("/overview").status_code == 200


class TestFilter:
    def test_the_address_says_all(self):
        query = "show=all&verdict=shared&reason=profiles&min_home=0.5&order=use&page=4&size=100"
        assert read_filter(query).query == query

    def test_what_is_as_usual_is_left_out(self):
        assert read_filter("show=flagged&order=sure&page=1&size=50").query == ""


class TestPages:
    def test_what_somebody_asked_wrongly_is_said(self, eve):
        for query in ("min_probability=2", "show=everything", "page=x", "min_households=-1"):
            response = eve.get(f"/queue?{query}")
            assert response.status_code == 422
            assert "cannot be" in response.text

    def test_a_page_beyond_the_last_leads_back(self, eve):
        assert "To the first" in eve.get("/queue?page=99").text

    def test_search_by_id_leads_to_the_account(self, eve):
        assert eve.get("/search?q=bob").headers["location"] == "/account?id=bob"

    def test_search_finds_a_device_and_a_city(self, eve):
        assert 'href="/account?id=bob"' in eve.get("/search?q=guest-tv").text
        assert 'href="/account?id=meg"' in eve.get("/search?q=lille").text

    def test_status_follows_the_store_at_once(self, eve):
        assert "confirmed" not in eve.get("/queue").text
        answer(eve, "bob", "confirm")
        page = eve.get("/queue?status=confirmed").text
        assert ">bob<" in page and ">meg<" not in page


MINE = {"name": "Mine", "query": "show=all&partner=Telvia&page=7"}
LINK = 'href="/queue?show=all&amp;partner=Telvia">Mine'


class TestSavedFilters:
    """What a team keeps in the store."""

    @pytest.fixture
    def come(self, folder, store):
        """Somebody of a role at the pages."""

        def come_in(name, role):
            return browser(open_town(folder, store=store, everybody=Visitor(name, role)))

        return come_in

    def test_are_shared_and_forgotten(self, eve, come):
        assert post(eve, "/filters/save", MINE).status_code == 303
        with come("tom", "reviewer") as tom:
            assert LINK in tom.get("/queue").text
        post(eve, "/filters/drop", MINE)
        assert ">Mine<" not in eve.get("/queue").text

    def test_are_dropped_by_whoever_saved_them_or_a_lead(self, eve, come):
        with come("ann", "reviewer") as ann, come("tom", "reviewer") as tom:
            post(ann, "/filters/save", MINE)
            assert "Forget Mine" in ann.get("/queue").text
            assert "Forget Mine" not in tom.get("/queue").text
            for path in ("/filters/drop", "/filters/save"):
                response = post(tom, path, MINE)
                assert response.status_code == 409
                assert "ann keeps" in response.text
            assert post(eve, "/filters/drop", MINE).status_code == 303
            assert ">Mine<" not in ann.get("/queue").text

    def test_are_used_by_viewers_and_not_saved(self, eve, come):
        post(eve, "/filters/save", MINE)
        with come("vic", "viewer") as vic:
            page = vic.get("/queue").text
            assert LINK in page
            assert "Save for all" not in page
            assert post(vic, "/filters/save", MINE).status_code == 403

    def test_are_refused_without_a_name_or_a_meaning(self, eve):
        for wrong in ({"name": " "}, {"name": "x" * 61}, {"name": "a\u202eb"}, {"query": "page=x"}):
            assert post(eve, "/filters/save", {**MINE, **wrong}).status_code == 422

    def test_need_a_store(self, folder):
        with browser(open_town(folder)) as client:
            assert "Saved filters" not in client.get("/queue").text


def test_counts_are_those_of_a_plain_count(folder, queues):
    """Beside the frame itself, filter by filter."""
    frame = Run(folder).scan(Accounts).collect()
    plain = frame.filter(pl.col("flagged"))["pattern"].value_counts()
    counted = queues.answer(read_filter(""), Standing(0)).counts["pattern"]
    assert counted == dict(plain.iter_rows())
