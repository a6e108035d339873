from detector.settings import TieSettings
from detector.ties.build import build_ties
from tests.detector.builders import place, places_of, visits, visits_of

SETTINGS = TieSettings()
FOUND = {"kind": "unknown", "ipv6_days": None, "latitude": 45.8, "longitude": 4.8}


def tie(crowds, *parts, settings=SETTINGS, **facts):
    """`crowds` by place: the accounts seen there."""
    rows = [row for part in parts for row in part]
    places = [place("ada", n, **FOUND | {"accounts": crowd} | facts) for n, crowd in crowds.items()]
    return build_ties(visits_of(rows), places_of(places), settings)["strength"].to_list()


HOME_A, STADIUM, CORNER, HOME_B = range(4)
ONE = visits("ada", "a", HOME_A, range(6)), visits("ada", "a", STADIUM, range(6, 9))
OTHER = visits("ada", "b", HOME_B, range(6)), visits("ada", "b", STADIUM, range(6, 9))
TWIN = visits("ada", "b", HOME_A, range(6)), visits("ada", "b", STADIUM, range(6, 9))
CROWDS = {HOME_A: 2, STADIUM: 900, CORNER: 1, HOME_B: 3}


class TestCrowds:
    def test_friends_who_visit_the_same_stadium_are_not_tied_by_it(self):
        assert tie(CROWDS, *ONE, *OTHER)[0] < 0.2

    def test_the_two_telephones_of_one_person_are_tied(self):
        assert tie(CROWDS, *ONE, *TWIN)[0] > 0.9

    def test_a_corner_that_nobody_else_goes_to_ties(self):
        met = {**CROWDS, STADIUM: 1}
        assert tie(met, *ONE, *OTHER)[0] > tie(CROWDS, *ONE, *OTHER)[0]

    def test_lines_are_not_asked_for_their_crowd(self):
        line = {"kind": "home_line", "ipv6_days": 0}
        few, many = (tie({**CROWDS, STADIUM: n}, *ONE, *OTHER, **line) for n in (1, 900))
        assert few == many

    def test_the_settings_are_read(self):
        usual = tie(CROWDS, *ONE, *TWIN)
        for change in ({"habit_share": 0.1}, {"strangers_elsewhere": 1.0}, {"even_bits": 6.0}):
            assert tie(CROWDS, *ONE, *TWIN, settings=TieSettings(**change)) != usual
