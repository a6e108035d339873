"""The wild cluster bootstrap says what the package wildboottest says."""

import numpy as np
import pytest

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


class TestAgainstWildboottest:
    """Figures of wildboottest 0.3.2 on the same rows.

    `WildboottestCL(X=X, Y=y, cluster=cluster, R=[0, 0, 0, 1], B=99999, seed=3)`, then
    `get_scores("11", impose_null=True)`, `get_weights`, `get_numer`, `get_denom`, `get_tboot`,
    `get_vcov`, `get_tstat`, `get_pvalue`. Of ten clusters it tries all 1,024 draws of two weights,
    so that its p is no matter of luck; it leaves out the two draws that change nothing.
    """

    @pytest.mark.parametrize(
        ("clusters", "value", "t"),
        [
            (10, 1.54210526, 3.366745742357632),
            (7, 1.07916667, 2.6592266579213466),
            (6, 0.89583333, 2.2607313256723875),
            (12, 1.84375, 4.298112004717082),
        ],
    )
    def test_coefficient_and_t(self, clusters, value, t):
        wild = WildCluster(regression(clusters))
        assert (wild.value, wild.t) == pytest.approx((value, t), rel=1e-8)

    def test_p_of_all_draws_of_two_weights(self):
        wild = WildCluster(regression(10))
        beyond = np.abs(wild.draws()) > wild.t * (1 + 1e-9)
        assert beyond.mean() == 0.0078125
        assert wild.p_value() == 0.0078125 + 2 / 1024

    def test_p_of_six_weights_by_lot(self):
        assert WildCluster(regression(6)).p_value() == pytest.approx(0.07005, abs=0.006)


class TestWildCluster:
    def test_interval_ends_where_p_is_alpha(self):
        wild = WildCluster(regression(10))
        low, high = wild.interval(0.05)
        inside, outside = wild.p_value(low + 0.01), wild.p_value(low - 0.01)
        assert inside > 0.05 >= outside
        assert wild.p_value(high - 0.01) > 0.05 >= wild.p_value(high + 0.01)

    def test_the_same_seed_gives_the_same(self):
        one, two = (WildCluster(regression(7), seed=4).estimate(0.05) for _ in range(2))
        assert one == two

    def test_so_few_regions_rule_nothing_out_at_an_early_look(self):
        assert WildCluster(regression(6)).interval(1e-6) == (-np.inf, np.inf)

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
        drawn = draw_weights(clusters)[:, 1:]
        assert drawn.mean() == pytest.approx(0, abs=0.01)
        assert drawn.var() == pytest.approx(1, abs=0.02)
