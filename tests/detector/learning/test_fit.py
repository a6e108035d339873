import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from detector.evidence.factors.catalogue import FACTORS
from detector.evidence.factors.factor import Sign
from detector.evidence.scorecard import MICRO, Card, Shape, probability
from detector.learning import fit as fitting
from detector.learning.fit import (
    Lesson,
    calibrate_card,
    fit_scorecard,
    label_groups,
    lessons,
    share_micro_bits,
)
from detector.learning.thresholds import choose_threshold
from tests.detector.builders import visits, visits_of

pytestmark = pytest.mark.slow

ROWS = 600
CUTS = (0.2, 0.4, 0.6, 0.8)


def lesson():
    """Groups that are external by their days and their company; the rest is noise."""
    rng = np.random.default_rng(4)
    values = {f.name: rng.integers(0, 6, ROWS).astype(float) for f in FACTORS}
    odds = values["persistence"] - values["company"] - 0.5
    values["distance"][rng.random(ROWS) < 0.5] = np.nan
    values["profiles"][rng.random(ROWS) < 0.3] = np.nan
    frame = pl.DataFrame(values).with_columns(pl.all().fill_nan(None))
    return Lesson(frame, rng.random(ROWS) < 1 / (1 + np.exp(-odds)))


def fit():
    """The scorecard and the two boosters that it was made from; a few rounds show it all."""
    boosters = []

    class Recorded(HistGradientBoostingClassifier):
        def fit(self, *args):
            boosters.append(self.set_params(max_iter=40, learning_rate=0.2))
            return super().fit(*args)

    with pytest.MonkeyPatch.context() as patch, threadpool_limits(1):
        patch.setattr(fitting, "HistGradientBoostingClassifier", Recorded)
        return fit_scorecard(lesson(), lesson(), "toy"), boosters


@pytest.fixture(scope="module")
def fitted():
    return fit()


def log_odds(card, values):
    terms = [shape.weigh(values[name]) for name, shape in card.shapes.items()]
    return sum((t.to_numpy() for t in terms), np.full(values.height, card.prior_micro_bits)) / MICRO


class TestFitScorecard:
    @pytest.mark.parametrize("card", ["known", "unknown"])
    def test_the_staircases_sum_to_the_booster(self, fitted, card):
        values = lesson().values.drop_nulls("distance")
        if card == "known":
            values = values.filter(pl.col("profiles").is_not_null())
            table = values.to_numpy()
        else:
            table = values.with_columns(profiles=pl.lit(0.0)).to_numpy()
            values = values.with_columns(profiles=pl.lit(None, dtype=pl.Float64))
        booster = fitted[1][card == "unknown"]
        with threadpool_limits(1):
            expected = booster.decision_function(table.astype(np.float64)) / np.log(2)
        assert np.abs(log_odds(getattr(fitted[0], card), values) - expected).max() < 1e-4

    def test_of_honest_groups_each_factor_says_nothing_on_average(self, fitted):
        values = lesson().values.filter(~lesson().is_external).drop_nulls("profiles")
        shapes = fitted[0].known.shapes
        means = [shape.weigh(values[name].drop_nulls()).mean() for name, shape in shapes.items()]
        assert max(map(abs, means)) <= 1

    def test_what_a_log_does_not_tell_weighs_nothing(self, fitted):
        shape = fitted[0].known.shapes["distance"]
        assert any(shape.micro_bits)
        assert shape.unknown_micro_bits == 0

    def test_known_signs_are_kept(self, fitted):
        signs = {f.name: f.sign for f in FACTORS}
        for name, shape in fitted[0].known.shapes.items():
            steps = [signs[name] * step for step in shape.micro_bits]
            assert signs[name] == Sign.EITHER or steps == sorted(steps)

    def test_what_tells_outweighs_noise(self, fitted):
        def reach(name):
            shape = fitted[0].known.shapes.get(name)
            return max(shape.micro_bits) - min(shape.micro_bits) if shape else 0

        assert reach("persistence") > 4 * reach("density")

    def test_the_card_without_profiles_does_not_ask_for_them(self, fitted):
        assert "profiles" not in fitted[0].unknown.shapes

    def test_flags_nobody_before_it_is_calibrated(self, fitted):
        assert fitted[0].threshold == 1

    def test_the_same_lesson_gives_the_same_card(self, fitted):
        assert fit()[0] == fitted[0]


