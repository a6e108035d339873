import numpy as np
import polars as pl
import pytest

from detector.evidence.factors.catalogue import FACTORS
from detector.evidence.scorecard import MICRO, Card, Shape
from detector.learning.fit import Lesson, score_card
from detector.learning.refit import refit_card
from tests.detector.labelled import WEEKS

CARD = Card(
    prior_micro_bits=0,
    shapes={
        "weeks": WEEKS,
        "separation": Shape(cuts=(0.5,), micro_bits=(MICRO, -MICRO), unknown_micro_bits=7),
        "country": Shape(cuts=(0.5,), micro_bits=(0, MICRO)),
    },
)
SIGNS = {factor.name: int(factor.sign) for factor in FACTORS}


def lesson(count, *, weeks=0.0, separation=0.0, seed=1):
    """Groups whose answers follow their values by so many bits per week and from end to end."""
    rng = np.random.default_rng(seed)
    values = pl.DataFrame(
        {
            "weeks": rng.integers(0, 17, count).astype(float),
            "separation": [None if n % 7 == 0 else float(rng.random()) for n in range(count)],
            "country": [None if n % 3 == 0 else float(n % 2) for n in range(count)],
        },
        schema_overrides={"separation": pl.Float64, "country": pl.Float64},
    )
    bits = weeks * (values["weeks"] - 8) + separation * (values["separation"].fill_null(0.5) - 0.5)
    return Lesson(values, rng.random(count) < 1 / (1 + 2.0 ** -bits.to_numpy()))


def moved(card):
    """By how many bits the furthest step of a card moved."""
    shape = card.shapes["weeks"]
    return abs(np.ptp(shape.micro_bits) - np.ptp(WEEKS.micro_bits)) / MICRO


class TestFreedom:
    def test_more_labels_more_freedom(self):
        sizes = [moved(refit_card(CARD, lesson(count), 3000)) for count in (10, 100, 1000)]
        assert sizes == sorted(sizes)
        assert sizes[-1] > 2 * sizes[0]

    def test_less_strength_more_freedom(self):
        sizes = [moved(refit_card(CARD, lesson(400), strength)) for strength in (1e9, 300, 10)]
        assert sizes[0] == 0
        assert sizes == sorted(sizes)

    def test_answers_that_the_card_tells_move_it_little(self):
        assert moved(refit_card(CARD, lesson(4000, weeks=1), 10)) < 1


class TestStaircases:
    @pytest.mark.parametrize("against", [-2.0, 2.0])
    def test_those_of_known_sign_stay_monotone_whatever_the_answers(self, against):
        found = refit_card(CARD, lesson(2000, weeks=against, separation=against * 4), 1)
        for name in ("weeks", "separation"):
            steps = np.diff(found.shapes[name].micro_bits) * SIGNS[name]
            assert (steps >= 0).all()

    def test_a_log_that_lacks_a_factor_is_not_weighed_by_it(self):
        assert refit_card(CARD, lesson(1000), 1).shapes["country"].unknown_micro_bits == 0

    def test_what_is_usual_in_honest_households_weighs_what_it_did(self):
        told = lesson(2000, weeks=0.3)
        honest = told.values.filter(~told.is_external)["weeks"]
        usual = [
            card.shapes["weeks"].weigh(honest).mean() / MICRO
            for card in (CARD, refit_card(CARD, told, 3))
        ]
        assert usual[0] == pytest.approx(usual[1], abs=0.01)

    def test_answers_are_told_better(self):
        told, other = lesson(2000, weeks=0.2), lesson(2000, weeks=0.2, seed=2)
        losses = [
            np.logaddexp2(0, np.where(other.is_external, -bits, bits)).mean()
            for bits in (score_card(card, other) for card in (CARD, refit_card(CARD, told, 3)))
        ]
        assert losses[1] < losses[0]


class TestBounds:
    BOUNDED = CARD.model_copy(update={"bounds": {"presence": 2 * MICRO}})

    @pytest.mark.parametrize("lift", [1.0, 1.5])
    def test_are_lifted_by_no_more_than_is_said(self, lift):
        found = refit_card(self.BOUNDED, lesson(1000, weeks=1), 10, lift)
        told = lesson(1000, weeks=1)
        honest = told.values.filter(~told.is_external)["weeks"]
        usual = [card.shapes["weeks"].weigh(honest).mean() for card in (self.BOUNDED, found)]
        assert found.bounds["presence"] == pytest.approx(2 * MICRO * lift, abs=MICRO)
        assert usual[0] == pytest.approx(usual[1], abs=0.01 * MICRO)

    def test_end_where_the_lift_has_no_end(self):
        assert refit_card(self.BOUNDED, lesson(500), 10, np.inf).bounds == {}
