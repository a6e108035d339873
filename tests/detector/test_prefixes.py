import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.prefixes import block_of, line_of, position_of, provider_prefix_of

WORDS = st.integers(0x1000, 0xFFFF).map(lambda word: f"{word:x}")
CELLS = ["cell:40.71,-74.01", "country:FR"]


def cut(function, *networks):
    return pl.select(function(pl.lit(pl.Series(networks)))).to_series().to_list()


def one(function, *networks):
    return len(set(cut(function, *networks))) == 1


class TestBlockOf:
    def test_neighbours_share_one(self):
        assert one(block_of, "81.2.69.1", "81.2.69.254")

    def test_the_next_24_is_another(self):
        assert not one(block_of, "81.2.69.1", "81.2.70.1")

    def test_a_block_is_no_prefix_of_another_by_its_letters(self):
        assert not one(block_of, "81.2.6.1", "81.2.69.1")

    @given(WORDS, WORDS, WORDS, WORDS, WORDS)
    def test_subnets_of_one_48_share_one(self, a, b, c, left, right):
        assert one(block_of, f"{a}:{b}:{c}:{left}::/64", f"{a}:{b}:{c}:{right}::/64")

    def test_subnet_zero_is_in_the_block_of_its_sisters(self):
        assert one(block_of, "2a02:8071:b9::/64", "2a02:8071:b9:1::/64")

    @pytest.mark.parametrize("name", CELLS)
    def test_what_is_no_address_is_its_own(self, name):
        assert cut(block_of, name) == [name]


class TestProviderPrefixOf:
    def test_blocks_of_one_16_share_one(self):
        assert one(provider_prefix_of, "81.2.69.1", "81.2.254.9")

    def test_the_next_16_is_another(self):
        assert not one(provider_prefix_of, "81.2.69.1", "81.3.69.1")

    @given(WORDS, WORDS, WORDS, WORDS)
    def test_homes_of_one_32_share_one(self, a, b, left, right):
        assert one(provider_prefix_of, f"{a}:{b}:{left}:1::/64", f"{a}:{b}:{right}::/64")

    @pytest.mark.parametrize("name", CELLS)
    def test_what_is_no_address_is_its_own(self, name):
        assert cut(provider_prefix_of, name) == [name]


class TestLineOf:
    def test_an_ipv4_address_is_a_line(self):
        assert cut(line_of, "81.2.69.142") == ["81.2.69.142"]

    @given(WORDS, st.integers(1, 0xFF), st.integers(0, 0xFF), st.integers(0, 0xFF))
    def test_subnets_of_one_56_are_one_line(self, word, line, left, right):
        heads = [f"2a02:8071:{word}:{line << 8 | subnet:x}::/64" for subnet in (left, right)]
        assert one(line_of, *heads)

    @given(WORDS, st.integers(0, 0xFF), st.integers(0, 0xFF))
    def test_other_56s_are_other_lines(self, word, left, right):
        heads = [f"2a02:8071:{word}:{line << 8 | 1:x}::/64" for line in (left, right)]
        assert one(line_of, *heads) == (left == right)

    @pytest.mark.parametrize("name", CELLS)
    def test_what_is_no_address_is_its_own(self, name):
        assert cut(line_of, name) == [name]


class TestPositionOf:
    @given(st.integers(0, 2**32 - 2))
    def test_the_next_address_stands_beside(self, number):
        texts = [".".join(str(n >> s & 255) for s in (24, 16, 8, 0)) for n in (number, number + 1)]
        left, right = cut(position_of, *texts)
        assert right - left == 1

    def test_the_next_48_stands_beside(self):
        left, right = cut(position_of, "2a02:8071:b9:1::/64", "2a02:8071:ba:1::/64")
        assert right - left == 1

    def test_all_ipv6_is_beyond_all_ipv4(self):
        v4, v6 = cut(position_of, "255.255.255.255", "2001::/64")
        assert v6 - v4 > 2**20

    @pytest.mark.parametrize("name", [*CELLS, "cell:-40.71,174.01"])
    def test_what_is_no_address_stands_nowhere(self, name):
        assert cut(position_of, name) == [None]
