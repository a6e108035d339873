import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.networks.classify import (
    classify_networks,
    count_hops,
    count_networks,
    find_pools,
    merge_counts,
    merge_hops,
)
from detector.schemas import NetworkCounts
from detector.settings import NetworkSettings
from tests.detector.builders import MONDAY, sighting, sightings_of, stays, weekday
from tests.detector.plain_stages import plain_counts

SETTINGS = NetworkSettings()
SIX_WEEKS = range(42)
WEEKDAYS = [day for day in SIX_WEEKS if weekday(day)]
ADDRESS = "81.2.69.142"


def kinds(*rows):
    sightings = sightings_of([row for part in rows for row in part])
    pools = find_pools(merge_hops([count_hops(sightings)]), SETTINGS)
    found = classify_networks(merge_counts([count_networks(sightings)]), pools, SETTINGS)
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


class TestPools:
    def test_prefixes_that_televisions_hop_between_are_one(self):
        hopping = [
            row
            for n in range(10)
            for row in stays(f"home-{n}", "tv", f"81.{2 + n % 2}.1.{n}", [0])
            + stays(f"home-{n}", "tv", f"81.{3 - n % 2}.7.{n}", [1])
        ]
        hops = merge_hops([count_hops(sightings_of(hopping))])
        assert find_pools(hops, SETTINGS).sort("prefix").rows() == [
            ("81.2", "81.2"),
            ("81.3", "81.2"),
        ]

    def test_one_family_that_moves_house_joins_no_providers(self):
        settled = [row for n in range(20)
                   for row in stays(f"home-{n}", "tv", f"81.{2 + n % 2}.1.{n}")]  # fmt: skip
        moved = [
            *stays("ada", "tv", "81.2.9.9", range(14)),
            *stays("ada", "tv", "81.3.9.9", range(14, 28)),
        ]
        hops = merge_hops([count_hops(sightings_of(settled + moved))])
        assert find_pools(hops, SETTINGS)["pool"].n_unique() == 2

    def test_phones_hop_from_operator_to_operator(self):
        rows = [row for n in range(10) for row in stays(f"a-{n}", "phone", f"81.{2 + n}.1.1")]
        assert find_pools(count_hops(sightings_of(rows)), SETTINGS).is_empty()


ROWS = st.lists(
    st.builds(
        sighting,
        st.sampled_from(["a", "b", "c", "d"]),
        st.sampled_from(["tv", "phone", "laptop"]),
        st.sampled_from(["81.2.69.1", "81.3.69.2", "cell:1.00,1.00"]),
        st.integers(0, 12),
        city=st.none() | st.sampled_from(["Lyon", "Albi"]),
        asn=st.none() | st.integers(1, 3),
        lat_e4_sum=st.integers(-900_000, 900_000),
        located=st.integers(0, 5),
    ),
    min_size=1,
    max_size=30,
    unique_by=lambda row: tuple(row[k] for k in ("account_id", "device_id", "network", "day")),
)


class TestCounts:
    def test_count_people_not_rows(self):
        rows = stays("ada", ["tv", "phone"], ADDRESS, range(7))
        found = count_networks(sightings_of(rows)).counts
        names = ["accounts", "devices", "phones", "stationary_accounts", "account_days"]
        assert found.select(names).row(0) == (1, 2, 1, 1, 7)

    def test_of_nobody(self):
        assert count_networks(sightings_of([])).counts.equals(NetworkCounts.create_empty())

    @settings(deadline=None, max_examples=60)
    @given(ROWS, st.integers(1, 5))
    def test_compiled_loops_count_what_the_definition_says(self, rows, stretch):
        rows = [row | {"day": MONDAY + stretch * (row["day"] - MONDAY)} for row in rows]
        expected = plain_counts(rows)
        for found in merge_counts([count_networks(sightings_of(rows))]).iter_rows(named=True):
            told = expected.pop(found["network"])
            assert {name: found[name] for name in told} == told
        assert not expected

    @settings(deadline=None, max_examples=30)
    @given(ROWS)
    def test_disjoint_accounts_add_up(self, rows):
        whole = sightings_of(rows)
        shards = [part for _, part in whole.group_by("account_id")]
        merged = merge_counts(count_networks(shard) for shard in shards)
        assert merged.equals(merge_counts([count_networks(whole)]))

    @settings(deadline=None, max_examples=30)
    @given(ROWS)
    def test_hops_of_disjoint_accounts_add_up(self, rows):
        whole = sightings_of(rows)
        shards = [part for _, part in whole.group_by("account_id")]
        merged = merge_hops(count_hops(shard) for shard in shards)
        assert merged.equals(merge_hops([count_hops(whole)]))
