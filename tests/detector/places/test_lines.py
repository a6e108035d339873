import random

import polars as pl
import pytest

from detector.kernels.blocks import AccountRows
from detector.networks.lookup import Gazetteer
from detector.places.layout import find_hops, find_spots, lay_out
from detector.places.lines import label_lines
from detector.places.meetings import count_meetings
from detector.places.units import lay_out_units, number_lines
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


def units(sightings, scatter=NOWHERE_SCATTERED, settings=SETTINGS):
    """All of one provider; with what else the kernels ask for."""
    networks = networks_of([network(name) for name in sightings["network"].unique()])
    gazetteer = Gazetteer.of(networks, scatter)
    rows = AccountRows.of(sightings)
    stays, nodes = lay_out(rows, gazetteer)
    spot = find_spots(stays, nodes, SETTINGS.min_router_days)
    hops = find_hops(stays, nodes, spot, SETTINGS.max_hop_days)
    return (
        lay_out_units(stays, nodes, number_lines(nodes), hops, settings.min_steadiness),
        nodes,
        gazetteer,
        rows,
    )


def table(*parts):
    rows = {(r["account_id"], r["device_id"], r["network"], r["day"]): r for p in parts for r in p}
    return sightings_of(list(rows.values()))


def group(sightings, scatter=NOWHERE_SCATTERED, settings=SETTINGS):
    """Devices that are on one line together, account by account."""
    laid_out, nodes, gazetteer, rows = units(sightings, scatter, settings)
    line = label_lines(laid_out, nodes, gazetteer.scattered, settings)
    hopping = laid_out.of_row >= 0
    found = rows.frame.filter(pl.Series(hopping)).with_columns(
        line=pl.Series(line[laid_out.of_row[hopping]])
    )
    return {
        frozenset(devices)
        for (devices,) in found.group_by("line")
        .agg(pl.col("device_id").unique())[["device_id"]]
        .rows()
    }


def lines(*parts, scatter=NOWHERE_SCATTERED, **settings):
    return group(table(*parts), scatter, PlaceSettings(**settings))


def meetings(*parts):
    """Days on which both were on, days with one address, matches seen, and expected."""
    return count_meetings(units(table(*parts))[0], 0, 1)


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
        rows = table(hopping("tv-hall", "home"), hopping("tv-loft", "home"))
        assert group(rows) == group(rows.sample(fraction=1, shuffle=True, seed=3))


class TestSettings:
    def test_few_matches_set_two_lines_apart(self):
        devices = hopping("tv-hall", "home"), hopping("tv-loft", "elsewhere")
        assert lines(*devices, max_apart_rate=0) == together(["tv-hall", "tv-loft"])

    def test_a_line_that_never_rests_is_expected_to_rest_now_and_then(self):
        """Three addresses in each hour: none is the one that another device would show."""
        restless = [
            [
                sighting("ada", device, address_of(f"{line}-{n}", day, 20), day, hours=[20])
                for day in range(8)
                for n in range(3)
            ]
            for device, line in (("tv-hall", "home"), ("tv-loft", "elsewhere"))
        ]
        found = [lines(*restless, min_steadiness=share) for share in (0.2, 0.5)]
        assert found == [together(["tv-hall", "tv-loft"]), together(["tv-hall"], ["tv-loft"])]


class TestCountMeetings:
    def test_one_line_is_met_on_as_often_as_expected(self):
        _, _, matched, _ = meetings(hopping("tv-hall", "home"), hopping("tv-loft", "home"))
        assert matched == 28 * 3

    def test_two_lines_are_expected_to_meet_and_do_not(self):
        _, _, matched, expected = meetings(hopping("tv-hall", "home"), hopping("tv-loft", "other"))
        assert (expected > 50, matched < 3) == (True, True)

    def test_addresses_kept_for_a_day_are_met_by_day(self):
        daily = [
            sighting("ada", device, address_of("home", day, 0), day, hours=[hour])
            for day in DAYS
            for device, hour in (("tv-hall", 9), ("tv-loft", 21))
        ]
        assert meetings(daily)[2:] == (28, 28)
