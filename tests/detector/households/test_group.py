import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.households.group import group_devices, list_devices
from detector.settings import HouseholdSettings, TieSettings
from detector.ties.build import build_ties
from tests.detector.builders import (
    day_of,
    device_type_of,
    place,
    places_of,
    sightings_of,
    stays,
    visit,
    visits,
    visits_of,
)

SETTINGS = HouseholdSettings()
MONTH = range(28)


def devices_of(rows, accounts=None):
    names = sorted({(r["account_id"], r["device_id"]) for r in rows})
    return pl.DataFrame(
        {
            "account_id": [a for a, _ in names],
            "device_id": [d for _, d in names],
            "device_type": [device_type_of(d) for _, d in names],
            "accounts": [(accounts or {}).get(d, 1) for _, d in names],
        }
    )


def group(*parts, accounts=None, settings=SETTINGS, marks=None):
    rows = {(r["account_id"], r["device_id"], r["day"], r["place"]): r for p in parts for r in p}
    found = visits_of(list(rows.values()))
    keys = sorted({(r["account_id"], r["place"]) for r in rows.values() if r["place"] >= 0})
    places = places_of([place(*key) for key in keys])
    ties = build_ties(found, places, TieSettings())
    devices = devices_of(rows.values(), accounts)
    return group_devices(found, marked(places, marks), ties, devices, settings)


def marked(places, marks):
    """Places with what is on record: of each number, the partner's bits, and the country."""
    if marks is None:
        return places
    told = [marks.get(number, {}) for number in places["place"]]
    schema = {"partner_micro_bits": pl.Int64, "in_country": pl.Boolean, "signed_up": pl.Date}
    return places.hstack(
        [pl.Series(name, [each.get(name) for each in told], t) for name, t in schema.items()]
    )


def households(*parts, **fields):
    """Devices of each group, home first."""
    devices = group(*parts, **fields).devices
    groups = devices.group_by("account_id", "group").agg(pl.col("device_id").sort())
    return groups.sort("account_id", "group")["device_id"].to_list()


class TestGroupDevices:
    def test_of_nobody(self):
        empty = visits_of([])
        ties = build_ties(empty, places_of([]), TieSettings())
        devices = devices_of([]).cast({"account_id": pl.String, "device_id": pl.String})
        assert group_devices(empty, places_of([]), ties, devices, SETTINGS).devices.is_empty()

    def test_a_family(self):
        assert households(visits("ada", ["phone", "tablet", "tv"], 0)) == [
            ["phone", "tablet", "tv"]
        ]

    def test_two_families(self):
        home, away = visits("ada", ["phone-a", "tv-a"], 0), visits("ada", ["tv-b"], 1, range(20))
        assert households(home, away) == [["phone-a", "tv-a"], ["tv-b"]]

    @pytest.mark.parametrize(("weight", "home"), [(10, "tv"), (1, "phone")])
    def test_home_is_rather_at_a_place_than_on_the_road(self, weight, home):
        settings = HouseholdSettings(day_at_a_place=weight, min_footing_days=1)
        lives = visits("ada", "tv", 0, range(3)), visits("ada", "phone", -1, range(9))
        assert households(*lives, settings=settings)[0] == [home]

    def test_a_phone_seen_twice_does_not_chain_two_homes(self):
        home, away = visits("ada", ["phone-a", "tv-a"], 0), visits("ada", ["phone-b", "tv-b"], 1)
        go_between = [visit("ada", "phone-c", 0, 3), visit("ada", "phone-c", 1, 4)]
        found = group(home, away, go_between).devices
        number = dict(found.select("device_id", "group").rows())
        assert number["tv-a"] == number["phone-a"] != number["tv-b"] == number["phone-b"]

    def test_home_is_where_most_of_the_life_is(self):
        busy, quiet = visits("ada", ["tv-b", "phone-b"], 1), visits("ada", "tv-a", 0, range(9))
        assert households(quiet, busy)[0] == ["phone-b", "tv-b"]

    def test_days_on_the_road_make_no_home(self):
        roamer = visits("ada", "phone", -1, MONTH)
        assert households(visits("ada", "tv", 0, range(9)), roamer)[0] == ["tv"]

    @pytest.mark.parametrize("where", [0, -1])
    def test_one_device_is_a_household(self, where):
        assert households(visits("ada", "phone", where)) == [["phone"]]

    def test_a_device_on_ten_thousand_accounts_is_no_device(self):
        rows = visits("ada", ["tv", "null-device"], 0)
        assert households(rows, accounts={"null-device": 10_000}) == [["tv"]]

    def test_a_device_on_two_accounts_is_one(self):
        rows = visits("ada", ["tv", "phone"], 0)
        assert households(rows, accounts={"phone": 2}) == [["phone", "tv"]]

    def test_accounts_are_grouped_by_themselves(self):
        rows = [*visits("ada", ["tv", "phone"], 0), *visits("bob", ["tv", "phone"], 0)]
        assert households(rows) == [["phone", "tv"], ["phone", "tv"]]

    def test_a_place_belongs_to_those_who_are_there_most(self):
        home, away = visits("ada", ["phone-a", "tv-a"], 0), visits("ada", "tv-b", 1, range(20))
        guests = visits("ada", "phone-a", 1, range(3))
        assert group(home, away, guests).places["group"].to_list() == [0, 1]


