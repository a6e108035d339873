import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.networks.additive import NetworkCounts
from detector.networks.count import (
    add_days,
    add_up_networks,
    count_days,
    count_networks,
    encode,
)
from detector.settings import NetworkSettings
from tests.detector.builders import MONDAY, sighting, sightings_of, stays
from tests.detector.plain_stages import plain_counts

SETTINGS = NetworkSettings()
ADDRESS = "81.2.69.142"

ROWS = st.lists(
    st.builds(
        sighting,
        st.sampled_from(["a", "b", "c", "d"]),
        st.sampled_from(["tv", "phone", "laptop"]),
        st.sampled_from(["81.2.69.1", "81.3.69.2", "cell:1.00,1.00"]),
        st.integers(0, 12),
        city=st.none() | st.sampled_from(["Lyon", "Albi"]),
        asn=st.none() | st.integers(1, 3),
        spot=st.none() | st.integers(0, 9),
    ),
    min_size=1,
    max_size=30,
    unique_by=lambda row: tuple(row[k] for k in ("account_id", "device_id", "network", "day")),
)


def counted(sightings):
    return count_networks(encode(sightings), SETTINGS)


class TestCounts:
    def test_count_people_not_rows(self):
        rows = stays("ada", ["tv", "phone"], ADDRESS, range(7))
        found = counted(sightings_of(rows))
        names = ["accounts", "devices", "phones", "stationary_accounts", "account_days"]
        assert found.select(names).row(0) == (1, 2, 1, 1, 7)

    def test_of_nobody(self):
        assert counted(sightings_of([])).equals(NetworkCounts.create_empty())

    @settings(deadline=None, max_examples=60)
    @given(ROWS, st.integers(1, 5))
    def test_are_what_the_definition_says(self, rows, stretch):
        rows = [row | {"day": MONDAY + stretch * (row["day"] - MONDAY)} for row in rows]
        expected, sightings = plain_counts(rows), sightings_of(rows)
        counts = counted(sightings).lazy()
        known = add_days(counts, count_days([counts], sightings.lazy())).collect()
        for found in known.iter_rows(named=True):
            told = expected.pop(found["network"])
            assert {name: found[name] for name in told} == told
        assert not expected

    @settings(deadline=None, max_examples=30)
    @given(ROWS)
    def test_disjoint_accounts_add_up(self, rows):
        whole = sightings_of(rows)
        shards = pl.concat([counted(shard) for _, shard in whole.group_by("account_id")])
        merged = add_up_networks(shards.lazy()).sort("network").collect()
        assert merged.equals(counted(whole).sort("network"))
