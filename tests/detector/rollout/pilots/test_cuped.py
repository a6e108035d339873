"""Taking out what was before narrows an interval, and moves no estimate."""

import numpy as np
import pytest

from detector.rollout.pilots.cuped import take_out
from detector.rollout.pilots.intervals import difference_in_means

RNG = np.random.default_rng(2)
TREATED = RNG.random(4000) < 0.5
BEFORE = RNG.gamma(2.0, 2.0, 4000)
AFTER = BEFORE + RNG.normal(0, 1, 4000) + 0.3 * TREATED
NONE = np.zeros(4000, np.int64)


class TestTakeOut:
    def test_narrows_the_interval_around_the_same_effect(self):
        plain = difference_in_means(AFTER, TREATED, NONE, 0.05)
        left = difference_in_means(
            take_out(AFTER, BEFORE, TREATED.astype(int)), TREATED, NONE, 0.05
        )
        assert left.standard_error < 0.5 * plain.standard_error
        assert left.low < 0.3 < left.high

    def test_keeps_the_mean(self):
        assert take_out(AFTER, BEFORE, TREATED.astype(int)).mean() == pytest.approx(AFTER.mean())

    def test_what_is_not_known_of_an_account_takes_nothing_out_of_it(self):
        before = BEFORE.copy()
        before[0] = np.nan
        left = take_out(AFTER, before, TREATED.astype(int))
        assert left[0] == pytest.approx(AFTER[0])

    def test_a_time_before_that_was_alike_for_all_changes_nothing(self):
        assert take_out(AFTER, np.full(4000, 3.0), TREATED.astype(int)) == pytest.approx(AFTER)
