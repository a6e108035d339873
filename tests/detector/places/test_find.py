import polars as pl
import pytest

from detector.networks.lookup import Gazetteer
from detector.places.find import find_places
from detector.schemas import PlaceNetworks, Places, Visits
from detector.settings import PlaceSettings
from tests.detector.builders import (
    EVENING,
    day_of,
    network,
    networks_of,
    sighting,
    sightings_of,
    stays,
)
from tests.detector.places.test_lines import NOWHERE_SCATTERED, hopping

SETTINGS = PlaceSettings()
MONTH = range(28)
FIRST_HALF, SECOND_HALF = range(14), range(14, 28)


def find(*parts, **kinds):
    """`kinds` are overridden facts of a network, by its name; all others are home lines of AS1."""
    rows = {(r["account_id"], r["device_id"], r["network"], r["day"]): r for p in parts for r in p}
    sightings = sightings_of(list(rows.values()))
    facts = {**{name: {} for name in sightings["network"].unique()}, **kinds.pop("facts", {})}
    networks = networks_of([network(name, **fields) for name, fields in facts.items()])
    return find_places(sightings, Gazetteer.of(networks, NOWHERE_SCATTERED), SETTINGS)


def spots(*parts, **kinds):
    """Networks that are one place, best-used place first."""
    found = find(*parts, **kinds).place_networks
    places = found.group_by("account_id", "place").agg(pl.col("network").sort())
    return places.sort("account_id", "place")["network"].to_list()


OLD, NEW, OTHER = "81.2.69.142", "90.6.1.7", "81.2.200.9"
HEAD = "2a02:8071:b9:4201::/64"
SUBNET, NEW_HEAD = "2a02:8071:b9:4202::/64", "2a02:8071:c7:1101::/64"


