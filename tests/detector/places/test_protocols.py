import polars as pl
import pytest

from detector.networks.bonds import NO_BONDS
from detector.networks.lookup import Gazetteer
from detector.places.find import find_places
from detector.settings import PlaceSettings
from tests.detector.builders import network, networks_of, sightings_of, stays
from tests.detector.places.test_lines import NOWHERE_SCATTERED

LINE, OTHER_LINE = "81.2.69.142", "81.2.200.9"
HEAD, OTHER_HEAD = "2a02:8071:b9:4201::/64", "2a02:8071:c7:1101::/64"
GATEWAY = "2a02:9000:1:2::/64"
TELEVISION = stays("ada", "tv", LINE)
CARRIED = stays("ada", ["phone", "tablet"], HEAD)
ON_THE_ROAD = {GATEWAY: {"kind": "cellular", "pool": "AS9"}}
BARE = {LINE: {"pool": "81.2"}, HEAD: {"pool": "2a02:8071"}}


def bonds(*pairs):
    return pl.DataFrame(list(pairs), schema=NO_BONDS.schema, orient="row")


def find(*parts, facts=None, known=NO_BONDS, shuffle=False, **settings):
    """`facts` are what is known of networks; all others are home lines of AS1."""
    rows = sightings_of([row for part in parts for row in part])
    rows = rows.sample(fraction=1, shuffle=True, seed=1) if shuffle else rows
    names = {**{name: {} for name in rows["network"].unique()}, **(facts or {})}
    networks = networks_of([network(name, **fields) for name, fields in names.items()])
    gazetteer = Gazetteer.of(networks, NOWHERE_SCATTERED, known)
    return find_places(rows, gazetteer, PlaceSettings(**settings))


def spots(*parts, **known):
    """Networks that are one place."""
    found = find(*parts, **known).place_networks
    places = found.group_by("account_id", "place").agg(pl.col("network").sort())
    return sorted(places["network"].to_list())


def doubts(*parts, **known):
    places = find(*parts, **known).places
    doubtful = places.filter(pl.col("other_protocol").is_not_null())
    return doubtful.select("place", "other_protocol", "other_protocol_grade").rows()


def renumbered(before, after, day=14):
    return (before, range(day)), (after, range(day, 28))


TOGETHER, APART = [sorted([LINE, HEAD])], sorted([[LINE], [HEAD]])


class TestOnePlace:
    def test_a_television_on_ipv4_and_what_is_carried_on_ipv6(self):
        assert spots(TELEVISION, CARRIED) == TOGETHER

    def test_televisions_on_either_protocol(self):
        assert spots(TELEVISION, CARRIED, stays("ada", "tv-new", HEAD)) == TOGETHER

    def test_numbered_anew_in_one_night(self):
        """A telephone on IPv4 would leave it in doubt."""
        lines, heads = renumbered(LINE, OTHER_LINE), renumbered(HEAD, OTHER_HEAD)
        older = [stays("ada", ["tv", "phone"], at, days) for at, days in lines]
        newer = [stays("ada", "tablet", at, days) for at, days in heads]
        assert spots(*older, *newer) == [sorted([LINE, OTHER_LINE, HEAD, OTHER_HEAD])]

    def test_is_no_longer_in_doubt(self):
        assert doubts(TELEVISION, CARRIED) == []

    def test_ipv4_behind_a_carriers_gateway(self):
        assert spots(TELEVISION, CARRIED, facts={LINE: {"kind": "carrier_nat"}}) == TOGETHER

    def test_a_provider_learnt_from_others(self):
        known = bonds(("81.2", "2a02:8071"))
        assert spots(TELEVISION, CARRIED, facts=BARE, known=known) == TOGETHER

    def test_a_guests_telephone_on_ipv4_for_some_days(self):
        assert spots(TELEVISION, CARRIED, stays("ada", "phone-guest", LINE, range(3))) == TOGETHER

    def test_a_line_that_was_renumbered_over_both(self):
        before = stays("ada", "tv", LINE, range(14)) + stays("ada", "phone", HEAD, range(14))
        days = range(14, 28)
        after = stays("ada", "tv", OTHER_LINE, days) + stays("ada", "phone", OTHER_HEAD, days)
        assert len(spots(before, after)) == 1

    def test_a_second_home_with_both_protocols_at_the_same_provider(self):
        second = [*stays("ada", "tv-b", OTHER_LINE), *stays("ada", "tv-b", OTHER_HEAD)]
        assert spots(TELEVISION, CARRIED, second) == [*TOGETHER, [OTHER_HEAD, OTHER_LINE]]

    def test_the_order_of_rows_is_irrelevant(self):
        second = stays("ada", "tv-b", OTHER_LINE, range(9))
        found = [find(TELEVISION, CARRIED, second, shuffle=flag) for flag in (False, True)]
        assert found[0].places.equals(found[1].places)

    def test_accounts_know_nothing_of_each_other(self):
        assert spots(TELEVISION, stays("bob", "phone", HEAD)) == APART


