import numpy as np
import polars as pl
import pytest

from detector.evidence.scorecard import Card, probability
from detector.learning.fit import Lesson, score_card
from detector.learning.homes import bound_home, fit_home, most_in_all, most_seen
from detector.verdicts.sides import WITNESSES


def lesson(count, seed, share=0.7):
    """Home is right more often where it has more days; nothing else tells."""
    rng = np.random.default_rng(seed)
    days = rng.normal(size=count)
    right = rng.random(count) < 1 / (1 + np.exp(-days - np.log(share / (1 - share))))
    values = {w.name: pl.Series([None] * count, dtype=pl.Float64) for w in WITNESSES}
    return Lesson(pl.DataFrame(values | {"more_days": days}), right)


@pytest.fixture(scope="module")
def card():
    return fit_home(lesson(1500, 1), lesson(1500, 2))


class TestFitHome:
    def test_promises_come_true_on_others(self, card):
        unseen = lesson(4000, 3)
        bits = pl.DataFrame({"b": score_card(card, unseen) * 1e6}).select(probability(pl.col("b")))
        said = bits.to_series().to_numpy()
        for part in np.array_split(np.argsort(said), 5):
            assert said[part].mean() == pytest.approx(unseen.is_external[part].mean(), abs=0.07)

    def test_what_tells_nothing_is_not_weighed(self, card):
        assert {*card.shapes} == {"more_days"}

    def test_more_never_speaks_against(self, card):
        bits = card.shapes["more_days"].micro_bits
        assert sorted(bits) == [*bits]


class TestMostSeen:
    def test_a_handful_of_right_ones_is_no_proof(self):
        right = np.array([True] * 20 + [False] * 180)
        assert most_seen(np.arange(200, 0, -1.0), right) < 0.3

    def test_where_none_is_right_hardly_anything_is_seen(self):
        assert most_seen(np.zeros(200), np.zeros(200, np.bool_)) < 0.01

    def test_the_order_of_ties_is_irrelevant(self):
        bits, right = np.repeat([1.0, 0.0], 150), np.arange(300) % 3 > 0
        assert most_seen(bits, right) == most_seen(bits[::-1], right[::-1])

    def test_the_family_that_is_known_the_least_decides(self):
        card = Card(prior_micro_bits=0, shapes={})
        easy, hard = (lesson(400, 4, share) for share in (0.95, 0.5))
        alone = most_in_all([(card, hard)])
        assert most_in_all([(card, easy), (card, hard)]) == alone < most_in_all([(card, easy)])


def test_nothing_leads_above_the_bound():
    assert bound_home(Card(prior_micro_bits=7, shapes={}), 0.5).most_micro_bits == 0