class TestOnePlace:
    def test_two_subnets_of_one_router(self):
        assert spots(stays("ada", "tv", HEAD), stays("ada", "phone", SUBNET)) == [[HEAD, SUBNET]]

    def test_one_protocol_is_numbered_anew_by_itself(self):
        both = [*stays("ada", "phone", OLD), *stays("ada", "phone", HEAD, FIRST_HALF)]
        after = stays("ada", "phone", NEW_HEAD, SECOND_HALF, hours=[8])
        assert spots(both, after) == [sorted([HEAD, NEW_HEAD, OLD])]

    def test_leases_too_short_to_tell_at_either_end_of_the_window(self):
        days = [range(2), range(2, 14), range(14, 26), range(26, 28)]
        lines = [OLD, NEW, OTHER, "90.6.77.1"]
        kept = [stays("ada", ["phone", "tablet"], at, d) for at, d in zip(lines, days, strict=True)]
        assert spots(*kept) == [sorted(lines)]

    def test_a_telephone_shows_both_protocols_in_one_day_but_in_no_hour(self):
        phone = [*stays("ada", "phone", OLD, hours=[8]), *stays("ada", "phone", HEAD, hours=[20])]
        assert spots(stays("ada", "tv", OLD), phone) == [sorted([HEAD, OLD])]

    def test_a_family_at_home(self):
        assert spots(stays("ada", ["tv", "phone"], OLD)) == [[OLD]]

    def test_the_night_the_provider_renumbers(self):
        before = stays("ada", ["tv", "phone"], OLD, FIRST_HALF)
        after = stays("ada", ["tv", "phone"], NEW, SECOND_HALF)
        assert spots(before, after) == [[OLD, NEW]]

    def test_a_lease_of_phones_alone_ends(self):
        before = stays("ada", ["phone", "tablet"], OLD, FIRST_HALF)
        after = stays("ada", ["phone", "tablet"], NEW, SECOND_HALF)
        assert spots(before, after) == [[OLD, NEW]]

    def test_a_lease_that_ends_in_a_holiday(self):
        before = stays("ada", "phone", OLD, range(10))
        after = stays("ada", "phone", NEW, range(17, 28))
        assert spots(before, after) == [[OLD, NEW]]

    def test_a_television_hops_over_dozens_of_addresses(self):
        assert len(spots(hopping("tv", "home"))) == 1

    def test_geolocation_does_not_tear_a_home_apart(self):
        cities = {OLD: {"city": "Lyon", "latitude": 45.7, "longitude": 4.8},
                  NEW: {"city": "Paris", "latitude": 48.9, "longitude": 2.3}}  # fmt: skip
        home = [*stays("ada", "tv", OLD, FIRST_HALF), *stays("ada", "tv", NEW, SECOND_HALF)]
        assert spots(home, facts=cities) == [[OLD, NEW]]

    def test_both_protocols_in_one_evening(self):
        home = [*stays("ada", "tv", OLD), *stays("ada", "tv", HEAD)]
        assert spots(home, facts={HEAD: {"pool": "AS2"}}) == [sorted([HEAD, OLD])]

    def test_a_television_alternates_between_two_lines(self):
        home = [
            row for day in MONTH for row in stays("ada", "tv", OLD if day // 3 % 2 else NEW, [day])
        ]
        assert spots(home, facts={NEW: {"pool": "AS2"}}) == [[OLD, NEW]]

    def test_a_home_on_a_mobile_router(self):
        router = {OLD: {"kind": "cellular"}}
        assert spots(stays("ada", ["tv", "phone"], OLD), facts=router) == [[OLD]]


class TestTwoPlaces:
    def test_two_homes_of_one_provider(self):
        assert spots(stays("ada", "tv-a", OLD), stays("ada", "tv-b", OTHER, range(20))) == [
            [OLD],
            [OTHER],
        ]

    @pytest.mark.parametrize("days", [[9], [9, 10], [9, 16, 23]])
    def test_a_visit_to_a_friend_with_the_same_provider(self, days):
        home = stays("ada", "tv", OLD)
        phone = stays("ada", "phone", OLD, [day for day in MONTH if day not in days])
        assert spots(home, phone, stays("ada", "phone", OTHER, days)) == [[OLD], [OTHER]]

    def test_a_visit_to_a_friend_whose_television_is_signed_in(self):
        days = [9, 16]
        home = stays("ada", "tv", OLD)
        phone = stays("ada", "phone", OLD, [day for day in MONTH if day not in days])
        away = stays("ada", "phone", OTHER, days)
        assert spots(home, phone, away, stays("ada", "tv-friend", OTHER, range(27))) == [
            [OLD],
            [OTHER],
        ]

    def test_a_friend_of_whom_nothing_is_seen_but_while_a_lease_lasts(self):
        days = range(10), range(10, 28)
        home = [stays("ada", "tv", at, d) for at, d in zip((OLD, NEW), days, strict=True)]
        assert spots(*home, stays("ada", "phone", OTHER, [4, 5])) == [[OLD, NEW], [OTHER]]

    def test_a_moved_house_with_another_provider(self):
        before = stays("ada", ["tv", "phone"], OLD, range(13))
        after = stays("ada", ["tv", "phone"], NEW, range(13, 28))
        assert spots(before, after, facts={NEW: {"pool": "AS2"}}) == [[NEW], [OLD]]

    def test_a_line_that_rested_longer_than_a_holiday(self):
        before = stays("ada", "phone", OLD, range(5))
        after = stays("ada", "phone", NEW, range(20, 28))
        assert spots(before, after) == [[NEW], [OLD]]

    def test_an_office_is_no_lease_of_home(self):
        before = stays("ada", "laptop", OLD, FIRST_HALF)
        after = stays("ada", "laptop", NEW, range(14, 27))
        assert spots(before, after, facts={NEW: {"kind": "workplace"}}) == [[OLD], [NEW]]

    def test_two_homes_of_phones_behind_one_carrier_with_lines_of_their_own(self):
        heads = ["2a02:8071:b9:4201::/64", "2a02:8071:c7:1101::/64"]
        rows = [
            row
            for phone, head in zip(("phone-a", "phone-b"), heads, strict=True)
            for row in stays("ada", phone, OLD) + stays("ada", phone, head)
        ]
        facts = {OLD: {"kind": "carrier_nat"}, **{h: {"pool": h} for h in heads}}
        assert sorted(spots(rows, facts=facts)) == sorted([[OLD], *([h] for h in heads)])

    def test_a_guest_does_not_take_the_hosts_addresses_home(self):
        home = hopping("tv", "home")
        guest = hopping("phone", "home", [5]) + hopping("phone", "elsewhere", range(6, 12))
        visits = find(home, guest).visits
        assert visits.filter(pl.col("device_id") == "tv")["place"].unique().to_list() == [0]


class TestNoPlace:
    @pytest.mark.parametrize("kind", ["cellular", "anonymizer"])
    def test_a_phone_on_a_gateway_or_relay(self, kind):
        assert spots(stays("ada", "phone", OLD), facts={OLD: {"kind": kind}}) == []

    def test_a_television_behind_a_relay(self):
        assert spots(stays("ada", "tv", OLD), facts={OLD: {"kind": "anonymizer"}}) == []

    def test_is_visited_all_the_same(self):
        found = find(stays("ada", "phone", OLD), facts={OLD: {"kind": "cellular"}})
        assert found.visits["place"].to_list() == [-1] * 28


class TestFindPlaces:
    def test_of_nothing(self):
        found = find()
        empties = (PlaceNetworks, Places, Visits)
        tables = (found.place_networks, found.places, found.visits)
        assert [t.equals(e.create_empty()) for t, e in zip(tables, empties, strict=True)] == [
            True,
            True,
            True,
        ]

    def test_a_log_of_coordinates_only(self):
        cells = ["cell:40.71,-74.01", "cell:40.75,-73.99"]
        rows = [row for cell in cells for row in stays("ada", "phone", cell, [0, 3, 7])]
        facts = {cell: {"kind": "unknown", "pool": cell} for cell in cells}
        assert spots(rows, facts=facts) == [[cells[0]], [cells[1]]]

    def test_a_log_of_countries_only(self):
        facts = {"country:FR": {"kind": "unknown", "pool": "country:FR"}}
        assert spots(stays("ada", ["tv", "phone"], "country:FR"), facts=facts) == [["country:FR"]]

    def test_no_half_hour_is_lost_in_the_visits(self):
        home = [*stays("ada", "tv", OLD), *stays("ada", "phone", NEW), *stays("bob", "tv", OLD)]
        assert find(home).visits["use"].sum() == 2 * len(EVENING) * len(home)

    def test_other_accounts_change_nothing(self):
        ada = [*stays("ada", "tv", OLD, FIRST_HALF), *stays("ada", "tv", NEW, SECOND_HALF)]
        bob = [*stays("bob", "tv", NEW, FIRST_HALF), *stays("bob", "phone", OTHER)]
        both = find(ada, bob).places.filter(pl.col("account_id") == "ada")
        assert both.equals(find(ada).places)

    def test_the_order_of_rows_is_irrelevant(self):
        rows = [
            *stays("ada", "tv", OLD, FIRST_HALF),
            *stays("ada", "tv", NEW, SECOND_HALF),
            *hopping("phone", "elsewhere"),
            *stays("bob", "tv", OTHER),
        ]
        one, two = find(rows), find(rows[::-1])
        assert one.places.equals(two.places)
        assert one.visits.equals(two.visits)

    def test_positions_are_coarse(self):
        facts = {OLD: {"latitude": 45.7612, "longitude": 4.8357}}
        found = find([sighting("ada", "tv", OLD)], facts=facts).places
        assert found.select("latitude", "longitude").row(0) == (45.8, 4.8)


class TestCommonLines:
    """Which home line of a place others are on too, so that a reviewer finds them."""

    def lines(self, *parts, **facts):
        found = find(*parts, facts=facts)
        return found.places.sort("account_id", "place")["common_line"].to_list()

    def test_two_accounts_on_one_line_have_one_number(self):
        both = [stays("ada", "tv", OLD), stays("bob", "tv", OLD)]
        ada, bob = self.lines(*both, **{OLD: {"accounts": 2}})
        assert ada == bob is not None

    def test_two_subnets_of_one_router_are_one_line(self):
        both = [stays("ada", "tv", HEAD), stays("bob", "tv", SUBNET)]
        ada, bob = self.lines(*both, **{HEAD: {"accounts": 2}, SUBNET: {"accounts": 2}})
        assert ada == bob is not None

    def test_two_lines_have_two_numbers(self):
        both = [stays("ada", "tv", OLD), stays("bob", "tv", OTHER)]
        assert len({*self.lines(*both, **{OLD: {"accounts": 2}, OTHER: {"accounts": 2}})}) == 2

    def test_the_days_are_those_on_that_line(self):
        parts = [stays("ada", "tv", NEW, range(4)), stays("ada", "tv", OLD, range(4, 28))]
        found = find(*parts, facts={OLD: {"accounts": 2}, NEW: {"accounts": 1}}).places
        assert found["first_day"].to_list() == [day_of(0)]
        assert found["line_first_day"].to_list() == [day_of(4)]
        assert found["line_last_day"].to_list() == [day_of(27)]

    def test_a_line_of_nobody_else_has_none(self):
        assert self.lines(stays("ada", "tv", OLD)) == [None]

    def test_a_hotel_is_nobodys_line(self):
        hotel = {"accounts": 90, "kind": "venue"}
        assert self.lines(stays("ada", "tv", OLD), **{OLD: hotel}) == [None]
