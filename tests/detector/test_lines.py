import random

import polars as pl
import pytest

from detector.lines import (
    count_meetings,
    count_pool_meetings,
    find_scattering_pools,
    label_lines,
    name_units,
)
from detector.settings import PlaceSettings
from tests.detector.builders import DAYS, EVENING, network, networks_of, sighting, sightings_of

SETTINGS = PlaceSettings()
NOWHERE_SCATTERED = pl.DataFrame(schema={"pool": pl.String})
SCATTERED = pl.DataFrame({"pool": ["AS1"]})


def address_of(line, day, hour, stretch=3840):
    """Another address at each hour, out of the stretch that the provider deals out there."""
    draw = random.Random(f"{line}/{day}/{hour}").randrange(stretch)
    return f"81.2.{64 + draw // 256}.{draw % 256}"


def hopping(device, line, days=DAYS, hours=EVENING, account="ada"):
    """A device on a line that shows another address at most sessions."""
    return [
        sighting(account, device, address_of(line, day, hour), day, hours=[hour])
        for day in days
        for hour in hours
    ]


def scattering(device, days=DAYS, account="ada"):
    """A device whose every session has an address that no other session has."""
    return hopping(device, f"{account}-{device}", days, account=account)


def units(*parts):
    rows = {(r["account_id"], r["device_id"], r["network"], r["day"]): r for p in parts for r in p}
    spots = sightings_of(list(rows.values())).with_columns(pool=pl.lit("AS1"))
    return name_units(spots, SETTINGS)


def lines(*parts, scatter=NOWHERE_SCATTERED):
    """Devices that are on one line together, account by account."""
    named = units(*parts)
    labels = label_lines(named, scatter, SETTINGS)
    found = (
        named.filter("hops")
        .join(labels, on=["account_id", "pool", "unit"])
        .group_by("account_id", "line")
        .agg(pl.col("device_id").unique())
    )
    return {frozenset(devices) for devices in found["device_id"]}


def together(*groups):
    return {frozenset(group) for group in groups}


class TestLabelLines:
    def test_two_televisions_of_one_home(self):
        found = lines(hopping("tv-hall", "home"), hopping("tv-loft", "home"))
        assert found == together(["tv-hall", "tv-loft"])

    def test_two_homes_of_one_provider_never_meet(self):
        found = lines(hopping("tv-hall", "home"), hopping("tv-loft", "elsewhere"))
        assert found == together(["tv-hall"], ["tv-loft"])

    def test_a_phone_is_on_the_line_of_its_television(self):
        found = lines(
            hopping("tv-hall", "home"),
            hopping("tv-loft", "elsewhere"),
            hopping("phone", "elsewhere"),
        )
        assert found == together(["tv-hall"], ["tv-loft", "phone"])

    @pytest.mark.parametrize(
        "visits",
        [pytest.param([5], id="one evening"), pytest.param([5, 12], id="two evenings")],
    )
    def test_a_visit_does_not_make_two_lines_one(self, visits):
        found = lines(
            hopping("tv-hall", "home"),
            hopping("tv-loft", "elsewhere"),
            hopping("phone", "home", [day for day in DAYS if day not in visits]),
            hopping("phone", "elsewhere", visits),
        )
        assert found == together(["tv-hall", "phone"], ["tv-loft"])

    @pytest.mark.parametrize(
        "second",
        [
            pytest.param(hopping("tv-loft", "other", hours=[8]), id="never on at the same hour"),
            pytest.param(hopping("tv-loft", "other", [3], hours=[20]), id="seen once"),
        ],
    )
    def test_without_a_chance_to_meet_nobody_is_set_apart(self, second):
        assert lines(hopping("tv-hall", "home"), second) == together(["tv-hall", "tv-loft"])

    def test_where_no_session_shares_an_address_not_meeting_says_nothing(self):
        devices = [scattering("tv-hall"), scattering("tv-loft")]
        assert lines(*devices, scatter=SCATTERED) == together(["tv-hall", "tv-loft"])

    def test_accounts_know_nothing_of_each_other(self):
        found = lines(hopping("tv", "home"), hopping("tv-bob", "home", account="bob"))
        assert found == together(["tv"], ["tv-bob"])

    def test_the_order_of_rows_is_irrelevant(self):
        named = units(hopping("tv-hall", "home"), hopping("tv-loft", "home"))
        shuffled = named.sample(fraction=1, shuffle=True, seed=3)
        order = ["account_id", "unit"]
        one = label_lines(named, NOWHERE_SCATTERED, SETTINGS).sort(order)
        assert one.equals(label_lines(shuffled, NOWHERE_SCATTERED, SETTINGS).sort(order))