class TestCalibrateCard:
    def test_probabilities_come_true(self):
        rng = np.random.default_rng(5)
        values = pl.Series(rng.random(40_000).round(3))
        steps = tuple(bits * MICRO for bits in (-6, -3, 0, 3, 6))
        card = Card(prior_micro_bits=MICRO, shapes={"weeks": Shape(cuts=CUTS, micro_bits=steps)})
        raw = log_odds(card, pl.DataFrame({"weeks": values}))
        truth = rng.random(raw.size) < 1 / (1 + np.exp(1.5 - 0.35 * raw))
        fair = calibrate_card(card, raw, truth)
        bits = pl.Series(log_odds(fair, pl.DataFrame({"weeks": values})) * MICRO)
        told = pl.DataFrame({"p": pl.select(probability(pl.lit(bits))).to_series(), "is": truth})
        found = told.group_by("p").agg(share=pl.col("is").mean())
        assert found.height == 5
        assert (found["p"] - found["share"]).abs().max() < 0.02

    def test_keeps_the_order_of_accounts(self):
        bits = np.arange(-50, 50) / 10
        shape = Shape(cuts=CUTS, micro_bits=(-4, -2, 0, 2, 4), unknown_micro_bits=1)
        fair = calibrate_card(Card(prior_micro_bits=0, shapes={"weeks": shape}), bits, bits > 1)
        steps = fair.shapes["weeks"].micro_bits
        assert list(steps) == sorted(steps)


LOTS = st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=1, max_size=200)


class TestChooseThreshold:
    @settings(deadline=None)
    @given(LOTS, st.sampled_from([0.3, 0.6, 0.9]))
    def test_the_bound_holds_for_those_it_flags(self, lots, precision):
        chances = np.array([p / 20 for p, _ in lots])
        shared = np.array([truth for _, truth in lots])
        threshold, bound, flagged = choose_threshold(chances, shared, precision)
        if flagged:
            caught = chances >= threshold
            good = int(shared[caught].sum())
            assert caught.sum() == flagged
            assert bound == pytest.approx(beta.ppf(0.05, good, flagged - good + 1))
            assert bound >= precision

    @settings(deadline=None)
    @given(LOTS)
    def test_no_lower_threshold_would_do(self, lots):
        chances = np.array([p / 20 for p, _ in lots])
        shared = np.array([truth for _, truth in lots])
        threshold, _, _ = choose_threshold(chances, shared, 0.6)
        for lower in {c for c in chances if c < threshold}:
            caught = chances >= lower
            good = int(shared[caught].sum())
            assert not beta.ppf(0.05, good, caught.sum() - good + 1) >= 0.6

    @pytest.mark.parametrize(
        ("count", "honest"),
        [
            pytest.param(20, 0, id="too few to be sure"),
            pytest.param(400, 100, id="too many honest"),
        ],
    )
    def test_refuses_what_cannot_be_promised(self, count, honest):
        shared = np.arange(count) >= honest
        assert choose_threshold(np.full(count, 0.99), shared, 0.99) == (1.0, 0.0, 0)

    def test_accounts_of_one_probability_are_flagged_together(self):
        chances = np.array([0.9] * 500)
        shared = np.arange(500) > 0
        assert choose_threshold(chances, shared, 0.95)[2] == 500


class TestShareMicroBits:
    def test_of_nobody_is_even(self):
        assert share_micro_bits(np.array([], dtype=bool)) == 0

    def test_of_honest_accounts_is_low_but_finite(self):
        assert -20 * MICRO < share_micro_bits(np.zeros(1000, dtype=bool)) < -8 * MICRO


class TestLabelGroups:
    OWNER = visits_of(
        visits("ada", ["tv-a", "phone-a"], 0, range(5)) + visits("ada", "tv-b", 1, range(20))
    )

    @staticmethod
    def labels(groups, truth):
        frame = {"account_id": ["ada"] * 3, "device_id": ["phone-a", "tv-a", "tv-b"]}
        found = label_groups(
            pl.DataFrame(frame | {"group": groups}),
            TestLabelGroups.OWNER,
            pl.DataFrame(frame | {"household": truth}),
        )
        return dict(found.select("group", "is_external").rows())

    def test_a_borrower(self):
        assert self.labels([0, 0, 1], [0, 0, 1]) == {1: True}

    def test_a_borrower_taken_for_home(self):
        assert self.labels([1, 1, 0], [0, 0, 1]) == {1: True}

    def test_a_part_of_the_family(self):
        assert self.labels([0, 1, 0], [0, 0, 0]) == {1: False}

    def test_a_mixed_group_is_theirs_who_used_it_most(self):
        assert self.labels([0, 1, 1], [0, 0, 1]) == {1: True}


def test_lessons_of_several_worlds_are_put_together():
    one = lesson()
    both = lessons([one, one])
    assert (both.values.height, both.is_external.size) == (2 * ROWS, 2 * ROWS)
