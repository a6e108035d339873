import polars as pl
import pytest

from detector.kinds import BLOCK_KINDS
from detector.networks.classify import decide_kinds
from detector.networks.survey import survey
from detector.schemas import Networks
from detector.settings import NetworkSettings, Settings
from tests.detector.builders import sighting, sightings_of, stays, weekday

pytestmark = pytest.mark.slow

SIX_WEEKS = range(42)
WEEKDAYS = [day for day in SIX_WEEKS if weekday(day)]
ADDRESS = "81.2.69.142"


def networks(*rows, **settings):
    sightings = sightings_of([row for part in rows for row in part])
    return survey([sightings], Settings(networks=NetworkSettings(**settings))).networks


def kinds(*rows, **settings):
    found = networks(*rows, **settings)
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


def test_the_types_that_a_plan_tells_are_those_that_come_out(monkeypatch):
    """Where they differ, Polars sorts a small table and panics over one of millions of rows."""
    monkeypatch.setattr(Networks, "cast", lambda rows: rows)
    found = networks(stays("ada", ["tv", "phone"], ADDRESS)).lazy()
    behaviour = ("phone_share", "stationary_share", "tenure", "accounts")
    counted = ("phones", "resident_accounts", "account_days", "weekend_days")
    known = found.with_columns(
        *(pl.lit(1).alias(name) for name in counted),
        *(pl.lit(1).alias(f"{over}_{name}") for over in ("block", "pool") for name in behaviour),
        connection_type=pl.lit(None, pl.String),
        spot=pl.lit(None, pl.Int64),
    )
    decided = decide_kinds(known, NetworkSettings())
    assert decided.collect().schema == decided.collect_schema()


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


class TestOwnLine:
    def test_is_a_home_s_whoever_is_on_it(self):
        assert kinds(stays("ada", "phone", "lan:ada", [3])) == {"lan:ada": "home_line"}


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

    @pytest.mark.parametrize("kind", BLOCK_KINDS)
    def test_of_lists_of_blocks_is_believed(self, kind):
        found = kinds(homes(ADDRESS, connection_type=kind))[ADDRESS]
        assert found in ("anonymizer", "cellular")

    def test_a_fixed_line_is_judged_by_behaviour(self):
        assert kinds(homes(ADDRESS, connection_type="fixed")) == {ADDRESS: "carrier_nat"}


def crowd(devices, days, accounts=20, name="member", start=0):
    """Accounts with these devices on one address."""
    return [
        row for n in range(start, start + accounts)
        for row in stays(f"{name}-{n}", devices, ADDRESS, days(n))
    ]  # fmt: skip


def always(_):
    return SIX_WEEKS


def on_weekdays(_):
    return WEEKDAYS


def for_two_days(n):
    return [n, n + 1]


def once(n):
    return [n]


GUESTS = crowd(["laptop", "phone"], for_two_days, 35) + crowd("tv", for_two_days, 5, start=35)
STUDENTS = crowd(["laptop", "phone"], always, 30)
STAFF = crowd("laptop", on_weekdays, 12)
CLERK = stays("clerk", "laptop", ADDRESS, WEEKDAYS)
GATEWAYS = [row for n in range(3) for row in gateway(f"92.40.1.{n}", 30 * n)]
AMONG_HOMES = [
    row for n in range(30) for row in stays(f"home-{n}", ["tv", "phone"], f"92.40.9.{n}")
]
"""Their provider has homes too, so that only the block tells what its gateways are."""
LONE = [sighting("ada", "phone", "81.3.9.9")]
CUSTOMERS = [row for n in range(12) for row in stays(f"home-{n}", "tv", f"81.2.1.{n}")]
HOPPERS = [
    row
    for n in range(3)
    for row in stays(f"hop-{n}", "tv", f"81.2.7.{n}", [0])
    + stays(f"hop-{n}", "tv", f"81.3.7.{n}", [1])
]
NEIGHBOURS = [row for n in range(4) for row in stays(f"near-{n}", "tv", f"81.3.1.{n}")]

