import math

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.errors import SettingsError
from detector.evidence.scorecard import (
    MICRO,
    Card,
    Regime,
    Shape,
    Sigmoid,
    load_scorecard,
    probability,
)

STAIRS = Shape(cuts=(0.0, 2.0), micro_bits=(-5, 1, 9), unknown_micro_bits=4)


def weigh(*values, shape=STAIRS):
    return shape.weigh(pl.Series(values, dtype=pl.Float64)).to_list()


def probability_of(micro_bits):
    return pl.select(probability(pl.lit(micro_bits))).item()


class TestShape:
    def test_below_between_and_above_the_cuts(self):
        assert weigh(-1, 1, 3) == [-5, 1, 9]

    def test_a_value_at_a_cut_is_on_the_upper_step(self):
        assert weigh(0, 2) == [1, 9]

    def test_unknown_is_no_number(self):
        assert weigh(None, math.nan) == [4, 4]

    def test_without_cuts_all_are_equal(self):
        assert weigh(-9, 9, None, shape=Shape(cuts=(), micro_bits=(3,))) == [3, 3, 0]

    def test_infinite_values_are_on_the_outer_steps(self):
        assert weigh(-math.inf, math.inf) == [-5, 9]

    def test_of_nothing(self):
        assert weigh() == []


class TestProbability:
    def test_no_evidence_is_even_odds(self):
        assert probability_of(0) == 0.5

    @settings(deadline=None)
    @given(st.integers(-20 * MICRO, 20 * MICRO))
    def test_against_is_the_complement_of_for(self, bits):
        assert probability_of(bits) + probability_of(-bits) == pytest.approx(1, abs=2e-6)

    @settings(deadline=None)
    @given(st.integers(-20 * MICRO, 20 * MICRO))
    def test_ten_bits_more_is_more(self, bits):
        assert probability_of(bits) <= probability_of(bits + 10 * MICRO)

    @pytest.mark.parametrize(("bits", "limit"), [(10**12, 1), (-(10**12), 0)])
    def test_overwhelming_evidence_stays_a_probability(self, bits, limit):
        assert probability_of(bits) == limit


class TestLoadScorecard:
    def test_the_packaged_model_states_what_its_threshold_promises(self):
        model = load_scorecard()
        for kind in model.regimes:
            card = model.in_regime(kind)
            assert card.promise["bound"] >= card.promise["precision"] or card.threshold == 1
            assert kind in card.words or card.threshold < 1

    def test_the_packaged_model_gives_doubt_to_the_account(self):
        card = load_scorecard()
        assert card.threshold > 0.5
        assert card.alone_micro_bits < 0

    def test_every_staircase_has_one_step_more_than_cuts(self):
        card = load_scorecard()
        shapes = [*card.known.shapes.values(), *card.unknown.shapes.values()]
        assert all(len(s.micro_bits) == len(s.cuts) + 1 for s in shapes)
        assert all(list(s.cuts) == sorted(set(s.cuts)) for s in shapes)

    def test_reads_what_was_written(self, tmp_path):
        card = load_scorecard()
        (tmp_path / "model.json").write_text(card.model_dump_json())
        assert load_scorecard(tmp_path / "model.json") == card

    def test_a_model_of_an_earlier_release_knows_of_homes_what_the_packaged_one_does(
        self, tmp_path
    ):
        card = load_scorecard()
        (tmp_path / "old.json").write_text(card.model_dump_json(exclude={"home"}))
        assert load_scorecard(tmp_path / "old.json") == card

    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            pytest.param('"threshold"', '"treshold"', "treshold", id="misspelt key"),
            pytest.param('"cuts":[', '"cuts":[NaN,', "known.shapes", id="no number"),
            pytest.param('"cuts":[', '"cuts":[1e9,', "known.shapes", id="unsorted cuts"),
            pytest.param('"micro_bits":[', '"micro_bits":[0,', "one step more", id="extra step"),
            pytest.param('"micro_bits":[', '"micro_bits":[9e30,', "micro_bits", id="endless bits"),
            pytest.param('{"version"', "version", "JSON", id="no JSON"),
        ],
    )
    def test_a_damaged_model_is_refused_with_a_hint(self, tmp_path, old, new, said):
        text = load_scorecard().model_dump_json()
        assert old in text
        (tmp_path / "model.json").write_text(text.replace(old, new, 1))
        with pytest.raises(SettingsError, match=said) as caught:
            load_scorecard(tmp_path / "model.json")
        assert caught.value.hint

    def test_no_file(self, tmp_path):
        with pytest.raises(SettingsError, match="cannot be read"):
            load_scorecard(tmp_path / "model.json")


class TestRegimes:
    def test_a_kind_of_log_may_have_cards_of_its_own(self):
        same, own = Sigmoid(slope=1, micro_bits=0), Card(prior_micro_bits=7, shapes={})
        regime = Regime(known=same, unknown=same, alone=same, threshold=0.5, cards={"alone": own})
        model = load_scorecard().model_copy(update={"regimes": {"positions": regime}})
        found = model.in_regime("positions")
        assert found.alone == own and found.unknown == model.unknown