class TestCountMeetings:
    def test_one_line_is_met_on_as_often_as_expected(self):
        found = count_meetings(units(hopping("tv-hall", "home"), hopping("tv-loft", "home")))
        assert found["matched"].to_list() == [28 * 3]

    def test_two_lines_are_expected_to_meet_and_do_not(self):
        found = count_meetings(units(hopping("tv-hall", "home"), hopping("tv-loft", "other")))
        assert found.select(pl.col("expected") > 50, pl.col("matched") < 3).row(0) == (True, True)

    def test_addresses_kept_for_a_day_are_met_by_day(self):
        daily = [
            sighting("ada", device, address_of("home", day, 0), day, hours=[hour])
            for day in DAYS
            for device, hour in (("tv-hall", 9), ("tv-loft", 21))
        ]
        found = count_meetings(units(daily))
        assert found.select("matched", "expected").row(0) == (28, 28)


class TestScatteringPools:
    @staticmethod
    def scattered(*parts):
        sightings = sightings_of([row for part in parts for row in part])
        networks = networks_of([network(name) for name in sightings["network"].unique()])
        meetings = count_pool_meetings(sightings)
        return find_scattering_pools(meetings, networks, SETTINGS)["pool"].to_list()

    def test_a_provider_on_which_no_home_meets_itself(self):
        homes = [
            scattering(device, account=f"home-{n}") for n in range(5) for device in ("tv", "phone")
        ]
        assert self.scattered(*homes) == ["AS1"]

    def test_a_provider_on_which_homes_do(self):
        homes = [
            hopping(device, f"home-{n}", account=f"home-{n}")
            for n in range(5)
            for device in ("tv", "phone")
        ]
        assert self.scattered(*homes) == []

    def test_a_few_hours_are_no_witness(self):
        home = [scattering(device, days=[1]) for device in ("tv", "phone")]
        assert self.scattered(*home) == []

    def test_counts_of_disjoint_accounts_add_up(self):
        homes = [
            hopping(device, f"home-{n}", account=f"home-{n}")
            for n in range(3)
            for device in ("tv", "phone")
        ]
        whole = sightings_of([row for part in homes for row in part])
        shards = [count_pool_meetings(part) for _, part in whole.group_by("account_id")]
        sums = pl.sum("joint", "matched")
        assert pl.concat(shards).select(sums).equals(count_pool_meetings(whole).select(sums))


class TestShards:
    def test_a_block_that_shards_know_by_other_networks_counts_as_one(self):
        """Two providers share a /16; whose it is must not depend on how accounts were dealt."""
        networks = pl.DataFrame({"network": ["81.2.1.1", "81.2.9.9"], "pool": ["AS1", "AS2"]})
        whole = pl.DataFrame(
            {"block": ["81.2"], "network": ["81.2.1.1"], "joint": [200], "matched": [0]}
        )
        dealt = pl.DataFrame(
            {
                "block": ["81.2", "81.2"],
                "network": ["81.2.1.1", "81.2.9.9"],
                "joint": [100, 100],
                "matched": [0, 0],
            }
        )
        found = [
            find_scattering_pools(meetings, networks, PlaceSettings())["pool"].to_list()
            for meetings in (whole, dealt)
        ]
        assert found == [["AS1"], ["AS1"]]