CASES = {
    "crowd_accounts": (5, homes(ADDRESS, 4), "carrier_nat", "home_line"),
    "min_daily_accounts": (
        1.0,
        crowd("tv", lambda n: range(6 * n, 6 * n + 6), 7),
        "home_line",
        "carrier_nat",
    ),
    "min_carrier_share": (
        0.5, STAFF + crowd("tv", on_weekdays, 8, name="lobby"), "carrier_nat", "workplace"
    ),
    "min_settled_share": (
        0.05, STUDENTS + crowd("tv", always, 2, name="don"), "campus", "carrier_nat"
    ),
    "max_venue_settled_share": (0.12, GUESTS, "venue", "carrier_nat"),
    "max_guest_tenure_days": (1, GUESTS, "venue", "carrier_nat"),
    "max_guest_phone_share": (0.4, GUESTS, "venue", "carrier_nat"),
    "min_resident_days": (43, STUDENTS, "campus", "venue"),
    "min_resident_span_days": (42, STUDENTS, "campus", "venue"),
    "min_colleague_share": (
        0.3, crowd("laptop", on_weekdays, 3)
        + crowd("laptop", lambda n: [WEEKDAYS[n]], 9, name="visitor"), "workplace", "venue"
    ),
    "max_office_weekend_share": (0, STAFF, "workplace", "campus"),
    "min_student_share": (
        0.6, crowd("laptop", always, 15) + crowd("laptop", once, 15, name="visitor"),
        "campus", "venue"
    ),
    "min_clerk_days": (31, CLERK, "workplace", "home_line"),
    "max_clerk_weekend_share": (0, CLERK, "workplace", "home_line"),
    "min_home_days": (3, stays("ada", "phone", ADDRESS, [0, 1]), "home_line", "unknown"),
    "min_phone_share": (
        0.9,
        [row | {"device_type": "tablet"} if n % 5 == 0 else row for n, row in enumerate(GATEWAYS)],
        "cellular",
        "venue",
    ),
    "max_gateway_stationary_share": (
        0.005, [*GATEWAYS, sighting("walker-0", "tv", "92.40.1.0")], "cellular", "venue"
    ),
    "max_gateway_tenure_days": (0.5, GATEWAYS + AMONG_HOMES, "cellular", "venue"),
    "min_block_accounts": (100, GATEWAYS + AMONG_HOMES, "cellular", "venue"),
    "min_pool_accounts": (
        50, [*CUSTOMERS, sighting("ada", "phone", "81.2.9.9")], "home_line", "unknown"
    ),
    "min_residential_share": (
        0.95, [*CUSTOMERS, sighting("ada", "phone", "81.2.9.9")], "home_line", "unknown"
    ),
    "min_hoppers": (4, CUSTOMERS + HOPPERS + LONE, "home_line", "unknown"),
    "min_hopper_share": (0.5, CUSTOMERS + HOPPERS + NEIGHBOURS + LONE, "home_line", "unknown"),
}  # fmt: skip
"""Of each setting: another value, sightings of which a network's kind depends on it, and that
kind before and after."""
OF_CONFIDENCE = {"half_confidence_days", "told_confidence"}
OF_BONDS = {"min_bonds", "min_bond_share"}
"""Tried in `test_bonds.py`; the next in `test_regime.py`."""
OF_PARTNERS = {"partner_doubt", "min_partner_deviance"}
OF_KINDS_OF_LOGS = {"min_told_share"}


class TestSettings:
    @pytest.mark.parametrize("name", CASES)
    def test_decide(self, name):
        value, rows, before, after = CASES[name]
        # The gateway, or the lone address, is the first or the last by name.
        at = -1 if rows[-1]["account_id"] == "ada" and name != "min_home_days" else 0
        found = [
            networks(rows, **changed)["kind"].cast(pl.String)[at] for changed in ({}, {name: value})
        ]
        assert found == [before, after]

    def test_none_is_left_out(self):
        elsewhere = OF_CONFIDENCE | OF_BONDS | OF_KINDS_OF_LOGS | OF_PARTNERS
        assert CASES.keys() | elsewhere == NetworkSettings.model_fields.keys()

    @pytest.mark.parametrize(
        ("settings", "said", "confidence"),
        [
            ({}, None, 0.5),
            ({"half_confidence_days": 15}, None, 0.25),
            ({}, "hosting", 0.95),
            ({"told_confidence": 0.8}, "hosting", 0.8),
        ],
    )
    def test_say_how_sure_a_kind_is(self, settings, said, confidence):
        seen = stays("ada", "phone", ADDRESS, range(5), connection_type=said)
        assert networks(seen, **settings)["confidence"].to_list() == [confidence]
