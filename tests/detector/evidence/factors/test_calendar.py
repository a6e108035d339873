from detector.evidence.factors.calendar import (
    CALENDAR,
    CHECK_IN,
    FORTNIGHT,
    RHYTHM,
    SIGNED_IN_AT_HOME,
    WEEKLY,
)
from tests.detector.builders import visits
from tests.detector.evidence.lives import AWAY, HOME, MONTH, WEEKENDS
from tests.detector.evidence.scenes import value


class TestRhythms:
    def test_a_weekend_house_follows_the_week(self):
        assert value(RHYTHM, HOME, visits("ada", "tv-away", 1, WEEKENDS)) == 1

    def test_a_weekend_house_wakes_on_the_same_days(self):
        weekends = visits("ada", "tv-away", 1, [day for day in MONTH if day % 7 > 4])
        assert value(WEEKLY, HOME, weekends) > 1

    def test_every_day_is_no_rhythm(self):
        assert abs(value(WEEKLY, HOME, AWAY)) < 0.1

    def test_a_child_with_two_homes(self):
        custody = visits("ada", "phone-away", 1, [day for day in MONTH if day % 14 < 7])
        assert value(FORTNIGHT, HOME, custody) > 2

    def test_once_is_no_rhythm(self):
        once = visits("ada", "tv-away", 1, [3])
        assert value(FORTNIGHT, HOME, once) is None
        assert value(WEEKLY, HOME, once) is None


class TestComingHome:
    def test_a_check_in_is_short(self):
        shown = visits("ada", "phone-away", 0, [3])
        lives = visits("ada", "phone-away", 1, [4], use=16)
        assert value(CHECK_IN, HOME, shown, lives) < -2

    def test_who_never_comes_home_checks_in_nowhere(self):
        assert value(CHECK_IN, HOME, AWAY) is None

    def test_once_every_four_weeks(self):
        shown = visits("ada", "tv-away", 0, [0, 28])
        assert value(CALENDAR, HOME, AWAY, shown) == 0.5

    def test_a_new_device_is_let_in_at_home(self):
        shown = visits("ada", "phone-away", 0, [10])
        lives = visits("ada", "phone-away", 1, range(11, 28))
        assert value(SIGNED_IN_AT_HOME, HOME, shown, lives) == 1

    def test_a_new_device_that_lives_elsewhere_from_the_first_day(self):
        lives = visits("ada", "phone-away", 1, range(11, 28))
        assert value(SIGNED_IN_AT_HOME, HOME, lives) == 0

    def test_devices_that_were_always_there_say_nothing(self):
        assert value(SIGNED_IN_AT_HOME, HOME, AWAY) is None
