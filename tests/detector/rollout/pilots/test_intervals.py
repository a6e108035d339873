"""Arms are compared within strata, and rare events honestly."""

import numpy as np
import pytest

from detector.errors import InputError
from detector.rollout.pilots.intervals import difference_in_means, merge_strata


def arms(treated: int, held: int):
    return np.repeat([True, False], [treated, held])


class TestDifferenceInMeans:
    def test_is_welchs_where_there_is_one_stratum(self):
        """R: t.test(c(1:20), c(3 * (1:15)))."""
        outcome = np.concatenate([np.arange(1.0, 21), 3.0 * np.arange(1, 16)])
        found = difference_in_means(outcome, arms(20, 15), np.zeros(35, np.int64), 0.05)
        t, error = -13.5 / found.standard_error, np.sqrt(35 / 20 + 9 * 20 / 15)
        assert found.standard_error == pytest.approx(error)
        assert found.difference == pytest.approx(-13.5)
        assert found.low < -13.5 < found.high < 0
        assert t == pytest.approx(-3.6401, abs=1e-3)

    def test_a_partner_with_many_cancellations_does_not_stand_against_one_with_few(self):
        """No effect within either stratum, but the treated are mostly of the worse one."""
        worse, better = np.tile([1.0, 0], 100), np.zeros(200)
        outcome = np.concatenate([worse, better])
        treated = np.concatenate([arms(150, 50), arms(50, 150)])
        order = np.concatenate([np.argsort(np.tile([0, 1], 100), kind="stable"), np.arange(200)])
        stratum = np.repeat([0, 1], 200)
        outcome[:200] = outcome[:200][np.argsort(order[:200], kind="stable")]
        found = difference_in_means(outcome, treated, stratum, 0.05)
        assert found.treated - found.hold_out == pytest.approx(0.25, abs=0.02)
        assert found.difference == pytest.approx(0, abs=0.02)

    def test_no_event_at_all_is_no_proof_of_none(self):
        found = difference_in_means(
            np.zeros(400), arms(300, 100), np.zeros(400, np.int64), 0.05, is_share=True
        )
        assert found.low < -0.02
        assert found.high > 0.01

    def test_strata_of_few_are_read_together(self):
        outcome, treated = np.tile([0.0, 1, 2, 3], 30), arms(60, 60)
        scattered = np.arange(120)
        together = difference_in_means(outcome, treated, np.zeros(120, np.int64), 0.05)
        assert difference_in_means(outcome, treated, scattered, 0.05) == together

    def test_refuses_an_arm_of_one(self):
        with pytest.raises(InputError, match="1 accounts of the pilot were held out"):
            difference_in_means(np.zeros(5), arms(4, 1), np.zeros(5, np.int64), 0.05)


class TestMergeStrata:
    def test_large_ones_stay_as_they_are(self):
        treated = np.concatenate([arms(20, 20), arms(20, 20)])
        stratum = np.repeat([7, 3], 40)
        assert merge_strata(treated, stratum).tolist() == [1] * 40 + [0] * 40

    def test_a_small_one_joins_the_smallest_large_one(self):
        treated = np.concatenate([arms(20, 20), arms(12, 12), arms(1, 1)])
        merged = merge_strata(treated, np.repeat([0, 1, 2], [40, 24, 2]))
        assert len(set(merged[:40])) == 1
        assert len(set(merged[40:])) == 1
        assert merged[0] != merged[-1]
