import pytest

from detector.evidence.factors.moving import MOVED_HOUSE, MOVED_OUT
from tests.detector.builders import visits
from tests.detector.evidence.lives import AWAY, HOME, MONTH
from tests.detector.evidence.scenes import value


class TestChanges:
    def test_a_family_that_moved_house(self):
        before, after = (
            visits("ada", "tv-home", 0, range(14)),
            visits("ada", "tv-away", 1, range(14, 28)),
        )
        assert value(MOVED_HOUSE, before, after) == 1

    def test_two_households_side_by_side(self):
        assert value(MOVED_HOUSE, HOME, AWAY) < 0.1

    def test_a_late_parcel_at_the_old_house_is_forgiven(self):
        before, after = (
            visits("ada", "tv-home", 0, [*range(14), 20]),
            visits("ada", "tv-away", 1, range(14, 28)),
        )
        assert value(MOVED_HOUSE, before, after) > 0.9

    def test_a_child_that_moved_out(self):
        lived = visits("ada", "phone-away", 0, range(10))
        left = visits("ada", "phone-away", 1, range(10, 28))
        assert value(MOVED_OUT, HOME, lived, left) == 1

    def test_a_commuter_comes_and_goes(self):
        weekends = [day for day in MONTH if day % 7 > 4]
        home = visits("ada", "phone-away", 0, weekends)
        flat = visits("ada", "phone-away", 1, [day for day in MONTH if day not in weekends])
        assert value(MOVED_OUT, HOME, home, flat) < 0.5

    def test_one_that_never_lived_at_home_did_not_leave_it(self):
        assert value(MOVED_OUT, HOME, AWAY) is None

    @pytest.mark.parametrize("turn", [False, True], ids=["home first", "home last"])
    def test_either_side_may_come_first(self, turn):
        first, last = range(14), range(14, 28)
        days = (last, first) if turn else (first, last)
        lives = visits("ada", "tv-home", 0, days[0]), visits("ada", "tv-away", 1, days[1])
        assert value(MOVED_HOUSE, *lives) == 1
