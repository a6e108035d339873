import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from detector.households.linkage import link_groups

POINTS = 7
SLOTS = [(i, j) for i in range(POINTS) for j in range(i + 1, POINTS)]
# Distinct weights and strengths of 1/1009ths: hardly two means are equal; where two are, which
# pair joins first is a matter of rounding, and the case is passed over.
WEIGHTS = st.permutations([1, 3, 5, 7, 11, 13, 17])
STRENGTHS = st.lists(st.integers(0, 1009), min_size=21, max_size=21, unique=True)


def link(weights, pairs, threshold=0.45, sizes=None):
    """The partition of the points; `pairs` is {(i, j): strength}."""
    ordered = sorted(pairs)
    starts = np.cumsum([0, *(sizes or [len(weights)])])
    labels = link_groups(
        starts.astype(np.int64),
        np.array(weights, dtype=np.float64),
        np.array([i for i, _ in ordered], dtype=np.int64),
        np.array([j for _, j in ordered], dtype=np.int64),
        np.array([pairs[pair] for pair in ordered], dtype=np.float64),
        threshold,
    ).tolist()
    return {frozenset(p for p, mine in enumerate(labels) if mine == label) for label in labels}


def parts(*groups):
    return {frozenset(group) for group in groups}


def by_hand(weights, pairs, threshold=0.45):
    """Average linkage from its definition: the mean over all pairs of points, by weight."""
    clusters = [frozenset([p]) for p in range(len(weights))]

    def alike(a, b):
        sums = sum(
            weights[i] * weights[j] * pairs.get((min(i, j), max(i, j)), 0) for i in a for j in b
        )
        return sums / (sum(weights[i] for i in a) * sum(weights[j] for j in b))

    while len(clusters) > 1:
        found = ((alike(a, b), a, b) for n, a in enumerate(clusters) for b in clusters[n + 1 :])
        (best, a, b), *others = sorted(found, key=lambda pair: -pair[0])
        assume(all(abs(best - mean) > 1e-9 for mean in (threshold, *(o[0] for o in others[:1]))))
        if best <= threshold:
            break
        clusters = [c for c in clusters if c not in (a, b)] + [a | b]
    return set(clusters)


class TestLinkGroups:
    def test_of_nothing(self):
        assert link([], {}) == set()

    def test_one_device_is_a_household(self):
        assert link([3], {}) == parts([0])

    def test_no_ties_no_groups(self):
        assert link([1, 1, 1], {}) == parts([0], [1], [2])

    def test_a_family(self):
        assert link([1, 1, 1], {(0, 1): 0.9, (1, 2): 0.8, (0, 2): 0.7}) == parts([0, 1, 2])

    def test_a_phone_seen_twice_does_not_chain_two_homes(self):
        ties = {(0, 1): 0.9, (3, 4): 0.9, (1, 2): 0.8, (2, 3): 0.79}
        assert link([30, 30, 2, 30, 30], ties) == parts([0, 1], [2], [3, 4])

    def test_a_busy_member_speaks_for_its_cluster(self):
        ties = {(0, 1): 1.0, (1, 2): 0.6}
        assert link([1, 20, 5], ties) == parts([0, 1, 2])

    def test_groups_know_nothing_of_each_other(self):
        ties = {(0, 1): 0.9, (2, 3): 0.2}
        assert link([1] * 4, ties, sizes=[2, 2]) == parts([0, 1], [2], [3])

    def test_an_empty_group_between_others(self):
        assert link([1, 1], {}, sizes=[1, 0, 1]) == parts([0], [1])

    @pytest.mark.parametrize("strength", [0.2, 0.45])
    def test_at_the_threshold_or_below_nothing_joins(self, strength):
        assert link([1, 1], {(0, 1): strength}) == parts([0], [1])


class TestProperties:
    @settings(deadline=None)
    @given(WEIGHTS, STRENGTHS)
    def test_is_average_linkage(self, weights, strengths):
        pairs = {slot: s / 1009 for slot, s in zip(SLOTS, strengths, strict=True)}
        assert link(weights, pairs) == by_hand(weights, pairs)

    @settings(deadline=None)
    @given(WEIGHTS, STRENGTHS, st.permutations(range(POINTS)))
    def test_the_order_of_points_is_irrelevant(self, weights, strengths, names):
        pairs = {slot: s / 1009 for slot, s in zip(SLOTS, strengths, strict=True)}
        by_hand(weights, pairs)
        renamed = {tuple(sorted((names[i], names[j]))): s for (i, j), s in pairs.items()}
        heavy = [weights[names.index(p)] for p in range(POINTS)]
        found = {frozenset(names[p] for p in part) for part in link(weights, pairs)}
        assert found == link(heavy, renamed)

    @settings(deadline=None)
    @given(WEIGHTS, STRENGTHS, st.integers(2, 1000))
    def test_only_the_proportion_of_weights_counts(self, weights, strengths, factor):
        pairs = {slot: s / 1009 for slot, s in zip(SLOTS, strengths, strict=True)}
        by_hand(weights, pairs)
        assert link(weights, pairs) == link([w * factor for w in weights], pairs)
