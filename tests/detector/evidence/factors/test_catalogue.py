import math
import re

import polars as pl
import pytest

from detector.evidence.factors.account_in_one_piece import HOME_FACTORS
from detector.evidence.factors.catalogue import FACTORS
from detector.evidence.factors.factor import Sign
from detector.evidence.scorecard import load_scorecard
from detector.kinds import Theme
from tests.detector.evidence.lives import HOLES, LIVES, ONE_OF_MANY
from tests.detector.evidence.scenes import observed

ADDRESSES = re.compile(r"\d+\.\d+\.\d+\.\d+|::")


class TestCatalogue:
    def test_names_are_unique(self):
        names = [factor.name for factor in (*FACTORS, *HOME_FACTORS)]
        assert len(set(names)) == len(names)

    def test_every_witness_is_heard(self):
        assert {factor.theme for factor in FACTORS} == set(Theme)

    @pytest.mark.parametrize("factor", (*FACTORS, *HOME_FACTORS), ids=lambda factor: factor.name)
    def test_every_factor_says_what_it_asks_and_what_may_be_innocent(self, factor):
        for words in (factor.asks, factor.innocent):
            assert words[0] == words[0].lower()
            assert words[-1] != "."

    @pytest.mark.parametrize("card", ["known", "unknown"])
    def test_the_packaged_model_weighs_no_factor_that_is_not_asked(self, card):
        weighed = set(getattr(load_scorecard(), card).shapes)
        assert weighed <= {factor.name for factor in FACTORS}

    @pytest.mark.parametrize("card", ["known", "unknown"])
    @pytest.mark.parametrize("factor", FACTORS, ids=lambda factor: factor.name)
    def test_the_packaged_model_keeps_the_sign_of_each_factor(self, factor, card):
        shape = getattr(load_scorecard(), card).shapes.get(factor.name)
        steps = sorted(shape.micro_bits) if shape else []
        if factor.sign is Sign.FOR:
            assert steps == list(shape.micro_bits if shape else [])
        elif factor.sign is Sign.AGAINST:
            assert steps[::-1] == list(shape.micro_bits if shape else [])


def told(life):
    """What each factor says of a life."""
    found = observed(*LIVES[life])
    return {f.name: found.select(f.text.fill_null("not known")).item() for f in FACTORS}


@pytest.mark.parametrize("life", LIVES)
class TestTexts:
    def test_have_no_hole(self, life):
        said = {name: words.replace("none of home's", "") for name, words in told(life).items()}
        assert not {name: words for name, words in said.items() if HOLES.search(words)}

    def test_count_one_as_one(self, life):
        assert not [words for words in told(life).values() if ONE_OF_MANY.search(words)]

    def test_have_no_negative_count(self, life):
        assert not [words for words in told(life).values() if re.search(r"-\d", words)]

    def test_can_be_joined_in_a_sentence(self, life):
        said = told(life).values()
        assert not [w for w in said if w[0] != w[0].lower() or w[-1] in ".;,"]

    def test_name_no_address(self, life):
        assert not [words for words in told(life).values() if ADDRESSES.search(words)]

    def test_stand_beside_numbers_or_nothing(self, life):
        found = observed(*LIVES[life])
        values = {f.name: found.select(f.value.cast(pl.Float64)).item() for f in FACTORS}
        assert not {n: v for n, v in values.items() if v is not None and not math.isfinite(v)}
