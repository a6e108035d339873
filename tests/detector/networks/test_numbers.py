import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.networks.lookup import Gazetteer
from detector.networks.numbers import IPV4, IPV6, NOWHERE, OTHER, Numbers
from tests.detector.builders import network, networks_of

CELLS = ["cell:40.71,-74.01", "country:FR", "cell:-40.71,174.01"]
WORDS = st.integers(0x1000, 0xFFFF).map(lambda word: f"{word:x}")
QUADS = st.lists(st.integers(0, 255), min_size=4, max_size=4).map(
    lambda octets: ".".join(map(str, octets))
)
NAMES = st.one_of(
    QUADS,
    st.lists(WORDS, min_size=1, max_size=4).map(lambda words: ":".join(words) + "::/64"),
    st.sampled_from(["81.2.69", "81.2.069.1", "1.2.3.4.5", "2a02:0::/64", "2A02::/64", "::/64"]),
    st.sampled_from(CELLS),
)


def numbers(*names):
    return Numbers.of(pl.Series(names, dtype=pl.String))


def positions(*names):
    return numbers(*names).positions().tolist()


class TestNumbers:
    @settings(deadline=None)
    @given(st.lists(NAMES, max_size=20))
    def test_equal_numbers_are_equal_texts(self, names):
        found = numbers(*names)
        keys = list(zip(found.value.tolist(), found.family.tolist(), strict=True))
        assert [keys.index(key) for key in keys] == [names.index(name) for name in names]

    @pytest.mark.parametrize(
        ("name", "family"),
        [
            ("81.2.69.142", IPV4),
            ("2a02:8071::/64", IPV6),
            ("2a02:0:0:1::/64", IPV6),
            ("81.2.069.142", OTHER),
            ("81.2.69.256", OTHER),
            ("2a02:0::/64", OTHER),
            ("2a02:8071:b9:1:2::/64", OTHER),
            ("country:FR", OTHER),
        ],
    )
    def test_only_plain_spellings_are_addresses(self, name, family):
        assert numbers(name).family.tolist() == [family]


class TestLines:
    @settings(deadline=None)
    @given(WORDS, *[st.integers(0, 0xFF)] * 4)
    def test_subnets_of_one_56_are_one_line(self, word, line, other, left, right):
        ends = [(line << 8 | left) or 1, (other << 8 | right) or 1]
        one, two = numbers(*(f"2a02:8071:{word}:{end:x}::/64" for end in ends)).lines().tolist()
        assert (one == two) == (line == other)

    def test_an_ipv4_address_is_a_line(self):
        assert len(set(numbers("81.2.69.142", "81.2.69.143").lines().tolist())) == 2


class TestPositions:
    @settings(deadline=None)
    @given(st.integers(0, 2**32 - 2))
    def test_the_next_address_stands_beside(self, number):
        texts = [".".join(str(n >> s & 255) for s in (24, 16, 8, 0)) for n in (number, number + 1)]
        left, right = positions(*texts)
        assert right - left == 1

    def test_the_next_48_stands_beside(self):
        left, right = positions("2a02:8071:b9:1::/64", "2a02:8071:ba:1::/64")
        assert right - left == 1

    def test_all_ipv6_is_beyond_all_ipv4(self):
        v4, v6 = positions("255.255.255.255", "2001::/64")
        assert v6 - v4 > 2**20

    @pytest.mark.parametrize("name", CELLS)
    def test_what_is_no_address_stands_nowhere(self, name):
        assert positions(name) == [NOWHERE]


class TestLookups:
    @settings(deadline=None)
    @given(st.lists(NAMES, max_size=20), st.lists(NAMES, max_size=20))
    def test_a_gazetteer_finds_what_it_knows(self, known, asked):
        names = sorted(set(known))
        scatter = pl.DataFrame(schema={"pool": pl.String})
        gazetteer = Gazetteer.of(networks_of([network(name) for name in names]), scatter)
        expected = [names.index(name) if name in names else -1 for name in asked]
        assert gazetteer.find(pl.Series(asked, dtype=pl.String)).tolist() == expected
