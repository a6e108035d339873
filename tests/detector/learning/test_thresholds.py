import numpy as np
import pytest
from scipy.stats import beta

from detector.learning.thresholds import count_needed, promise_precision
from tests.detector.labelled import MODEL

WITNESS = MODEL.model_copy(
    update={"unknown": MODEL.unknown.model_copy(update={"witness_micro_bits": 1})}
)


def flags(right, wrong, chance=0.99):
    """So many accounts flagged rightly and wrongly, and ten times as many that are not."""
    flagged = right + wrong
    chances = np.append(np.full(flagged, chance), np.full(10 * flagged, 0.1))
    return chances, np.append(np.full(right, True), np.full(wrong + 10 * flagged, False))


class TestPromisePrecision:
    @pytest.mark.parametrize(("right", "proven"), [(148, False), (149, True)])
    def test_takes_as_many_flags_as_the_bound_does(self, right, proven):
        found = promise_precision(*flags(right, 0), 0.98, MODEL, right * 11)
        assert (found.threshold == 0.99) is proven
        assert (found.bound >= 0.98) is proven

    def test_few_flags_keep_the_threshold_and_say_how_many_labels_would_do(self):
        found = promise_precision(*flags(60, 0), 0.98, MODEL, 660)
        assert found.threshold == MODEL.threshold
        assert "60 of 60 flags unseen right" in found.note
        needed = count_needed(*flags(60, 0), 0.98, 660)
        assert f"about {needed:,} labels" in found.note

    def test_disproven_flags_nobody(self):
        found = promise_precision(*flags(80, 20), 0.98, MODEL, 1100)
        assert found.threshold == 1
        assert "nobody" in found.note
        assert "--precision" in found.note

    def test_never_flags_what_one_witness_may_reach(self):
        chances, truth = flags(300, 0, chance=0.79)
        assert promise_precision(chances, truth, 0.98, MODEL, 3300).threshold == 0.79
        assert promise_precision(chances, truth, 0.98, WITNESS, 3300).threshold == MODEL.threshold


class TestCountNeeded:
    def test_so_many_labels_prove_it(self):
        needed = count_needed(*flags(95, 1), 0.95, 1056)
        flagged = needed * 96 // 1056
        share = 0.975
        assert beta.ppf(0.05, share * flagged, (1 - share) * flagged + 1) >= 0.95
        assert beta.ppf(0.05, share * flagged * 0.95, (1 - share) * flagged * 0.95 + 1) < 0.95

    def test_is_more_than_there_are(self):
        assert count_needed(*flags(100, 0), 0.98, 1100) > 1100

    def test_none_would_do(self):
        assert count_needed(*flags(90, 10), 0.95, 1100) == 0

    def test_of_nothing(self):
        assert count_needed(np.array([]), np.array([], dtype=bool), 0.95, 0) == 0
