import pytest

from detector.cases.answering import find_review
from detector.cases.reviewing import undo_review
from detector.cases.second_looks import disputed, needs_second, pending_seconds, second_pairs
from detector.policy.rules import ReviewTerms
from tests.detector.cases.answers import answered, make_golden
from tests.detector.cases.builders import at, open_cases

pytestmark = pytest.mark.slow

ALL, NONE = ReviewTerms(second_share=1.0), ReviewTerms(second_share=0.0)
WANTED = ReviewTerms(second_look=True, second_share=0.0)
KEY = b"key"


def needed(store, name, terms):
    with store.reading() as reading:
        return needs_second(find_review(reading, name), terms, KEY)


def waiting(store, reviewer, terms=ALL):
    with store.reading() as reading:
        return pending_seconds(reading, reviewer, terms, KEY)["account_id"].to_list()


class TestNeedsSecond:
    @pytest.mark.parametrize(("said", "wanted"), [("confirm", True), ("clear", False)])
    def test_where_the_policy_wants_it(self, file_store, said, wanted):
        name = answered(file_store, said)
        assert needed(file_store, name, WANTED) == wanted
        assert not needed(file_store, name, NONE)

    def test_of_a_share_by_lot(self, file_store):
        names = [answered(file_store, account=f"account {n}") for n in range(100)]
        drawn = [needed(file_store, name, ReviewTerms(second_share=0.3)) for name in names]
        assert 11 < sum(drawn) < 49  # four standard deviations either way

    @pytest.mark.parametrize("of", ["golden", "skipped", "undone", "second"])
    def test_never_of_what_settles_nothing(self, file_store, of):
        if of == "golden":
            make_golden(file_store)
        name = answered(file_store, "skip" if of == "skipped" else "confirm")
        if of == "undone":
            undo_review(file_store, name, "eve", at())
        if of == "second":
            name = answered(file_store, by="bob", second_of=name)
        assert not needed(file_store, name, ReviewTerms(second_look=True, second_share=1.0))


class TestPendingSeconds:
    def test_are_others_and_tell_nothing_of_the_answer(self, file_store):
        answered(file_store)
        assert waiting(file_store, "bob") == ["ada"]
        assert waiting(file_store, "eve") == []
        with file_store.reading() as reading:
            told = pending_seconds(reading, "bob", ALL, KEY)
        assert told.columns == ["review_id", "account_id", "run"]

    def test_are_over_once_looked_at(self, file_store):
        first = answered(file_store)
        answered(file_store, "skip", by="zoe", second_of=first)
        assert waiting(file_store, "bob") == ["ada"]
        answered(file_store, by="bob", second_of=first)
        assert waiting(file_store, "lea") == []

    def test_those_that_a_treatment_waits_for_come_first(self, file_store):
        answered(file_store, "clear", "old")
        answered(file_store, "confirm", "new")
        terms = ReviewTerms(second_look=True, second_share=1.0)
        assert waiting(file_store, "bob", terms) == ["new", "old"]
        assert waiting(file_store, "bob", WANTED) == ["new"]

    def test_are_needed(self, file_store):
        """Both say the same of each answer."""
        terms = ReviewTerms(second_share=0.4)
        names = {f"account {n}": answered(file_store, account=f"account {n}") for n in range(40)}
        expected = [a for a, name in names.items() if needed(file_store, name, terms)]
        assert waiting(file_store, "bob", terms) == expected


class TestPairs:
    def test_that_differ_wait_for_a_lead(self, store):
        open_cases(store, "ada", "bob")
        first = answered(store)
        answered(store, account="bob")
        answered(store, by="zoe", account="bob", second_of="eve/bob/confirm")
        second = answered(store, "clear", by="zoe", second_of=first)
        with store.reading() as reading:
            assert second_pairs(reading)["agreed"].to_list() == [True, False]
            assert disputed(reading)["second_id"].to_list() == [second]
        answered(store, "clear", by="lea", second_of=second)
        with store.reading() as reading:
            assert disputed(reading).is_empty()
            assert second_pairs(reading)["settled_as"].to_list() == [None, "clear"]
