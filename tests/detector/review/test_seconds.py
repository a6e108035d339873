"""Second looks that wait: kept up with the store, as if all answers were read anew."""

import pytest

from detector.cases.reviewing import undo_review
from detector.policy.rules import ReviewTerms
from detector.review.seconds import PendingSeconds
from tests.detector.cases.answers import answered
from tests.detector.cases.builders import at

RUN = "run-1"
ALL = ReviewTerms(second_share=1.0)
WANTED = ReviewTerms(second_share=1.0, second_look=True)


@pytest.fixture
def seconds():
    return PendingSeconds(RUN, ALL)


def waiting(store, seconds, reviewer="bob"):
    with store.reading() as reading:
        told = seconds.accounts(reading, reviewer)
        assert told == PendingSeconds(seconds.run, seconds.terms).accounts(reading, reviewer)
        return told


class TestPendingSeconds:
    def test_answers_that_came_since_are_there(self, store, seconds):
        assert waiting(store, seconds) == []
        answered(store, account="bob", run=RUN)
        assert waiting(store, seconds) == ["bob"]
        assert waiting(store, seconds, "eve") == []

    def test_what_was_looked_at_again_waits_no_more(self, store, seconds):
        first = answered(store, account="bob", run=RUN)
        assert waiting(store, seconds) == ["bob"]
        answered(store, account="bob", run=RUN, by="sam", second_of=first)
        assert waiting(store, seconds) == []

    def test_a_second_look_that_is_taken_back_is_wanted_again(self, store, seconds):
        first = answered(store, account="bob", run=RUN)
        second = answered(store, account="bob", run=RUN, by="sam", second_of=first)
        assert waiting(store, seconds) == []
        undo_review(store, second, "sam", at())
        assert waiting(store, seconds) == ["bob"]

    def test_answers_about_another_run_do_not_wait_here(self, store, seconds):
        answered(store, account="bob", run="run-0")
        assert waiting(store, seconds) == []

    def test_what_a_treatment_waits_for_comes_first(self, store):
        seconds = PendingSeconds(RUN, WANTED)
        answered(store, "clear", account="meg", run=RUN)
        answered(store, "confirm", account="bob", run=RUN)
        assert waiting(store, seconds) == ["bob", "meg"]

    def test_what_somebody_looked_at_meanwhile_is_done(self, store, seconds):
        first = answered(store, account="bob", run=RUN)
        answered(store, account="meg", run=RUN)
        with store.reading() as reading:
            assert seconds.find_done(reading, ["bob", "meg"]) == set()
        answered(store, account="bob", run=RUN, by="sam", second_of=first)
        with store.reading() as reading:
            assert seconds.find_done(reading, ["bob", "meg"]) == {"bob"}