ROWS = st.lists(
    st.builds(
        visit,
        st.sampled_from(["ada", "bob"]),
        st.sampled_from(["tv-a", "tv-b", "phone-a", "phone-b", "phone-c"]),
        st.integers(-1, 2),
        st.integers(0, 9),
    ),
    min_size=1,
    max_size=60,
)


class TestProperties:
    @settings(deadline=None, max_examples=60)
    @given(ROWS, st.randoms())
    def test_the_order_of_rows_is_irrelevant(self, rows, random):
        one, two = group(rows), group(random.sample(rows, len(rows)))
        assert one.devices.equals(two.devices)
        assert one.places.equals(two.places)

    @settings(deadline=None, max_examples=60)
    @given(ROWS)
    def test_every_device_is_in_one_group_and_groups_count_from_home(self, rows):
        found = group(rows).devices
        assert found.height == len({(r["account_id"], r["device_id"]) for r in rows})
        numbers = found.group_by("account_id").agg(pl.col("group").unique().sort())["group"]
        assert all(list(found) == list(range(len(found))) for found in numbers)


class TestListDevices:
    NOBODY = pl.DataFrame(schema={"device_id": pl.String, "accounts": pl.UInt32})

    def listed(self, *rows, elsewhere=None):
        return list_devices(sightings_of(rows), self.NOBODY if elsewhere is None else elsewhere)

    def test_counts_days_once(self):
        rows = [
            *stays("ada", "tv", "81.2.69.1", range(3)),
            *stays("ada", "tv", "81.2.69.2", [2, 9]),
        ]
        assert self.listed(*rows)["active_days"].to_list() == [4]

    def test_what_once_called_itself_a_television_is_one(self):
        rows = [
            *stays("ada", "tv", "81.2.69.1", [0], device_type="unknown"),
            *stays("ada", "tv", "81.2.69.1", [1], device_type="tv"),
        ]
        assert self.listed(*rows)["device_type"].to_list() == ["tv"]

    def test_says_on_how_many_accounts_it_was_seen(self):
        counts = pl.DataFrame({"device_id": ["tv"], "accounts": [3]})
        rows = stays("ada", ["tv", "phone"], "81.2.69.1", [0])
        found = self.listed(*rows, elsewhere=counts.cast({"accounts": pl.UInt32}))
        assert dict(found.select("device_id", "accounts").rows()) == {"tv": 3, "phone": 1}


OWN, FOREIGN = {"partner_micro_bits": 2_000_000}, {"partner_micro_bits": -1_500_000}
HERE, ABROAD = {"in_country": True}, {"in_country": False}
BUSY = visits("ada", ["tv-b", "phone-b"], 0)
QUIET = visits("ada", ["tv-a", "phone-a"], 1, range(14))


def first_home(*parts, **fields):
    return households(*parts, **fields)[0]


class TestRecords:
    @pytest.mark.parametrize(
        "marks", [{0: FOREIGN, 1: OWN}, {0: ABROAD, 1: HERE}], ids=["partner", "country"]
    )
    def test_home_is_where_what_is_on_record_has_it(self, marks):
        assert first_home(BUSY, QUIET, marks=marks) == ["phone-a", "tv-a"]

    def test_home_is_the_side_that_was_there_when_the_account_was_new(self):
        late = visits("ada", ["tv-b", "phone-b"], 0, range(7, 28))
        new = {"signed_up": day_of(0)}
        assert first_home(late, QUIET, marks={0: new, 1: new}) == ["phone-a", "tv-a"]

    @pytest.mark.parametrize(
        "marks",
        [
            {0: OWN, 1: OWN},
            {0: FOREIGN, 1: FOREIGN},
            {0: {}, 1: {}},
            {0: ABROAD, 1: ABROAD},
            {0: {"signed_up": day_of(-400)}, 1: {"signed_up": day_of(-400)}},
        ],
        ids=["one operator", "another's lines", "no record", "all abroad", "an old account"],
    )
    def test_what_fits_both_sides_or_neither_leaves_home_where_most_of_the_life_is(self, marks):
        assert first_home(BUSY, QUIET, marks=marks) == ["phone-b", "tv-b"]

    def test_a_customer_behind_anothers_line_stays_at_home(self):
        """A weekend at somebody's who has the operator's line is no home."""
        weekend = [visit("ada", "phone-b2", 1, day) for day in (5, 6)]
        assert first_home(BUSY, weekend, marks={0: FOREIGN, 1: OWN}) == ["phone-b", "tv-b"]

    @pytest.mark.parametrize("name", ["record_bits", "doublings_per_bit"])
    def test_how_much_a_record_says_is_a_setting(self, name):
        deaf = HouseholdSettings(**{name: 0.0})
        assert first_home(BUSY, QUIET, marks={0: ABROAD, 1: HERE}, settings=deaf)[0] == "phone-b"
