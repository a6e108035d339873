"""What the profiles of an account tell of who its groups are."""

from detector.evidence.factors import lent_television, profile_turns, profile_twice
from tests.detector.builders import visits
from tests.detector.evidence.scenes import observed, value

CHILD = visits("ada", "tablet-home", 0, profiles=[2])
EVENING = [40, 41]


def test_one_profile_in_two_living_rooms():
    home = visits("ada", "tv-home", 0, playing=EVENING, profiles=[1])
    away = visits("ada", "tv-away", 1, playing=EVENING, profiles=[1])
    assert value(profile_twice.FACTOR, home, CHILD, away) == 2


def test_one_person_is_at_one_place():
    home = visits("ada", "tv-home", 0, range(14), playing=EVENING, profiles=[1])
    away = visits("ada", "phone-away", 1, range(14, 28), playing=EVENING, profiles=[1])
    assert value(profile_twice.FACTOR, home, CHILD, away) == 0
    assert value(profile_turns.FACTOR, home, CHILD, away) < -2


def test_who_played_on_a_shared_screen_is_not_known():
    home = visits("ada", "tv-home", 0, playing=EVENING, profiles=[1, 2])
    away = visits("ada", "phone-away", 1, playing=EVENING, profiles=[1])
    assert value(profile_twice.FACTOR, home, away) == 0


def test_other_people_at_once_are_no_clash():
    home = visits("ada", "tv-home", 0, playing=EVENING, profiles=[2])
    seldom = visits("ada", "tv-home", 0, [3], profiles=[1])[:1]
    seldom[0]["device_id"] = "phone-home"
    away = visits("ada", "tv-away", 1, playing=EVENING, profiles=[1])
    assert value(profile_twice.FACTOR, home, seldom, away) == 0


def test_strangers_have_no_profile_to_clash():
    home = visits("ada", "tv-home", 0, playing=EVENING, profiles=[1])
    away = visits("ada", "tv-away", 1, playing=EVENING, profiles=[2])
    assert value(profile_twice.FACTOR, home, away) is None


def test_a_borrowed_profile_takes_no_turns():
    home = visits("ada", "tv-home", 0, profiles=[1])
    away = visits("ada", "tv-away", 1, profiles=[1])
    assert abs(value(profile_turns.FACTOR, home, CHILD, away)) < 0.1


def test_a_television_that_dials_into_homes_line():
    home = visits("ada", ["tv-home", "phone-home"], 0, profiles=[1])
    tunnelled = visits("ada", "console-home", 0, profiles=[2])
    away = visits("ada", "phone-away", 1, profiles=[2])
    assert value(lent_television.FACTOR, home, tunnelled, away) == 1


def test_a_television_that_the_family_watches():
    home = visits("ada", ["tv-home", "phone-home"], 0, profiles=[1])
    away = visits("ada", "phone-away", 1, profiles=[2])
    assert value(lent_television.FACTOR, home, away) == 0


def test_a_television_seen_too_little():
    home = visits("ada", "phone-home", 0, profiles=[1]) + visits(
        "ada", "tv-home", 0, [1, 2], profiles=[2]
    )
    assert value(lent_television.FACTOR, home, visits("ada", "phone-away", 1, profiles=[2])) is None


def test_a_lone_group_has_no_twin():
    away = visits("ada", "tv-away", 1, profiles=[1])
    assert observed(CHILD, away)["twin"].to_list() == [None]
