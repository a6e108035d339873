from detector.evidence.factors.presence import (
    ARRIVAL,
    OWN_SILENCE,
    PERSISTENCE,
    ROAMING,
    THIN_DATA,
    WEEKS,
)
from tests.detector.builders import visits
from tests.detector.evidence.lives import AWAY, HOME, TRIP
from tests.detector.evidence.scenes import MOBILE, text, value


class TestPersistence:
    def test_days_at_the_own_place(self):
        assert value(PERSISTENCE, HOME, AWAY) == 28

    def test_many_days_in_words(self):
        assert "28 days" in text(PERSISTENCE, HOME, AWAY)


class TestWeeks:
    def test_all_of_the_time(self):
        assert value(WEEKS, HOME, AWAY) == 1

    def test_a_trip_fills_a_part_of_the_time(self):
        assert value(WEEKS, HOME, TRIP) < 0.2


class TestOwnSilence:
    def test_a_trip_is_over(self):
        assert value(OWN_SILENCE, HOME, TRIP) == 13


class TestRoaming:
    def test_a_phone_on_mobile_networks_only(self):
        roamer = visits("ada", "phone-away", MOBILE, range(9))
        assert value(ROAMING, HOME, roamer) == 9


class TestThinData:
    def test_what_was_hardly_seen(self):
        assert value(THIN_DATA, HOME, visits("ada", "tv-away", 1, [3])) == 2


class TestArrival:
    def test_a_group_that_came_late(self):
        assert value(ARRIVAL, HOME, visits("ada", "tv-away", 1, range(21, 28))) == 0.75
