"""When groups lived where, and by which value each life can be told."""

import pytest

from detector.evidence.factors import (
    calendar,
    check_in,
    fortnight,
    moved_house,
    moved_out,
    signed_in_at_home,
    weekly,
)
from tests.detector.builders import visits
from tests.detector.evidence.scenes import observed, value

MONTH = range(28)
HOME = visits("ada", ["tv-home", "phone-home"], 0)
AWAY = visits("ada", "tv-away", 1)


class TestChanges:
    def test_a_family_that_moved_house(self):
        before, after = (
            visits("ada", "tv-home", 0, range(14)),
            visits("ada", "tv-away", 1, range(14, 28)),
        )
        assert value(moved_house.FACTOR, before, after) == 1

    def test_two_households_side_by_side(self):
        assert value(moved_house.FACTOR, HOME, AWAY) < 0.1

    def test_a_late_parcel_at_the_old_house_is_forgiven(self):
        before, after = (
            visits("ada", "tv-home", 0, [*range(14), 20]),
            visits("ada", "tv-away", 1, range(14, 28)),
        )
        assert value(moved_house.FACTOR, before, after) > 0.9

    def test_a_child_that_moved_out(self):
        lived = visits("ada", "phone-away", 0, range(10))
        left = visits("ada", "phone-away", 1, range(10, 28))
        assert value(moved_out.FACTOR, HOME, lived, left) == 1

    def test_a_commuter_comes_and_goes(self):
        weekends = [day for day in MONTH if day % 7 > 4]
        home = visits("ada", "phone-away", 0, weekends)
        flat = visits("ada", "phone-away", 1, [day for day in MONTH if day not in weekends])
        assert value(moved_out.FACTOR, HOME, home, flat) < 0.5

    def test_one_that_never_lived_at_home_did_not_leave_it(self):
        assert value(moved_out.FACTOR, HOME, AWAY) is None

    @pytest.mark.parametrize("turn", [False, True], ids=["home first", "home last"])
    def test_either_side_may_come_first(self, turn):
        first, last = range(14), range(14, 28)
        days = (last, first) if turn else (first, last)
        lives = visits("ada", "tv-home", 0, days[0]), visits("ada", "tv-away", 1, days[1])
        assert value(moved_house.FACTOR, *lives) == 1


class TestRhythms:
    def test_a_weekend_house(self):
        weekends = visits("ada", "tv-away", 1, [day for day in MONTH if day % 7 > 4])
        assert value(weekly.FACTOR, HOME, weekends) > 1

    def test_every_day_is_no_rhythm(self):
        assert abs(value(weekly.FACTOR, HOME, AWAY)) < 0.1

    def test_a_child_with_two_homes(self):
        custody = visits("ada", "phone-away", 1, [day for day in MONTH if day % 14 < 7])
        assert value(fortnight.FACTOR, HOME, custody) > 2

    def test_once_is_no_rhythm(self):
        once = visits("ada", "tv-away", 1, [3])
        assert value(fortnight.FACTOR, HOME, once) is None
        assert value(weekly.FACTOR, HOME, once) is None


class TestComingHome:
    def test_a_check_in_is_short(self):
        shown = visits("ada", "phone-away", 0, [3])
        lives = visits("ada", "phone-away", 1, [4], events=16)
        assert value(check_in.FACTOR, HOME, shown, lives) < -2

    def test_who_never_comes_home_checks_in_nowhere(self):
        assert value(check_in.FACTOR, HOME, AWAY) is None

    def test_once_every_four_weeks(self):
        shown = visits("ada", "tv-away", 0, [0, 28])
        assert value(calendar.FACTOR, HOME, AWAY, shown) == 0.5

    def test_a_new_device_is_let_in_at_home(self):
        shown = visits("ada", "phone-away", 0, [10])
        lives = visits("ada", "phone-away", 1, range(11, 28))
        assert value(signed_in_at_home.FACTOR, HOME, shown, lives) == 1

    def test_a_new_device_that_lives_elsewhere_from_the_first_day(self):
        lives = visits("ada", "phone-away", 1, range(11, 28))
        assert value(signed_in_at_home.FACTOR, HOME, lives) == 0

    def test_devices_that_were_always_there_say_nothing(self):
        assert value(signed_in_at_home.FACTOR, HOME, AWAY) is None


def test_home_alone_is_not_asked():
    assert observed(HOME).is_empty()
