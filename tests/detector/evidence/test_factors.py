import math
import re

import polars as pl
import pytest

from detector.evidence.factors import (
    alternation,
    arrival,
    company,
    concurrency,
    country,
    crowd,
    distance,
    home_life,
    home_silence,
    homecoming,
    other_accounts,
    own_line,
    own_silence,
    own_television,
    persistence,
    profiles,
    public_place,
    rhythm,
    roaming,
    separation,
    simultaneity,
    thin_data,
    wandering,
    weeks,
)
from detector.evidence.factors.catalogue import FACTORS
from detector.evidence.factors.factor import Sign
from detector.evidence.scorecard import load_scorecard
from tests.detector.builders import visits, weekday
from tests.detector.evidence.scenes import MOBILE, observed, text, value

MONTH = range(28)
HOME = visits("ada", ["tv-home", "phone-home"], 0)
AWAY = visits("ada", "tv-away", 1)
TRIP = visits("ada", "phone-away", 1, range(10, 15))
WEEKENDS = [day for day in MONTH if not weekday(day)]


class TestCatalogue:
    def test_names_are_unique(self):
        assert len({factor.name for factor in FACTORS}) == len(FACTORS)

    @pytest.mark.parametrize("card", ["known", "unknown"])
    def test_the_packaged_model_weighs_no_factor_that_is_not_asked(self, card):
        weighed = set(getattr(load_scorecard(), card).shapes)
        assert weighed <= {factor.name for factor in FACTORS}

    @pytest.mark.parametrize("card", ["known", "unknown"])
    @pytest.mark.parametrize("factor", FACTORS, ids=lambda factor: factor.name)
    def test_the_packaged_model_keeps_the_sign_of_each_factor(self, factor, card):
        shape = getattr(load_scorecard(), card).shapes.get(factor.name)
        steps = sorted(shape.micro_bits) if shape else []
        if factor.sign is Sign.FOR:
            assert steps == list(shape.micro_bits if shape else [])
        elif factor.sign is Sign.AGAINST:
            assert steps[::-1] == list(shape.micro_bits if shape else [])


class TestSpeaksForAnotherHousehold:
    """More of what tells a household is a larger value."""

    def test_simultaneity_beyond_chance(self):
        night = range(28)
        home = visits("ada", "tv-home", 0, night[::2], playing=[40, 41])
        same = visits("ada", "tv-away", 1, night[::2], playing=[40, 41])
        other = visits("ada", "tv-away", 1, night[1::2], playing=[40, 41])
        assert value(simultaneity.FACTOR, home, same) > 0.5
        assert value(simultaneity.FACTOR, home, other) < -2

    def test_simultaneity_by_chance_is_worth_nothing(self):
        home = visits("ada", "tv-home", 0, playing=[40])
        away = visits("ada", "tv-away", 1, playing=[40])
        assert abs(value(simultaneity.FACTOR, home, away)) < 0.1

    def test_concurrency(self):
        home = visits("ada", "tv-home", 0, playing=[40])
        away = visits("ada", "tv-away", 1, range(9), playing=[40])
        assert value(concurrency.FACTOR, home, away) == 9

    def test_days_at_the_own_place(self):
        assert value(persistence.FACTOR, HOME, AWAY) == 28

    def test_all_of_the_time(self):
        assert value(weeks.FACTOR, HOME, AWAY) == 1

    def test_an_own_line(self):
        assert value(own_line.FACTOR, HOME, AWAY) == 1

    def test_one_place(self):
        assert value(wandering.FACTOR, HOME, AWAY) == 1

    def test_televisions_weigh_more_than_phones(self):
        phones = visits("ada", ["phone-away", "tablet-away"], 1)
        assert value(own_television.FACTOR, HOME, AWAY) > value(own_television.FACTOR, HOME, phones)


