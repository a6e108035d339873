import re
from dataclasses import replace

import polars as pl
import pytest

from detector.evidence.factors.account_in_one_piece import HOME_FACTORS
from detector.evidence.observe_account import observe_homes
from tests.detector.evidence.lives import HOLES, LIVES, ONE_OF_MANY
from tests.detector.evidence.scenes import SETTINGS, scene


def told(life):
    lived = scene(*LIVES[life])
    in_one = lived.device_groups.with_columns(group=pl.lit(0, dtype=pl.Int32))
    found = observe_homes(replace(lived, device_groups=in_one), SETTINGS)
    return [found.select(f.text.fill_null("not known")).item() for f in HOME_FACTORS]


@pytest.mark.parametrize("life", LIVES)
class TestTexts:
    def test_have_no_hole(self, life):
        assert not [words for words in told(life) if HOLES.search(words)]

    def test_count_one_as_one(self, life):
        more = re.compile(r"\b1 (televisions|profiles|addresses)\b")
        assert not [
            words for words in told(life) if ONE_OF_MANY.search(words) or more.search(words)
        ]
