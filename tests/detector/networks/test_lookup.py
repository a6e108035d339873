import polars as pl

from detector.networks.bonds import NO_BONDS
from detector.networks.lookup import Gazetteer
from tests.detector.builders import network, networks_of

NOTHING = pl.DataFrame(schema={"pool": pl.String})
CHAIN = [("81.2", "2a02:8071"), ("90.6", "2a02:8071"), ("90.6", "2003:c0")]


def provider_of(*bonds, **pools):
    """The provider of each network, of those that accounts who are judged together are on."""
    networks = networks_of([network(name, pool=pool) for name, pool in pools.items()])
    told = pl.DataFrame(list(bonds), schema=NO_BONDS.schema, orient="row")
    gazetteer = Gazetteer.of(networks, NOTHING, told)
    return gazetteer.provider[gazetteer.pool].tolist()


class TestProvider:
    def test_is_one_for_pools_with_pools_between_them_that_nobody_here_is_on(self):
        one, other = provider_of(*CHAIN, **{"2003:c0:1::/64": "2003:c0", "81.2.69.142": "81.2"})
        assert one == other

    def test_is_another_where_nothing_is_between_them(self):
        one, other = provider_of(*CHAIN[1:], **{"2003:c0:1::/64": "2003:c0", "81.2.69.142": "81.2"})
        assert one != other

    def test_is_none_of_a_network_in_no_pool(self):
        assert provider_of(*CHAIN, **{"81.2.69.142": None}) == [-1]