class TestInnocent:
    """Each innocent life has a value of its own by which it can be told."""

    def test_a_family_that_is_there_when_the_television_plays(self):
        there = visits("ada", "phone-home", 1, WEEKENDS)
        second_home = visits("ada", "tv-away", 1, WEEKENDS)
        assert value(company.FACTOR, HOME, second_home, there) == 1

    def test_a_borrower_is_never_visited(self):
        assert value(company.FACTOR, HOME, AWAY) == 0

    def test_a_commuter_comes_home(self):
        weekends = visits("ada", "phone-away", 0, WEEKENDS)
        flat = visits("ada", "phone-away", 1, [day for day in MONTH if weekday(day)])
        assert value(homecoming.FACTOR, HOME, flat, weekends) == pytest.approx(8 / 28, abs=1e-3)

    def test_a_borrower_never_comes_home(self):
        assert value(homecoming.FACTOR, HOME, AWAY) == 0

    def test_a_family_that_moved_leaves_home_silent(self):
        before = visits("ada", "tv-home", 0, range(14))
        after = visits("ada", "tv-away", 1, range(14, 28))
        assert value(home_silence.FACTOR, before, after) == 14
        assert value(home_silence.FACTOR, HOME, AWAY) == 0

    def test_a_trip_is_over(self):
        assert value(own_silence.FACTOR, HOME, TRIP) == 13

    def test_a_trip_fills_a_part_of_the_time(self):
        assert value(weeks.FACTOR, HOME, TRIP) < 0.2

    def test_one_family_is_in_one_of_its_homes(self):
        days = [day for day in MONTH if day % 14 < 7]
        turns = visits("ada", "tv-home", 0, days)
        other = visits("ada", "tv-away", 1, [day for day in MONTH if day not in days])
        assert value(alternation.FACTOR, turns, other) < -2

    def test_two_families_take_no_turns(self):
        assert abs(value(alternation.FACTOR, HOME, AWAY)) < 0.1

    def test_one_person_with_one_profile(self):
        home = visits("ada", ["tv-home"], 0, profiles=[1])
        child = visits("ada", ["tablet-home"], 0, profiles=[2])
        own = visits("ada", "phone-away", 1, profiles=[1])
        assert value(profiles.FACTOR, home, child, own) == 0.5

    def test_strangers_with_other_profiles(self):
        home = visits("ada", "tv-home", 0, profiles=[1])
        assert value(profiles.FACTOR, home, visits("ada", "tv-away", 1, profiles=[2])) < 0.1

    def test_one_day_proves_little(self):
        home = visits("ada", "tv-home", 0, profiles=[1])
        once = visits("ada", "tv-away", 1, profiles=[2])[:1]
        assert value(profiles.FACTOR, home, once) > 0.3

    def test_a_device_that_comes_home_is_tied(self):
        ties = [("phone-away", "tv-home", 0.4)]
        assert value(separation.FACTOR, HOME, TRIP, ties=ties) == 0.4

    @pytest.mark.parametrize("kind", ["workplace", "campus", "venue"])
    def test_where_anybody_may_be(self, kind):
        assert value(public_place.FACTOR, HOME, TRIP, kinds={1: {"kind": kind}}) == 1

    def test_a_weekend_house_follows_the_week(self):
        assert value(rhythm.FACTOR, HOME, visits("ada", "tv-away", 1, WEEKENDS)) == 1

    def test_a_phone_on_mobile_networks_only(self):
        roamer = visits("ada", "phone-away", MOBILE, range(9))
        assert value(roaming.FACTOR, HOME, roamer) == 9

    def test_a_crowded_line(self):
        assert value(crowd.FACTOR, HOME, AWAY, kinds={1: {"accounts": 32}}) == 5

    def test_a_device_on_several_accounts(self):
        assert value(other_accounts.FACTOR, HOME, AWAY, accounts={"tv-away": 3}) == 3

    def test_a_home_that_is_hardly_lived_in(self):
        assert value(home_life.FACTOR, visits("ada", "tv-home", 0, [0]), AWAY) < 0.1

    def test_a_group_that_came_late(self):
        assert value(arrival.FACTOR, HOME, visits("ada", "tv-away", 1, range(21, 28))) == 0.75

    def test_what_was_hardly_seen(self):
        assert value(thin_data.FACTOR, HOME, visits("ada", "tv-away", 1, [3])) == 2

    @pytest.mark.parametrize("factor", [distance.FACTOR, country.FACTOR], ids=["km", "country"])
    def test_without_positions_nothing_is_said_of_where(self, factor):
        assert value(factor, HOME, AWAY) is None


