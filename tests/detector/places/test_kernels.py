"""The kernels that find places, held against the same rules in plain Python."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.networks.lookup import Gazetteer
from detector.places.find import find_places
from tests.detector.builders import network, networks_of, sighting, sightings_of
from tests.detector.places.plain_places import KINDS, SETTINGS, hours_of, places

pytestmark = pytest.mark.slow

SIGHTINGS = st.lists(
    st.builds(
        lambda device, name, day, hours: sighting("ada", device, name, day, hours=hours),
        st.sampled_from(["tv", "console", "phone", "phone-b"]),
        st.sampled_from(sorted(KINDS)),
        st.integers(0, 12),
        st.sets(st.integers(18, 21), min_size=1),
    ),
    min_size=1,
    max_size=70,
    unique_by=lambda row: (row["device_id"], row["network"], row["day"]),
)


class TestFindPlaces:
    @settings(deadline=None, max_examples=100)
    @given(SIGHTINGS, st.randoms())
    def test_places_are_those_of_the_plain_rules(self, rows, random):
        facts = [network(name, kind, pool) for name, (kind, pool) in KINDS.items()]
        scatter = pl.DataFrame(schema={"pool": pl.String})
        gazetteer = Gazetteer.of(networks_of(facts), scatter)
        shuffled = sightings_of(random.sample(rows, len(rows)))
        found = find_places(shuffled, gazetteer, SETTINGS).place_networks
        by_place = found.group_by("place").agg(pl.col("network").sort()).sort("place")
        told = [row | {"hours": hours_of(row["seen"])} for row in rows]
        assert by_place["network"].to_list() == places(told)
