import pytest

from detector.cases.agreeing import agreement, overturn_rates
from detector.cases.reviewing import undo_review
from detector.cases.suspending import lift_reason, suspend_reason
from tests.detector.cases.answers import answered, make_golden
from tests.detector.cases.builders import at, open_cases, walk

pytestmark = pytest.mark.slow


def counted(store, kind, name):
    with store.reading() as reading:
        found = agreement(reading)
    rows = {(row["kind"], row["name"]): row for row in found.iter_rows(named=True)}
    return rows[kind, name]


def rates(store):
    with store.reading() as reading:
        return {code: (hits, of) for code, hits, of, *_ in overturn_rates(reading).iter_rows()}


class TestAgreement:
    def test_counts_golden_answers_that_are_right(self, store):
        for account, said in (("ada", "clear"), ("bob", "confirm"), ("cy", "clear")):
            make_golden(store, account, said=said)
            answered(store, "clear", account)
        row = counted(store, "reviewer", "eve")
        assert (row["golden_right"], row["golden_answered"]) == (2, 3)
        assert row["golden_share"] == pytest.approx(2 / 3)
        assert 0 < row["golden_low"] < 2 / 3 < row["golden_high"] < 1
        assert (row["done"], row["agreed_share"], row["agreed_high"]) == (0, None, 1.0)
        assert counted(store, "reason", "own_tv")["golden_answered"] == 3

    @pytest.mark.parametrize("said", ["unsure", "skip"])
    def test_nobody_is_blamed_for_a_doubt(self, file_store, said):
        make_golden(file_store)
        answered(file_store, said)
        with file_store.reading() as reading:
            assert agreement(reading).is_empty()

    def test_counts_second_looks_for_both_sides_and_the_strongest_reasons(self, store):
        for account, said in (("ada", "confirm"), ("bob", "clear")):
            first = answered(store, account=account)
            answered(store, said, account, by="zoe", second_of=first)
        for reviewer in ("eve", "zoe"):
            row = counted(store, "reviewer", reviewer)
            assert (row["agreed"], row["done"]) == (1, 2)
        with store.reading() as reading:
            reasons = agreement(reading).filter(kind="reason")["name"].to_list()
        assert reasons == ["own_tv", "separation"]


class TestOverturnRates:
    def test_count_what_was_cleared_of_what_was_reviewed(self, store):
        open_cases(store, "ada", "bob")
        answered(store, "clear", "ada", reason_codes='["own_tv"]')
        answered(store, "confirm", "bob", reason_codes='[{"code":"own_tv"},{"code":"days"}]')
        assert rates(store) == {"own_tv": (1, 2), "days": (0, 1)}

    def test_only_the_strongest_reasons_answer(self, file_store):
        answered(file_store, "clear")
        assert [*rates(file_store)] == ["own_tv", "separation"]

    @pytest.mark.parametrize("of", ["golden", "random", "undone", "unsure"])
    def test_leave_out_what_says_nothing_of_a_flag(self, file_store, of):
        if of == "golden":
            make_golden(file_store)
        said = "unsure" if of == "unsure" else "clear"
        drawn = {"drawn": "random"} if of == "random" else {}
        name = answered(file_store, said, **drawn)
        if of == "undone":
            undo_review(file_store, name, "eve", at())
        assert rates(file_store) == {}

    def test_the_last_word_about_an_account_counts(self, file_store):
        first = answered(file_store, "confirm")
        answered(file_store, "clear", by="zoe", second_of=first)
        assert rates(file_store)["own_tv"] == (1, 1)

    @pytest.mark.parametrize(("end", "wrong"), [("overturned", 1), ("upheld", 0)])
    def test_an_appeal_is_the_last_word(self, file_store, end, wrong):
        codes = '[{"code":"own_tv","parameters":"{}"}]'
        open_cases(file_store, "ada", reason_codes=codes)
        answered(file_store, "confirm", reason_codes=codes)
        walk(file_store, "ada", "warned", "appealed", end)
        assert rates(file_store) == {"own_tv": (wrong, 1)}

    def test_what_was_said_before_it_was_lifted_is_forgiven(self, file_store):
        answered(file_store, "clear", "ada", reason_codes='["own_tv","days"]')
        suspend_reason(file_store, "own_tv", "lea", at(1))
        lift_reason(file_store, "own_tv", "lea", at(2))
        assert rates(file_store) == {"days": (1, 1)}
        answered(file_store, "clear", "bob", reason_codes='["own_tv"]', at_us=at(3))
        assert rates(file_store) == {"days": (1, 1), "own_tv": (1, 1)}
