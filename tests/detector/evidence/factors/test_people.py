from detector.evidence.factors.people import PROFILE_TURNS, PROFILE_TWICE, PROFILES
from tests.detector.builders import visits
from tests.detector.evidence.scenes import value

CHILD = visits("ada", "tablet-home", 0, profiles=[2])
EVENING = [40, 41]


class TestProfiles:
    def test_one_person_with_one_profile(self):
        home = visits("ada", ["tv-home"], 0, profiles=[1])
        child = visits("ada", ["tablet-home"], 0, profiles=[2])
        own = visits("ada", "phone-away", 1, profiles=[1])
        assert value(PROFILES, home, child, own) == 0.5

    def test_strangers_with_other_profiles(self):
        home = visits("ada", "tv-home", 0, profiles=[1])
        assert value(PROFILES, home, visits("ada", "tv-away", 1, profiles=[2])) < 0.1

    def test_one_day_proves_little(self):
        home = visits("ada", "tv-home", 0, profiles=[1])
        once = visits("ada", "tv-away", 1, profiles=[2])[:1]
        assert value(PROFILES, home, once) > 0.3


class TestOneProfileAtTwoPlaces:
    def test_one_profile_in_two_living_rooms(self):
        home = visits("ada", "tv-home", 0, playing=EVENING, profiles=[1])
        away = visits("ada", "tv-away", 1, playing=EVENING, profiles=[1])
        assert value(PROFILE_TWICE, home, CHILD, away) == 2

    def test_one_person_is_at_one_place(self):
        home = visits("ada", "tv-home", 0, range(14), playing=EVENING, profiles=[1])
        away = visits("ada", "phone-away", 1, range(14, 28), playing=EVENING, profiles=[1])
        assert value(PROFILE_TWICE, home, CHILD, away) == 0
        assert value(PROFILE_TURNS, home, CHILD, away) < -2

    def test_who_played_on_a_shared_screen_is_not_known(self):
        home = visits("ada", "tv-home", 0, playing=EVENING, profiles=[1, 2])
        away = visits("ada", "phone-away", 1, playing=EVENING, profiles=[1])
        assert value(PROFILE_TWICE, home, away) == 0

    def test_other_people_at_once_are_no_clash(self):
        home = visits("ada", "tv-home", 0, playing=EVENING, profiles=[2])
        seldom = visits("ada", "tv-home", 0, [3], profiles=[1])[:1]
        seldom[0]["device_id"] = "phone-home"
        away = visits("ada", "tv-away", 1, playing=EVENING, profiles=[1])
        assert value(PROFILE_TWICE, home, seldom, away) == 0

    def test_strangers_have_no_profile_to_clash(self):
        home = visits("ada", "tv-home", 0, playing=EVENING, profiles=[1])
        away = visits("ada", "tv-away", 1, playing=EVENING, profiles=[2])
        assert value(PROFILE_TWICE, home, away) is None

    def test_a_borrowed_profile_takes_no_turns(self):
        home = visits("ada", "tv-home", 0, profiles=[1])
        away = visits("ada", "tv-away", 1, profiles=[1])
        assert abs(value(PROFILE_TURNS, home, CHILD, away)) < 0.1
