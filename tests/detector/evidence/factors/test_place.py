import re

import pytest

from detector.evidence.factors.place import (
    COUNTRY,
    CROWD,
    DISTANCE,
    OWN_LINE,
    PUBLIC_PLACE,
    TWO_PROTOCOLS,
    WANDERING,
)
from tests.detector.builders import visits
from tests.detector.evidence.lives import AWAY, HOME, TRIP
from tests.detector.evidence.scenes import text, value


class TestOwnLine:
    def test_an_own_line(self):
        assert value(OWN_LINE, HOME, AWAY) == 1


class TestPublicPlace:
    @pytest.mark.parametrize("kind", ["workplace", "campus", "venue"])
    def test_where_anybody_may_be(self, kind):
        assert value(PUBLIC_PLACE, HOME, TRIP, kinds={1: {"kind": kind}}) == 1


class TestCrowd:
    def test_a_crowded_line(self):
        assert value(CROWD, HOME, AWAY, kinds={1: {"accounts": 32}}) == 5


class TestDistance:
    def test_without_positions_it_is_not_known(self):
        assert value(DISTANCE, HOME, AWAY) is None

    def test_words_are_rough(self):
        kinds = {0: {"latitude": 45.8, "longitude": 4.8}, 1: {"latitude": 48.9, "longitude": 2.3}}
        words = text(DISTANCE, HOME, AWAY, kinds=kinds)
        assert re.search(r"\b\d+0 km", words)


class TestCountry:
    def test_without_positions_it_is_not_known(self):
        assert value(COUNTRY, HOME, AWAY) is None

    def test_words_name_no_country(self):
        kinds = {0: {"country": "FR"}, 1: {"country": "PT"}}
        words = text(COUNTRY, HOME, AWAY, kinds=kinds)
        assert "another country" in words
        assert "PT" not in words


class TestTwoProtocols:
    def test_a_line_that_may_be_homes(self):
        kinds = {1: {"other_protocol": 0, "other_protocol_grade": 2}}
        assert value(TWO_PROTOCOLS, HOME, AWAY, kinds=kinds) == 2
        assert "home's own line" in text(TWO_PROTOCOLS, HOME, AWAY, kinds=kinds)

    def test_homes_that_may_be_its(self):
        kinds = {0: {"other_protocol": 1, "other_protocol_grade": 3}}
        assert value(TWO_PROTOCOLS, HOME, AWAY, kinds=kinds) == 3

    def test_the_line_of_a_third(self):
        third = visits("ada", "tv-third", 2)
        kinds = {1: {"other_protocol": 2, "other_protocol_grade": 3}}
        assert value(TWO_PROTOCOLS, HOME, AWAY, third, kinds=kinds) == 0

    def test_another_line(self):
        assert value(TWO_PROTOCOLS, HOME, AWAY) == 0


class TestWandering:
    def test_one_place(self):
        assert value(WANDERING, HOME, AWAY) == 1
