"""What a pilot can see agrees with what others say it can."""

import numpy as np
import pytest

from detector.rollout.pilots.power import (
    Arms,
    Certainty,
    accounts_needed,
    chance_to_see,
    design_effect,
    smallest_change,
    variance_of_count,
    variance_of_share,
)


class TestChanceToSee:
    @pytest.mark.parametrize(
        ("before", "after", "power", "n"), [(0.10, 0.15, 0.8, 685.6), (0.5, 0.75, 0.9, 76.65)]
    )
    def test_agrees_with_power_prop_test_of_r(self, before, after, power, n):
        sure = Certainty(power=power)
        found = accounts_needed(before, after, Arms(1, 1), variance_of_share, sure)
        assert found == pytest.approx(n, rel=1e-3)

    def test_a_fall_is_seen_as_a_rise_is(self):
        one = chance_to_see(0.1, 0.2, Arms(200, 200), variance_of_share, Certainty())
        two = chance_to_see(0.9, 0.8, Arms(200, 200), variance_of_share, Certainty())
        assert one == pytest.approx(two)

    def test_counts_agree_with_pilots_drawn_by_lot(self):
        rng = np.random.default_rng(5)
        drawn = rng.poisson(0.1, (4000, 900)), rng.poisson(0.16, (4000, 300))
        means = [each.mean(axis=1) for each in drawn]
        pooled = (means[0] * 900 + means[1] * 300) / 1200
        z = (means[1] - means[0]) / np.sqrt(pooled * (1 / 900 + 1 / 300))
        told = chance_to_see(0.1, 0.16, Arms(300, 900), variance_of_count(1.0), Certainty())
        assert told == pytest.approx((z > 1.96).mean(), abs=0.03)

    def test_regions_drawn_whole_see_less(self):
        alone = chance_to_see(0.1, 0.13, Arms(900, 900), variance_of_share, Certainty())
        whole = Arms(900, 900, design_effect(90, 0.0, 0.01), 18)
        assert chance_to_see(0.1, 0.13, whole, variance_of_share, Certainty()) < alone


class TestSmallestChange:
    def test_is_seen_as_surely_as_asked(self):
        arms, sure = Arms(4_000, 500), Certainty(power=0.9)
        change = smallest_change(0.03, arms, variance_of_share, sure, most=1.0)
        assert chance_to_see(0.03, 0.03 + change, arms, variance_of_share, sure) == pytest.approx(
            0.9
        )

    def test_there_is_none_where_there_are_too_few(self):
        assert smallest_change(0.5, Arms(2, 2), variance_of_share, Certainty(), most=1.0) is None
