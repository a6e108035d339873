import pytest

from detector.evidence.observations import HomeObservations
from tests.detector.builders import visits
from tests.detector.evidence.lives import LIVES
from tests.detector.evidence.scenes import MOBILE, homes

FAMILY = visits("ada", ["tv-home", "phone-home"], 0)


def home(*parts, **fields):
    return homes(*parts, **fields).row(0, named=True)


class TestObserveHomes:
    def test_of_nobody(self):
        assert homes().is_empty()

    @pytest.mark.parametrize("home", [life[0] for life in LIVES.values()], ids=LIVES)
    def test_all_columns_are_as_their_schema_says(self, home):
        assert HomeObservations.validate(homes(home)).height == 1

    def test_devices_and_televisions(self):
        found = home(FAMILY)
        assert (found["home_devices"], found["home_televisions"]) == (2, 1)

    def test_half_hours_that_a_second_device_played(self):
        both = visits("ada", ["tv-home", "phone-home"], 0, [0, 1], playing=[40, 41])
        assert home(both)["home_parallel"] == 4

    def test_one_device_plays_beside_nobody(self):
        assert home(visits("ada", "tv-home", 0, playing=[40, 41]))["home_parallel"] == 0

    def test_one_device_on_two_lines_in_a_half_hour_plays_beside_nobody(self):
        lines = [visits("ada", "phone-home", place, playing=[40]) for place in (0, 2)]
        assert home(*lines)["home_parallel"] == 0

    def test_profiles_are_counted_once(self):
        found = home(visits("ada", ["tv-home", "phone-home"], 0, profiles=[1, 63]))
        assert found["home_profiles"] == 2

    def test_accounts_on_the_line_where_most_days_were_spent(self):
        trip = visits("ada", "phone-home", 2, [3])
        kinds = {0: {"accounts": 4}, 2: {"accounts": 900}}
        assert home(FAMILY, trip, kinds=kinds)["line_accounts"] == 4

    def test_days_away(self):
        assert home(FAMILY, visits("ada", "phone-home", 2, [3, 4]))["away_days"] == 2

    def test_on_the_road_only_there_is_no_line(self):
        assert home(visits("ada", "phone-home", MOBILE))["line_accounts"] is None

    def test_one_family_is_one_circle(self):
        found = home(visits("ada", ["tv-home", "console-home"], 0, profiles=[1, 2]))
        assert (found["screen_circles"], found["second_circle"]) == (1, 0)

    def test_two_households_behind_one_address_are_two_circles(self):
        ours = visits("ada", ["tv-home", "phone-home"], 0, profiles=[1])
        found = home(ours, visits("ada", "stick-home", 0, profiles=[2]))
        assert (found["screen_circles"], found["second_circle"]) == (2, 28)

    def test_a_reader_with_a_phone_of_her_own_has_no_television(self):
        ours = visits("ada", "tv-home", 0, profiles=[1])
        assert home(ours, visits("ada", "phone-home", 0, profiles=[2]))["screen_circles"] == 1

    def test_without_profiles_nothing_is_said_of_circles(self):
        assert home(FAMILY)["screen_circles"] is None

    def test_the_order_of_rows_is_irrelevant(self):
        rows = [*FAMILY, *visits("ada", "phone-home", 2, [3, 4])]
        assert homes(rows).equals(homes(rows[::-1]))


def test_of_an_account_with_a_second_group_nothing_is_asked():
    assert homes(FAMILY, visits("ada", "tv-away", 1)).is_empty()
