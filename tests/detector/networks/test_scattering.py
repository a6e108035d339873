import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.networks.count import encode
from detector.networks.scattering import add_up_meetings, count_meetings, find_scattering_pools
from detector.settings import PlaceSettings
from tests.detector.builders import network, networks_of, sighting, sightings_of
from tests.detector.places.test_lines import hopping, scattering
from tests.detector.plain_stages import plain_meetings

SETTINGS = PlaceSettings()

ROWS = st.lists(
    st.builds(
        sighting,
        st.sampled_from(["a", "b"]),
        st.sampled_from(["tv", "console", "phone"]),
        st.sampled_from(["81.2.69.1", "81.2.7.10", "81.20.7.1", "2a02:8071::/64"]),
        st.integers(0, 2),
        hours=st.just(()),
        playing=st.lists(st.integers(0, 47), max_size=4),
    ),
    max_size=30,
    unique_by=lambda row: tuple(row[k] for k in ("account_id", "device_id", "network", "day")),
)


def scattering_pools(meetings, networks, settings=SETTINGS):
    located = (
        add_up_meetings(meetings.lazy())
        .collect()
        .join(networks.select("network", "pool"), on="network")
    )
    return find_scattering_pools(located, settings)["pool"].to_list()


class TestScatteringPools:
    @staticmethod
    def scattered(*parts, settings=SETTINGS):
        sightings = sightings_of([row for part in parts for row in part])
        networks = networks_of([network(name) for name in sightings["network"].unique()])
        return scattering_pools(count_meetings(encode(sightings)), networks, settings)

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
        shards = [count_meetings(encode(part)) for _, part in whole.group_by("account_id")]
        sums = pl.sum("joint", "matched")
        assert pl.concat(shards).select(sums).equals(count_meetings(encode(whole)).select(sums))


class TestMeetings:
    @settings(deadline=None, max_examples=60)
    @given(ROWS)
    def test_are_what_the_definition_says(self, rows):
        found = count_meetings(encode(sightings_of(rows)))
        assert {row[0]: row[1:] for row in found.rows()} == plain_meetings(rows)


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
