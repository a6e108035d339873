import pytest

from detector.networks.bonds import count_bonds, find_bonds
from detector.settings import NetworkSettings
from tests.detector.builders import network, networks_of, sightings_of, stays

WEEK = range(7)


def home(account, older=None, newer=None):
    """A television on a pool of IPv4, a telephone on one of IPv6."""
    rows = stays(account, "tv", f"{older}.9.{account}", WEEK) if older else []
    return rows + (stays(account, "phone", f"{newer}:{account}:1::/64", WEEK) if newer else [])


def homes(count, older=None, newer=None, first=0):
    return [row for n in range(first, first + count) for row in home(str(n), older, newer)]


def pool_of(name):
    return ":".join(name.split(":")[:2]) if ":" in name else ".".join(name.split(".")[:2])


def bonds(rows, kinds=None, pools=None, *, shuffle=False, **settings):
    seen = sightings_of(rows)
    seen = seen.sample(fraction=1, shuffle=True, seed=1) if shuffle else seen
    facts = [
        network(name, (kinds or {}).get(pool, "home_line"), (pools or {}).get(pool, pool))
        for name in seen["network"].unique()
        for pool in [pool_of(name)]
    ]
    chosen = NetworkSettings(**settings)
    counts = count_bonds(seen.lazy(), networks_of(facts).lazy(), chosen)
    return find_bonds(counts, chosen).collect().rows()


OWN = homes(5, "81.2", "2a02:8071")


class TestFindPartners:
    def test_homes_that_are_on_both(self):
        assert bonds(OWN) == [("81.2", "2a02:8071")]

    def test_of_nobody(self):
        assert bonds(homes(9, "81.2")) == []

    def test_a_provider_with_several_pools_of_a_protocol(self):
        more = homes(5, "90.6", "2a02:8071", first=10) + homes(5, "81.2", "2a02:8072", first=20)
        expected = [("81.2", "2a02:8071"), ("81.2", "2a02:8072"), ("90.6", "2a02:8071")]
        assert bonds(OWN + more) == expected

    def test_gateways_of_mobile_networks_are_everybodys(self):
        assert bonds(OWN, {"2a02:8071": "cellular"}) == []

    def test_homes_behind_a_carriers_gateway(self):
        assert bonds(OWN, {"81.2": "carrier_nat"}) == [("81.2", "2a02:8071")]

    def test_some_lend_to_a_home_of_another_provider(self):
        alone = homes(40, "90.6", first=50)
        lenders = homes(3, "90.6", "2a02:8071", first=90)
        assert bonds(OWN + alone + lenders) == [("81.2", "2a02:8071")]

    def test_who_lives_on_several_pools_tells_nothing(self):
        two = [row for n in range(5) for row in home(str(n), "90.6")]
        assert bonds(OWN + two) == []

    def test_visits_tell_nothing(self):
        visits = [row for n in range(5) for row in stays(str(n), "tv", f"81.2.9.{n}", WEEK)]
        visits += [
            row for n in range(5) for row in stays(str(n), "phone", "2a02:8071:1:1::/64", [3])
        ]
        assert bonds(visits) == []

    def test_what_the_log_names_need_not_be_learnt(self):
        assert bonds(OWN, pools={"81.2": "AS1", "2a02:8071": "AS1"}) == []

    def test_in_whatever_order_rows_come(self):
        rows = OWN + homes(5, "90.6", "2a02:8072", first=10)
        assert bonds(rows, shuffle=True) == bonds(rows)


class TestSettings:
    @pytest.mark.parametrize(
        ("changed", "rows"),
        [
            ({"min_bonds": 6}, OWN),
            ({"min_bond_share": 0.6}, OWN + homes(5, "81.2", first=10)),
            ({"min_resident_days": 8}, OWN),
        ],
    )
    def test_decide(self, changed, rows):
        assert (bonds(rows), bonds(rows, **changed)) == ([("81.2", "2a02:8071")], [])
