import pytest
from sqlalchemy import update

from detector.cases.failures import RefusedMoveError
from detector.cases.rows import SUSPENSIONS
from detector.cases.suspending import (
    lift_reason,
    suspend_overturned,
    suspend_reason,
    suspended,
)
from detector.cases.verify import verify_chain
from detector.errors import SettingsError
from detector.policy.rules import ReviewTerms
from tests.detector.cases.answers import answered
from tests.detector.cases.builders import at

pytestmark = pytest.mark.slow


def codes(store):
    with store.reading() as reading:
        return suspended(reading)["code"].to_list()


def judge(store, wrong, right, **terms):
    """Let so many accounts be cleared and confirmed, and suspend what is beyond the limit."""
    for number in range(wrong + right):
        said = "clear" if number < wrong else "confirm"
        answered(store, said, f"account {number}", reason_codes='["own_tv"]')
    with store.writing("decide", at(1)) as writing:
        return suspend_overturned(writing, ReviewTerms(**terms))


class TestByHand:
    def test_until_it_is_lifted(self, store):
        suspend_reason(store, "own_tv", "lea", at())
        suspend_reason(store, "own_tv", "bob", at(1))
        assert codes(store) == ["own_tv"]
        lift_reason(store, "own_tv", "lea", at(2))
        assert codes(store) == []
        with store.reading() as reading:
            assert reading.read_moves()["kind"].to_list() == ["suspend", "lift"]
        assert verify_chain(store).breaks == ()

    def test_what_is_not_suspended_cannot_be_lifted(self, file_store):
        with pytest.raises(RefusedMoveError, match="not suspended"):
            lift_reason(file_store, "own_tv", "lea", at())

    def test_somebody_signs(self, file_store):
        with pytest.raises(SettingsError):
            suspend_reason(file_store, "own_tv", " ", at())

    def test_one_lifted_behind_the_stores_back_shows(self, file_store):
        suspend_reason(file_store, "own_tv", "lea", at())
        with file_store.engine.begin() as connection:
            connection.execute(update(SUSPENSIONS).values(lifted_us=1))
        assert "'own_tv' of suspensions" in verify_chain(file_store).breaks[0]


class TestSuspendOverturned:
    @pytest.mark.parametrize(
        ("wrong", "right", "terms", "found"),
        [
            (1, 9, {"overturn_min_reviews": 10}, False),
            (2, 8, {"overturn_min_reviews": 10}, True),
            (2, 8, {"overturn_min_reviews": 11}, False),
            (2, 8, {"overturn_min_reviews": 10, "overturn_limit": 0.2}, False),
        ],
        ids=["at the limit", "beyond it", "too few", "another limit"],
    )
    def test_beyond_the_limit_of_the_policy(self, file_store, wrong, right, terms, found):
        assert judge(file_store, wrong, right, **terms) == (["own_tv"] if found else [])

    def test_once_and_not_again_after_it_was_lifted(self, file_store):
        assert judge(file_store, 3, 0, overturn_min_reviews=3) == ["own_tv"]
        with file_store.writing("decide", at(2)) as writing:
            assert suspend_overturned(writing, ReviewTerms(overturn_min_reviews=3)) == []
        lift_reason(file_store, "own_tv", "lea", at(3))
        with file_store.writing("decide", at(4)) as writing:
            assert suspend_overturned(writing, ReviewTerms(overturn_min_reviews=3)) == []
        with file_store.reading() as reading:
            assert "3 of 3 accounts were none" in reading.read_moves()["note"].to_list()
