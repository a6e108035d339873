import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.evidence.factors.catalogue import FACTORS
from detector.evidence.limits import (
    ONE_WITNESS,
    ONE_WITNESS_MICRO_BITS,
    WITNESSES,
    limit_terms,
    name_bound,
)
from detector.evidence.scorecard import MICRO, Card, Scorecard, Shape, load_scorecard
from detector.evidence.weigh import CEILINGS, weigh_evidence
from detector.kinds import Theme
from tests.detector.builders import visits
from tests.detector.evidence.scenes import observed

OF_THEME = {theme: next(f for f in FACTORS if f.theme == theme) for theme in Theme}
CARD = Card(
    prior_micro_bits=0,
    shapes={},
    bounds={Theme.PEOPLE: 3 * MICRO},
    witness_micro_bits=MICRO,
)


def limited(card=CARD, prior=0, **bits):
    """The rules' terms for one group, given whole bits by theme."""
    factors = [OF_THEME[Theme(theme)] for theme in bits]
    told = {OF_THEME[Theme(t)].name: np.array([bit * MICRO]) for t, bit in bits.items()}
    told["prior"] = np.array([prior * MICRO])
    found = limit_terms(card, factors, told, (), {})
    return {name: term[0] / MICRO for name, term in found.items()}


class TestBounds:
    def test_a_theme_is_believed_up_to_its_bound(self):
        assert limited(people=7, place=2)[name_bound(Theme.PEOPLE)] == -4

    def test_what_speaks_against_is_believed_whole(self):
        assert limited(people=-7, place=2)[name_bound(Theme.PEOPLE)] == 0

    def test_themes_without_a_bound_are_believed_whole(self):
        assert limited(people=1, place=90)[ONE_WITNESS.name] == 0


class TestOneWitness:
    def test_however_loud_leaves_doubt(self):
        ceiling = ONE_WITNESS_MICRO_BITS / MICRO
        assert limited(place=50)[ONE_WITNESS.name] == ceiling - 50

    def test_with_a_second_one_is_believed(self):
        assert limited(place=50, presence=1)[ONE_WITNESS.name] == 0

    def test_a_whisper_is_no_witness(self):
        assert limited(place=50, presence=0.5)[ONE_WITNESS.name] < 0

    @pytest.mark.parametrize("theme", ["account", "moving"])
    def test_what_the_account_is_like_is_no_witness(self, theme):
        assert limited(place=50, **{theme: 9})[ONE_WITNESS.name] < 0

    def test_nothing_is_taken_from_what_is_improbable_anyway(self):
        assert limited(place=3, prior=-4)[ONE_WITNESS.name] == 0


class TestPackagedModel:
    """No flag rests on one kind of evidence."""

    @given(st.lists(st.integers(-9, 40), min_size=len(WITNESSES), max_size=len(WITNESSES)))
    def test_no_threshold_is_reached_by_one_witness(self, bits):
        model = load_scorecard()
        for regime in model.regimes:
            card = model.in_regime(regime).known
            told = dict(zip(WITNESSES, bits, strict=True))
            spoken = sum(bit * MICRO >= card.witness_micro_bits for bit in bits)
            found = limited(card, **{theme.value: bit for theme, bit in told.items()})
            total = sum(bits) + sum(found.values())
            if spoken < 2:
                assert total * MICRO <= ONE_WITNESS_MICRO_BITS

    def test_every_threshold_is_above_what_one_witness_may_say(self):
        most = 1 / (1 + 2 ** -(ONE_WITNESS_MICRO_BITS / MICRO))
        thresholds = [regime.threshold for regime in load_scorecard().regimes.values()]
        assert thresholds
        assert min(thresholds) > most


class TestTerms:
    def test_the_rules_are_terms_that_are_summed_with_the_rest(self):
        loud = Shape(cuts=(1.0,), micro_bits=(0, 9 * MICRO))
        card = Card(
            prior_micro_bits=-2 * MICRO,
            shapes={"persistence": loud},
            bounds={Theme.PRESENCE: 5 * MICRO},
            witness_micro_bits=MICRO,
        )
        model = Scorecard(version="toy", known=card, unknown=card, alone_micro_bits=0)
        home, away = visits("ada", ["tv", "phone"], 0), visits("ada", "tv-away", 1)
        ada = pl.DataFrame({"account_id": ["ada"]})
        terms = weigh_evidence(observed(home, away), ada, model)
        told = terms.tell()
        bits = dict(told.select("factor", "bits").rows())
        assert bits == {
            "prior": -2,
            "persistence": 9,
            "bound_presence": -4,
            ONE_WITNESS.name: -1,
            **{ceiling.name: 0 for ceiling in CEILINGS},
        }
        assert terms.sums()["micro_bits"].item() == round(told["bits"].sum() * MICRO)
        assert (told["text"].str.len_chars() > 0).all()

    def test_a_bound_that_takes_nothing_is_said_in_words_too(self):
        card = Card(prior_micro_bits=0, shapes={}, bounds={Theme.PRESENCE: 5 * MICRO})
        model = Scorecard(version="toy", known=card, unknown=card, alone_micro_bits=0)
        home, away = visits("ada", ["tv", "phone"], 0), visits("ada", "tv-away", 1)
        ada = pl.DataFrame({"account_id": ["ada"]})
        told = weigh_evidence(observed(home, away), ada, model).tell()
        assert name_bound(Theme.PRESENCE) in told["factor"]
        assert (told["text"].str.len_chars() > 0).all()
