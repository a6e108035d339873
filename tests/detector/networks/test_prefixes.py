import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.networks.prefixes import block_of, provider_prefix_of

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
