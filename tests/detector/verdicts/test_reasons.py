import json

import polars as pl
import pytest

from detector.evidence.factors.catalogue import FACTORS
from detector.schemas import Evidence
from detector.verdicts.reasons import pick_terms, say_reason
from tests.detector.builders import table
from tests.detector.evidence.lives import LIVES
from tests.detector.evidence.scenes import observed

SEEN = [observed(*life) for life in LIVES.values()]
DECIDING = pl.DataFrame({"account_id": ["bob"], "household": pl.Series([1], dtype=pl.Int32)})


def picked(*terms, sign=1, theme="presence"):
    """What is told of terms given as factor, bits, value."""
    rows = [
        {"account_id": "bob", "household": 1, "factor": name, "theme": theme, "bits": bits,
         "value": value, "text": name}
        for name, bits, value in terms
    ]  # fmt: skip
    return pick_terms(table(Evidence, rows), DECIDING, sign)["factor"].to_list()


class TestPickTerms:
    @pytest.mark.parametrize("value", [-0.5, 0.0, 0.1])
    def test_what_chance_would_give_is_no_reason(self, value):
        assert picked(("simultaneity", 1.0, value), ("concurrency", 2.0, 40.0)) == []

    def test_what_exceeds_chance_is_one(self):
        both = picked(("simultaneity", 1.0, 1.5), ("concurrency", 2.0, 40.0))
        assert both == ["concurrency", "simultaneity"]

    def test_no_more_than_chance_may_excuse(self):
        assert picked(("simultaneity", -1.0, -0.5), sign=-1) == ["simultaneity"]

    @pytest.mark.parametrize(("sign", "told"), [(1, []), (-1, ["account_devices"])])
    def test_what_is_true_of_a_large_family_too_is_no_reason(self, sign, told):
        many = ("account_devices", 2.0 * sign, 75.0)
        assert picked(many, sign=sign, theme="account") == told

    def test_the_unknown_is_no_reason_whatever_it_weighs(self):
        assert picked(("profile_twice", 0.7, None)) == []


class TestSentences:
    """A reason code with its parameters is all that a sentence is made from."""

    @pytest.mark.parametrize("factor", FACTORS, ids=lambda factor: factor.name)
    def test_come_from_their_codes(self, factor):
        for seen in SEEN:
            names = sorted(set(factor.text.meta.root_names()))
            said = seen.select(factor.text).item()
            coded = seen.select(pl.struct(names).struct.json_encode()).item()
            assert say_reason(factor.name, coded) == said

    def test_parameters_are_canonical(self):
        coded = pl.select(pl.struct(b=pl.lit(1), a=pl.lit("é")).struct.json_encode()).item()
        assert coded == json.dumps({"b": 1, "a": "é"}, separators=(",", ":"), ensure_ascii=False)
