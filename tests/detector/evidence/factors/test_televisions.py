from detector.evidence.factors.televisions import LENT_TELEVISION, OWN_TELEVISION
from tests.detector.builders import visits
from tests.detector.evidence.lives import AWAY, HOME
from tests.detector.evidence.scenes import value


class TestOwnTelevision:
    def test_televisions_weigh_more_than_phones(self):
        phones = visits("ada", ["phone-away", "tablet-away"], 1)
        assert value(OWN_TELEVISION, HOME, AWAY) > value(OWN_TELEVISION, HOME, phones)


class TestLentTelevision:
    def test_a_television_that_dials_into_homes_line(self):
        home = visits("ada", ["tv-home", "phone-home"], 0, profiles=[1])
        tunnelled = visits("ada", "console-home", 0, profiles=[2])
        away = visits("ada", "phone-away", 1, profiles=[2])
        assert value(LENT_TELEVISION, home, tunnelled, away) == 1

    def test_a_television_that_the_family_watches(self):
        home = visits("ada", ["tv-home", "phone-home"], 0, profiles=[1])
        away = visits("ada", "phone-away", 1, profiles=[2])
        assert value(LENT_TELEVISION, home, away) == 0

    def test_a_television_seen_too_little(self):
        home = visits("ada", "phone-home", 0, profiles=[1]) + visits(
            "ada", "tv-home", 0, [1, 2], profiles=[2]
        )
        assert value(LENT_TELEVISION, home, visits("ada", "phone-away", 1, profiles=[2])) is None
