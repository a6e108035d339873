import pytest

from detector.evidence.factors.beside_home import (
    ALTERNATION,
    COMPANY,
    CONCURRENCY,
    HOME_LIFE,
    HOME_SILENCE,
    HOMECOMING,
    SEPARATION,
    SIMULTANEITY,
)
from tests.detector.builders import visits, weekday
from tests.detector.evidence.lives import AWAY, HOME, MONTH, TRIP, WEEKENDS
from tests.detector.evidence.scenes import text, value


class TestSeparation:
    def test_a_device_that_comes_home_is_tied(self):
        ties = [("phone-away", "tv-home", 0.4)]
        assert value(SEPARATION, HOME, TRIP, ties=ties) == 0.4


class TestSimultaneity:
    def test_beyond_chance(self):
        home = visits("ada", "tv-home", 0, MONTH[::2], playing=[40, 41])
        same = visits("ada", "tv-away", 1, MONTH[::2], playing=[40, 41])
        other = visits("ada", "tv-away", 1, MONTH[1::2], playing=[40, 41])
        assert value(SIMULTANEITY, home, same) > 0.5
        assert value(SIMULTANEITY, home, other) < -2

    def test_by_chance_is_worth_nothing(self):
        home = visits("ada", "tv-home", 0, playing=[40])
        away = visits("ada", "tv-away", 1, playing=[40])
        assert abs(value(SIMULTANEITY, home, away)) < 0.1


class TestConcurrency:
    def test_counts_half_hours(self):
        home = visits("ada", "tv-home", 0, playing=[40])
        away = visits("ada", "tv-away", 1, range(9), playing=[40])
        assert value(CONCURRENCY, home, away) == 9

    def test_one_half_hour_in_words(self):
        home = visits("ada", "tv-home", 0, [0], playing=[40])
        away = visits("ada", "tv-away", 1, [0], playing=[40])
        assert text(CONCURRENCY, home, away).endswith("1 half-hour")


class TestCompany:
    def test_a_family_that_is_there_when_the_television_plays(self):
        there = visits("ada", "phone-home", 1, WEEKENDS)
        second_home = visits("ada", "tv-away", 1, WEEKENDS)
        assert value(COMPANY, HOME, second_home, there) == 1

    def test_a_borrower_is_never_visited(self):
        assert value(COMPANY, HOME, AWAY) == 0


class TestHomecoming:
    def test_a_commuter_comes_home(self):
        weekends = visits("ada", "phone-away", 0, WEEKENDS)
        flat = visits("ada", "phone-away", 1, [day for day in MONTH if weekday(day)])
        assert value(HOMECOMING, HOME, flat, weekends) == pytest.approx(8 / 28, abs=1e-3)

    def test_a_borrower_never_comes_home(self):
        assert value(HOMECOMING, HOME, AWAY) == 0

    def test_never_in_words(self):
        assert text(HOMECOMING, HOME, AWAY) == "never came home"


class TestAlternation:
    def test_one_family_is_in_one_of_its_homes(self):
        days = [day for day in MONTH if day % 14 < 7]
        turns = visits("ada", "tv-home", 0, days)
        other = visits("ada", "tv-away", 1, [day for day in MONTH if day not in days])
        assert value(ALTERNATION, turns, other) < -2

    def test_two_families_take_no_turns(self):
        assert abs(value(ALTERNATION, HOME, AWAY)) < 0.1


class TestHomeSilence:
    def test_a_family_that_moved_leaves_home_silent(self):
        before = visits("ada", "tv-home", 0, range(14))
        after = visits("ada", "tv-away", 1, range(14, 28))
        assert value(HOME_SILENCE, before, after) == 14
        assert value(HOME_SILENCE, HOME, AWAY) == 0


class TestHomeLife:
    def test_a_home_that_is_hardly_lived_in(self):
        assert value(HOME_LIFE, visits("ada", "tv-home", 0, [0]), AWAY) < 0.1
