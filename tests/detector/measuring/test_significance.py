import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import hypergeom

from detector.measuring.significance import fisher_p_value, holm_p_values

counts = st.integers(1, 400).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of)))


class TestFisherPValue:
    @given(counts, counts)
    def test_agrees_with_scipy(self, group, rest):
        cases, marked = group[1] + rest[1], group[0] + rest[0]
        theirs = hypergeom.sf(group[0] - 1, cases, marked, group[1])
        assert fisher_p_value(*group, *rest) == pytest.approx(theirs, rel=1e-6, abs=1e-9)

    def test_no_hits_prove_nothing(self):
        assert fisher_p_value(0, 50, 0, 500) == 1

    @pytest.mark.slow
    def test_millions_of_accounts(self):
        assert fisher_p_value(60_000, 1_000_000, 950_000, 19_000_000) < 1e-300
        assert fisher_p_value(40_000, 1_000_000, 950_000, 19_000_000) == pytest.approx(1)


class TestHolmPValues:
    @given(st.lists(st.floats(0, 1), max_size=30))
    def test_is_between_no_correction_and_bonferroni(self, chances):
        for chance, corrected in zip(chances, holm_p_values(chances), strict=True):
            assert chance <= corrected <= min(1, chance * len(chances))

    @given(st.lists(st.floats(0, 1), min_size=1, max_size=30).flatmap(st.permutations))
    def test_keeps_the_order_of_the_chances(self, chances):
        ranked = sorted(zip(chances, holm_p_values(chances), strict=True))
        assert [corrected for _, corrected in ranked] == sorted(c for _, c in ranked)
