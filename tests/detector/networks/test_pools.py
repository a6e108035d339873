from detector.networks.count import encode
from detector.networks.hops import count_hops
from detector.networks.pools import find_pools
from detector.settings import NetworkSettings
from tests.detector.builders import sightings_of, stays

SETTINGS = NetworkSettings()


class TestFindPools:
    def test_prefixes_that_televisions_hop_between_are_one(self):
        hopping = [
            row
            for n in range(10)
            for row in stays(f"home-{n}", "tv", f"81.{2 + n % 2}.1.{n}", [0])
            + stays(f"home-{n}", "tv", f"81.{3 - n % 2}.7.{n}", [1])
        ]
        hops = count_hops(encode(sightings_of(hopping)))
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
        hops = count_hops(encode(sightings_of(settled + moved)))
        assert find_pools(hops, SETTINGS)["pool"].n_unique() == 2

    def test_phones_hop_from_operator_to_operator(self):
        rows = [row for n in range(10) for row in stays(f"a-{n}", "phone", f"81.{2 + n}.1.1")]
        assert find_pools(count_hops(encode(sightings_of(rows))), SETTINGS).is_empty()
