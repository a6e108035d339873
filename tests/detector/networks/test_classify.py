import polars as pl
import pytest

from detector.networks.survey import survey
from detector.settings import Settings
from tests.detector.builders import sighting, sightings_of, stays, weekday

SIX_WEEKS = range(42)
WEEKDAYS = [day for day in SIX_WEEKS if weekday(day)]
ADDRESS = "81.2.69.142"


def kinds(*rows):
    sightings = sightings_of([row for part in rows for row in part])
    found = survey([sightings], Settings()).networks
    return dict(found.select("network", pl.col("kind").cast(pl.String)).rows())


def gateway(address, first=0, phones=30):
    """Each phone is on it for a day: a session's address of a mobile operator."""
    return [
        row
        for n in range(phones)
        for row in stays(f"walker-{first + n}", "phone", address, [n % 28])
    ]


def homes(address, count=20, days=SIX_WEEKS, **fields):
    return [
        row for n in range(count) for row in stays(f"home-{n}", ["tv", "phone"], address, days)
        for row in [row | fields]
    ]  # fmt: skip


class TestKinds:
    def test_a_family_at_home(self):
        assert kinds(stays("ada", ["tv", "phone"], ADDRESS)) == {ADDRESS: "home_line"}

    def test_phones_alone_on_a_line_of_their_own(self):
        assert kinds(stays("ada", ["phone", "tablet"], ADDRESS)) == {ADDRESS: "home_line"}

    def test_homes_with_televisions_on_one_day_are_behind_a_carrier(self):
        assert kinds(homes(ADDRESS)) == {ADDRESS: "carrier_nat"}

    def test_an_address_handed_from_home_to_home_is_a_line(self):
        handed = [stays(f"home-{n}", ["tv", "phone"], ADDRESS, range(6 * n, 6 * n + 6))
                  for n in range(7)]  # fmt: skip
        assert kinds(*handed) == {ADDRESS: "home_line"}

    def test_phones_for_a_day_each_are_on_the_road(self):
        found = kinds(*(gateway(f"92.40.1.{n}", 30 * n) for n in range(3)))
        assert set(found.values()) == {"cellular"}

    def test_a_gateway_seen_once_is_known_by_its_neighbours(self):
        around = [gateway(f"92.40.1.{n}", 30 * n) for n in range(3)]
        lone = [sighting("ada", "phone", "92.40.1.99")]
        assert kinds(*around, lone)["92.40.1.99"] == "cellular"

    def test_an_address_seen_once_without_neighbours_is_unknown(self):
        assert kinds([sighting("ada", "phone", ADDRESS)]) == {ADDRESS: "unknown"}

    def test_neighbours_do_not_make_a_television_mobile(self):
        around = [gateway(f"92.40.1.{n}", 30 * n) for n in range(3)]
        found = kinds(*around, stays("ada", "tv", "92.40.1.99"))
        assert found["92.40.1.99"] == "home_line"

    def test_colleagues_meet_on_weekdays(self):
        staff = [stays(f"clerk-{n}", "laptop", ADDRESS, WEEKDAYS, hours=range(9, 17))
                 for n in range(12)]  # fmt: skip
        assert kinds(*staff) == {ADDRESS: "workplace"}

    def test_one_clerk_alone_keeps_office_days(self):
        assert kinds(stays("clerk", "laptop", ADDRESS, WEEKDAYS)) == {ADDRESS: "workplace"}

    def test_a_television_on_weekdays_is_no_office(self):
        assert kinds(stays("ada", ["tv", "phone"], ADDRESS, WEEKDAYS)) == {ADDRESS: "home_line"}

    def test_students_live_on_a_campus(self):
        students = [stays(f"s-{n}", ["laptop", "phone"], ADDRESS, SIX_WEEKS) for n in range(30)]
        assert kinds(*students) == {ADDRESS: "campus"}

    def test_guests_come_and_go(self):
        guests = [stays(f"guest-{n}", ["laptop", "tablet"], ADDRESS, [n, n + 1]) for n in range(40)]
        assert kinds(*guests) == {ADDRESS: "venue"}

    def test_a_cell_of_coordinates_is_not_judged_by_its_homes(self):
        assert kinds(homes("cell:40.71,-74.01")) == {"cell:40.71,-74.01": "unknown"}


class TestEnrichment:
    @pytest.mark.parametrize(
        ("said", "kind"),
        [
            ({"as_org": "iCloud Private Relay"}, "anonymizer"),
            ({"connection_type": "hosting"}, "anonymizer"),
            ({"connection_type": "vpn", "as_org": "Nord"}, "anonymizer"),
            ({"connection_type": "cellular"}, "cellular"),
            ({"as_org": "Vodafone Mobile"}, "cellular"),
        ],
    )
    def test_is_believed(self, said, kind):
        assert kinds(stays("ada", "phone", ADDRESS, **said)) == {ADDRESS: kind}

    def test_a_fixed_line_is_judged_by_behaviour(self):
        assert kinds(homes(ADDRESS, connection_type="fixed")) == {ADDRESS: "carrier_nat"}
