import polars as pl

from detector.networks.count import merge_meetings
from detector.networks.scattering import count_pool_meetings, find_scattering_pools
from detector.settings import PlaceSettings
from tests.detector.builders import network, networks_of, sightings_of
from tests.detector.places.test_lines import hopping, scattering

SETTINGS = PlaceSettings()


def scattering_pools(meetings, networks, settings=SETTINGS):
    located = merge_meetings([meetings]).join(networks.select("network", "pool"), on="network")
    return find_scattering_pools(located, settings)["pool"].to_list()


class TestScatteringPools:
    @staticmethod
    def scattered(*parts, settings=SETTINGS):
        sightings = sightings_of([row for part in parts for row in part])
        networks = networks_of([network(name) for name in sightings["network"].unique()])
        return scattering_pools(count_pool_meetings(sightings), networks, settings)

    def test_a_provider_on_which_no_home_meets_itself(self):
        homes = [
            scattering(device, account=f"home-{n}") for n in range(5) for device in ("tv", "phone")
        ]
        assert self.scattered(*homes) == ["AS1"]
        assert self.scattered(*homes, settings=PlaceSettings(min_scatter_hours=1000)) == []

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
        found = [scattering_pools(meetings, networks) for meetings in (whole, dealt)]
        assert found == [["AS1"], ["AS1"]]