LIVES = {
    "another household": (HOME, AWAY),
    "a trip": (HOME, TRIP),
    "a single day": (visits("ada", "tv-home", 0, [0]), visits("ada", "tv-away", 1, [0])),
    "one event after home": (HOME, visits("ada", "phone-away", 1, [27])),
    "one day apart": (visits("ada", "tv-home", 0, [0]), visits("ada", "tv-away", 1, [1])),
    "before home": (visits("ada", "tv-home", 0, range(9, 28)), visits("ada", "tv-away", 1, [2])),
    "nowhere": (HOME, visits("ada", "phone-away", MOBILE, [4])),
    "home nowhere": (visits("ada", "phone-home", MOBILE), AWAY),
    "both nowhere": (visits("ada", "phone-home", MOBILE), visits("ada", "phone-away", MOBILE)),
    "visits": (HOME, AWAY, visits("ada", "phone-away", 0, [3]), visits("ada", "tv-home", 1, [4])),
}
HOLES = re.compile(r"null|none\b|nan\b|inf\b|\{|\}|  |^$", re.IGNORECASE)
ONE_OF_MANY = re.compile(r"\b1 (accounts|days|devices|events|groups|half-hours|households)\b")
ADDRESSES = re.compile(r"\d+\.\d+\.\d+\.\d+|::")


def told(life):
    """What each factor says of a life."""
    found = observed(*LIVES[life])
    return {f.name: found.select(f.text.fill_null("not known")).item() for f in FACTORS}


@pytest.mark.parametrize("life", LIVES)
class TestTexts:
    def test_have_no_hole(self, life):
        said = {name: words.replace("none of home's", "") for name, words in told(life).items()}
        assert not {name: words for name, words in said.items() if HOLES.search(words)}

    def test_count_one_as_one(self, life):
        assert not [words for words in told(life).values() if ONE_OF_MANY.search(words)]

    def test_have_no_negative_count(self, life):
        assert not [words for words in told(life).values() if re.search(r"-\d", words)]

    def test_can_be_joined_in_a_sentence(self, life):
        said = told(life).values()
        assert not [w for w in said if w[0] != w[0].lower() or w[-1] in ".;,"]

    def test_name_no_address(self, life):
        assert not [words for words in told(life).values() if ADDRESSES.search(words)]

    def test_stand_beside_numbers_or_nothing(self, life):
        found = observed(*LIVES[life])
        values = {f.name: found.select(f.value.cast(pl.Float64)).item() for f in FACTORS}
        assert not {n: v for n, v in values.items() if v is not None and not math.isfinite(v)}


class TestWords:
    def test_of_one_half_hour(self):
        home = visits("ada", "tv-home", 0, [0], playing=[40])
        away = visits("ada", "tv-away", 1, [0], playing=[40])
        assert text(concurrency.FACTOR, home, away).endswith("1 half-hour")

    def test_of_many_days(self):
        assert "28 days" in text(persistence.FACTOR, HOME, AWAY)

    def test_of_never_coming_home(self):
        assert text(homecoming.FACTOR, HOME, AWAY) == "never came home"

    def test_of_another_country(self):
        kinds = {0: {"country": "FR"}, 1: {"country": "PT"}}
        words = text(country.FACTOR, HOME, AWAY, kinds=kinds)
        assert "another country" in words
        assert "PT" not in words

    def test_of_a_distance_are_rough(self):
        kinds = {0: {"latitude": 45.8, "longitude": 4.8}, 1: {"latitude": 48.9, "longitude": 2.3}}
        words = text(distance.FACTOR, HOME, AWAY, kinds=kinds)
        assert re.search(r"\b\d+0 km", words)