class TestTwoPlaces:
    @pytest.mark.parametrize(
        ("parts", "facts"),
        [
            pytest.param(
                (TELEVISION, CARRIED), {HEAD: {"pool": "AS2"}}, id="another provider, as told"
            ),
            pytest.param(
                (TELEVISION, CARRIED),
                {LINE: {"country": "FR"}, HEAD: {"country": "PT"}},
                id="another country",
            ),
            pytest.param((TELEVISION, CARRIED), {HEAD: {"kind": "workplace"}}, id="an office"),
            pytest.param(
                (TELEVISION, stays("ada", "phone", HEAD, [3, 9, 16])), {}, id="a visit now and then"
            ),
            pytest.param(
                (stays("ada", "tv", LINE, range(14)), stays("ada", "phone", HEAD, range(14, 28))),
                {},
                id="one after the other",
            ),
            pytest.param(
                (
                    stays("ada", ["tv", "phone-a", "phone-b"], LINE),
                    stays("ada", ["phone-a", "phone-b"], GATEWAY, hours=[8]),
                    stays("ada", "phone-c", HEAD),
                ),
                ON_THE_ROAD,
                id="telephones that speak IPv6 keep to IPv4 at home",
            ),
        ],
    )
    def test_that_leave_no_doubt(self, parts, facts):
        assert spots(*parts, facts=facts) == APART
        assert doubts(*parts, facts=facts) == []

    def test_of_homes_with_both_protocols_between_which_a_telephone_goes(self):
        """It shows home on IPv4 in the morning, and the other on IPv6 in the evening."""
        homes = [
            [*stays("ada", ["tv", "tablet"], older), *stays("ada", "tablet", newer)]
            for older, newer in ((LINE, HEAD), (OTHER_LINE, OTHER_HEAD))
        ]
        homes[1] = [row | {"device_id": row["device_id"] + "-b"} for row in homes[1]]
        phone = [
            *stays("ada", "phone", LINE, hours=[8]),
            *stays("ada", "phone", OTHER_HEAD, hours=[20]),
        ]
        assert len(spots(*homes, phone)) == 2

    def test_of_providers_known_to_be_two(self):
        known = bonds(("81.2", "2a01:1"), ("90.6", "2a02:8071"))
        assert spots(TELEVISION, CARRIED, facts=BARE, known=known) == APART
        assert doubts(TELEVISION, CARRIED, facts=BARE, known=known) == []


class TestDoubt:
    def test_where_no_provider_is_known_it_is_little(self):
        assert spots(TELEVISION, CARRIED, facts=BARE) == APART
        assert doubts(TELEVISION, CARRIED, facts=BARE) == [(0, 1, 1), (1, 0, 1)]

    def test_two_homes_with_televisions_at_one_provider(self):
        """The lender's and the borrower's: the telephones are one's, and nobody knows whose."""
        second = stays("ada", "tv-b", OTHER_LINE)
        assert len(spots(TELEVISION, second, CARRIED)) == 3
        assert {grade for _, _, grade in doubts(TELEVISION, second, CARRIED)} == {3}

    def test_one_side_is_numbered_anew_while_the_other_is_not(self):
        newer = [stays("ada", "phone", at, days) for at, days in renumbered(HEAD, OTHER_HEAD)]
        assert spots(TELEVISION, *newer) == [sorted([HEAD, OTHER_HEAD]), [LINE]]
        assert {grade for _, _, grade in doubts(TELEVISION, *newer)} == {2}

    def test_two_lots_of_telephones_at_one_provider(self):
        second = stays("ada", "phone-b", OTHER_HEAD)
        assert len(spots(TELEVISION, CARRIED, second)) == 3

    def test_stretches_of_one_line_are_no_two(self):
        """The second prefix is the telephone's too, day by day."""
        days = [range(0, 28, 2), range(1, 28, 2)]
        phone = [stays("ada", "phone", h, d) for h, d in zip((HEAD, OTHER_HEAD), days, strict=True)]
        assert spots(TELEVISION, *phone) == [sorted([LINE, HEAD, OTHER_HEAD])]

    @pytest.mark.parametrize(
        ("parts", "grade"),
        [
            pytest.param(
                (TELEVISION, stays("ada", "tablet-old", LINE), CARRIED), 2, id="an old tablet"
            ),
            pytest.param(
                (stays("ada", "laptop-old", LINE), CARRIED), 1, id="no television on IPv4"
            ),
            pytest.param(
                (
                    TELEVISION,
                    stays("ada", "phone-a", LINE),
                    stays("ada", "phone-a", GATEWAY, hours=[8]),
                    CARRIED,
                ),
                1,
                id="a telephone that speaks IPv6 keeps to IPv4",
            ),
        ],
    )
    def test_is_told_by_degree(self, parts, grade):
        found = doubts(*parts, facts=ON_THE_ROAD)
        assert {told for _, _, told in found} == {grade}
        assert len(spots(*parts, facts=ON_THE_ROAD)) == 2


class TestSettings:
    def test_days_that_a_guest_may_stay(self):
        phone = stays("ada", "phone", HEAD, range(6))
        assert spots(TELEVISION, phone) == TOGETHER
        assert spots(TELEVISION, phone, min_protocol_days=7) == APART

    def test_spans_that_overlap_in_part(self):
        parts = stays("ada", "tv", LINE, range(16)), stays("ada", "phone", HEAD, range(8, 28))
        assert spots(*parts) == TOGETHER
        assert spots(*parts, min_protocol_overlap=0.6) == APART
