"""Several looks together raise no more false alarms than one."""

import numpy as np
import pytest

from detector.errors import SettingsError
from detector.rollout.pilots.spending import chance_to_cross, find_boundaries, spend

FIVE = (0.2, 0.4, 0.6, 0.8, 1.0)


class TestFindBoundaries:
    def test_are_those_published_for_five_even_looks(self):
        """K. K. G. Lan, D. L. DeMets: O'Brien-Fleming-type, two-sided alpha of 0.05."""
        found = [look.boundary for look in find_boundaries(FIVE)]
        assert found == pytest.approx([4.877, 3.357, 2.680, 2.290, 2.031], abs=5e-4)

    def test_of_one_look_is_the_usual_one(self):
        assert find_boundaries([1.0])[0].boundary == pytest.approx(1.959964, abs=1e-6)

    @pytest.mark.parametrize("times", [FIVE, (0.1, 0.15, 0.5, 0.9, 1.0), (0.3, 0.31), (0.7,)])
    def test_spend_what_the_function_allows_and_no_more(self, times):
        looks = find_boundaries(times)
        assert chance_to_cross(looks, 0.0) == pytest.approx(spend(times[-1]), abs=1e-9)

    def test_a_look_changes_nothing_about_those_before(self):
        three = [look.boundary for look in find_boundaries(FIVE)][:3]
        assert [look.boundary for look in find_boundaries(FIVE[:3])] == three

    @pytest.mark.parametrize("times", [(0.1, 0.15, 0.5, 0.9, 1.0), (0.5, 1.0)])
    def test_hold_on_walks_drawn_by_lot(self, times):
        """Against the plain thing: pilots as sums of independent parts."""
        rng = np.random.default_rng(3)
        steps = np.diff([0.0, *times])
        walks = np.cumsum(rng.normal(size=(200_000, len(times))) * np.sqrt(steps), axis=1)
        z = np.abs(walks / np.sqrt(times))
        crossed = (z >= [look.boundary for look in find_boundaries(times)]).any(axis=1).mean()
        assert crossed == pytest.approx(0.05, abs=0.002)

    @pytest.mark.parametrize("times", [(), (0.0,), (0.5, 0.5), (0.5, 0.4), (0.5, 1.1)])
    def test_refuse_times_that_do_not_rise(self, times):
        with pytest.raises(SettingsError, match="information at the looks"):
            find_boundaries(times)
