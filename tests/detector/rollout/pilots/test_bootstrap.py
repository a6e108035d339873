"""The wild cluster bootstrap says what the package wildboottest says."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import stdtrit

from detector.errors import InputError
from detector.rollout.pilots.bootstrap import Regression, WildCluster, draw_weights


def regression(clusters: int) -> Regression:
    """Regions by a formula, before and since, of three to five accounts; every other treated."""
    rows = [
        (_noise(g, p, i) + 1.5 * (g % 2) * p + 0.3 * g, g % 2, p, g)
        for g in range(clusters)
        for p in (0, 1)
        for i in range(3 + g % 3)
    ]  # fmt: skip
    table = np.array(rows, float)
    treated, since = table[:, 1], table[:, 2]
    columns = np.column_stack([np.ones(len(table)), treated, since, treated * since])
    return Regression(table[:, 0], columns, table[:, 3].astype(np.int64), 3)


def _noise(g: int, p: int, i: int) -> float:
    return ((7 * g + 11 * p + 5 * i * i + 3 * g * p) % 13) / 4


def _changes(treated: int) -> Regression:
    """Eight regions, and by how much each changed."""
    outcome = np.array([0.4, -0.9, 0.1, 1.3, -0.2, 0.6, -1.1, 0.3])
    arms = (np.arange(8) < treated).astype(float)
    columns = np.column_stack([np.ones(8), arms])
    return Regression(outcome + arms, columns, np.arange(8), 1)


class TestAgainstWildboottest:
    """Figures of wildboottest 0.3.2 (numpy below 2.3) on the same rows.

    `WildboottestCL(X=X, Y=y, cluster=cluster, R=[0, 0, 0, 1], B=99999, seed=3)`, then
    `get_scores("33", impose_null=False)`, `get_weights` ("webb" below ten clusters, else
    "rademacher"), `get_numer`, `get_denom`, `get_tboot`, `get_vcov`, `get_tstat`, `get_pvalue`. Of
    ten and twelve clusters it tries all draws of two weights, so that its p is no matter of luck.
    """

    @pytest.mark.parametrize(
        ("clusters", "value", "t"),
        [
            (10, 1.542105263157893, 2.92564302552216),
            (7, 1.0791666666666675, 2.25640732764534),
            (6, 0.8958333333333339, 1.8463811069489533),
            (12, 1.84375, 3.864558856409659),
        ],
    )
    def test_coefficient_and_t(self, clusters, value, t):
        wild = WildCluster(regression(clusters))
        assert (wild.value, wild.t) == pytest.approx((value, t), rel=1e-8)

    @pytest.mark.parametrize(
        ("clusters", "p", "largest"),
        [(10, 0.013671875, 3.90331884), (12, 0.00537109375, 5.9035312)],
    )
    def test_all_draws_of_two_weights(self, clusters, p, largest):
        wild = WildCluster(regression(clusters))
        drawn = np.abs(wild.draws)
        assert (drawn > wild.t).mean() == p
        assert drawn.max() == pytest.approx(largest)

    @pytest.mark.parametrize(("clusters", "p"), [(7, 0.04354), (6, 0.12589)])
    def test_six_weights_by_lot(self, clusters, p):
        wild = WildCluster(regression(clusters))
        assert (np.abs(wild.draws) > wild.t).mean() == pytest.approx(p, abs=0.008)


class TestWildCluster:
    @pytest.mark.parametrize("clusters", [6, 10, 30])
    @pytest.mark.parametrize("alpha", [0.2, 0.05, 0.01])
    def test_interval_ends_where_p_is_alpha(self, clusters, alpha):
        wild = WildCluster(regression(clusters))
        for end, outwards in zip(wild.interval(alpha), (-1e-6, 1e-6), strict=True):
            assert wild.p_value(end - outwards) > alpha >= wild.p_value(end + outwards)

    @pytest.mark.parametrize(
        ("treated", "alpha", "wider"),
        [
            pytest.param(2, 0.05, "draws", id="arms of unlike size"),
            pytest.param(4, 0.001, "Student", id="an early look"),
        ],
    )
    def test_believes_the_wider_of_draws_and_students_t(self, treated, alpha, wider):
        wild = WildCluster(_changes(treated))
        reaches = {
            "draws": float(np.quantile(np.abs(wild.draws), 1 - alpha)),
            "Student": float(stdtrit(7, 1 - alpha / 2)),
        }
        assert max(reaches, key=lambda name: reaches[name]) == wider
        reach = (wild.interval(alpha)[1] - wild.value) / wild.standard_error
        assert reach == pytest.approx(reaches[wider], rel=0.01)

    def test_regions_that_never_differ_rule_nothing_out(self):
        given = _changes(treated=4)
        alike = replace(given, outcome=given.columns @ [1.0, 2.0])
        assert WildCluster(alike).interval(0.05) == (-np.inf, np.inf)
        assert WildCluster(alike).p_value() == 1

    def test_the_same_seed_gives_the_same(self):
        one, two = (WildCluster(regression(7), seed=4).estimate(0.05) for _ in range(2))
        assert one == two

    def test_so_few_regions_rule_nothing_out_at_an_early_look(self):
        assert WildCluster(regression(6)).interval(1e-6) == (-np.inf, np.inf)

    @pytest.mark.slow
    @pytest.mark.parametrize(("alpha", "most"), [(0.05, 0.05), (0.01, 0.015)])
    def test_eight_unlike_regions_rule_out_the_truth_as_seldom_as_asked(self, alpha, most):
        """Imposing the null did in 7.1 % at 5 %, draws without Student's t in 2.3 % at 1 %."""
        rng = np.random.default_rng(15)
        given = _changes(treated=4)
        misses = 0
        for _ in range(1_000):
            weight = np.sqrt(rng.uniform(400, 1_600, 8))[:, None]
            outcome = rng.normal(0, rng.lognormal(0, 0.3, 8)) * weight[:, 0]
            drawn = replace(given, outcome=outcome, columns=given.columns * weight)
            misses += WildCluster(drawn).p_value() <= alpha
        assert 0.3 * alpha < misses / 1_000 <= most

    @pytest.mark.parametrize("treated", [1, 7])
    def test_refuses_an_arm_of_one_region(self, treated):
        """Nobody knows how far it would have gone without us."""
        with pytest.raises(InputError, match="cannot tell"):
            WildCluster(_changes(treated))

    def test_refuses_regions_of_one_arm(self):
        given = regression(6)
        one_arm = Regression(given.outcome, given.columns * [1, 0, 1, 0], given.cluster, 3)
        with pytest.raises(InputError, match="cannot tell"):
            WildCluster(one_arm)


class TestDrawWeights:
    def test_all_draws_of_few_clusters_are_different(self):
        weights = draw_weights(10)
        assert len(np.unique(weights, axis=1).T) == 1024

    @pytest.mark.parametrize("clusters", [5, 40])
    def test_weights_have_mean_nought_and_spread_one(self, clusters):
        drawn = draw_weights(clusters)
        assert drawn.mean() == pytest.approx(0, abs=0.01)
        assert drawn.var() == pytest.approx(1, abs=0.02)
