from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.households.alternatives import find_clusters
from detector.households.linkage import link_groups
from detector.settings import HouseholdSettings

POINTS = 7
SLOTS = [(i, j) for i in range(POINTS) for j in range(i + 1, POINTS)]
# Strengths of 1/1009ths, each once: no choice between two ties is a matter of order.
STRENGTHS = st.lists(st.integers(0, 1009), min_size=21, max_size=21, unique=True)
OTHERS = ["hdbscan", "communities"]
each_method = pytest.mark.parametrize("method", ["average", *OTHERS])
each_other = pytest.mark.parametrize("method", OTHERS)


def columns_of(pairs):
    """`pairs` is {(i, j): strength}, in any order."""
    left, right = (np.array([pair[end] for pair in pairs], dtype=np.int64) for end in (0, 1))
    return left, right, np.array(list(pairs.values()), dtype=np.float64)


def label(method, pairs, *sizes, threshold=0.45):
    if method == "average":
        starts = np.cumsum([0, *sizes]).astype(np.int64)
        ties = columns_of(dict(sorted(pairs.items())))
        return link_groups(starts, np.ones(sum(sizes)), *ties, threshold).tolist()
    labels = list(range(sum(sizes)))
    chosen = HouseholdSettings(method=method, min_strength=threshold)
    for cluster in find_clusters(*columns_of(pairs), chosen):
        for point in cluster:
            labels[point] = cluster[0]
    return labels


def all_pairs(members, strength):
    return {(i, j): strength for i in members for j in members if i < j}


def parts(labels):
    return {frozenset(p for p, mine in enumerate(labels) if mine == name) for name in labels}


@each_method
class TestClearCut:
    def test_of_nothing(self, method):
        assert label(method, {}) == []

    def test_one_device_is_a_household(self, method):
        assert label(method, {}, 1) == [0]

    def test_no_ties_no_groups(self, method):
        assert label(method, {}, 3) == [0, 1, 2]

    @pytest.mark.parametrize("strength", [0.5, 0.9, 1.0])
    def test_two_devices(self, method, strength):
        assert label(method, {(0, 1): strength}, 2) == [0, 0]

    @pytest.mark.parametrize("strength", [0.0, 0.2, 0.45])
    def test_two_strangers(self, method, strength):
        assert label(method, {(0, 1): strength}, 2) == [0, 1]

    @pytest.mark.parametrize("size", [3, 5, 12])
    def test_a_family(self, method, size):
        assert label(method, all_pairs(range(size), 0.9), size) == [0] * size

    def test_two_families(self, method):
        ties = all_pairs((0, 2, 4), 0.9) | all_pairs((1, 3, 5), 0.8)
        assert label(method, ties, 6) == [0, 1, 0, 1, 0, 1]

    def test_two_families_that_met(self, method):
        ties = all_pairs((0, 1, 2), 0.9) | all_pairs((3, 4, 5), 0.8) | {(2, 3): 0.1}
        assert label(method, ties, 6) == [0, 0, 0, 3, 3, 3]

    def test_a_family_and_a_lone_telephone(self, method):
        assert label(method, all_pairs((1, 2, 3), 0.9), 4) == [0, 1, 1, 1]

    def test_accounts_know_nothing_of_each_other(self, method):
        ties = {(0, 1): 0.9, (3, 4): 0.2}
        assert label(method, ties, 2, 0, 1, 2, 0) == [0, 0, 2, 3, 4]


@each_other
class TestProperties:
    @settings(deadline=None, max_examples=50)
    @given(strengths=STRENGTHS, names=st.permutations(range(POINTS)))
    def test_the_order_of_points_is_irrelevant(self, method, strengths, names):
        pairs = {slot: s / 1009 for slot, s in zip(SLOTS, strengths, strict=True)}
        renamed = {tuple(sorted((names[i], names[j]))): s for (i, j), s in pairs.items()}
        found = parts(label(method, pairs, POINTS))
        assert {frozenset(names[p] for p in part) for part in found} == parts(
            label(method, renamed, POINTS)
        )

    @settings(deadline=None, max_examples=50)
    @given(
        strengths=st.lists(st.sampled_from([0, 0.5, 1]), min_size=21, max_size=21),
        random=st.randoms(),
    )
    def test_the_order_of_ties_is_irrelevant(self, method, strengths, random):
        pairs = list(zip(SLOTS, strengths, strict=True))
        shuffled = random.sample(pairs, len(pairs))
        assert label(method, dict(pairs), POINTS) == label(method, dict(shuffled), POINTS)

    @settings(deadline=None, max_examples=100)
    @given(
        sizes=st.lists(st.integers(0, 12), max_size=3),
        strengths=st.sampled_from([(0,), (0.45,), (1,), (0, 1), (0, 0.45, 0.5, 1), range(1010)]),
        random=st.randoms(),
    )
    def test_whatever_comes_each_point_keeps_a_label(self, method, sizes, strengths, random):
        starts = np.cumsum([0, *sizes])
        pairs = {
            (i, j): random.choice(strengths) / (1009 if len(strengths) > 9 else 1)
            for begin, end in pairwise(starts)
            for i in range(begin, end)
            for j in range(i + 1, end)
            if random.random() < 0.8
        }
        labels = label(method, pairs, *sizes)
        account = np.repeat(np.arange(len(sizes)), sizes)
        assert len(labels) == sum(sizes)
        assert all(min(part) == labels[min(part)] for part in parts(labels))
        assert all(len({account[p] for p in part}) == 1 for part in parts(labels))


class TestChains:
    BRIDGED = all_pairs((0, 1, 2), 0.9) | {(2, 3): 0.5} | all_pairs((3, 4, 5), 0.9)

    @pytest.mark.parametrize("method", ["average", "communities"])
    def test_others_cut_them(self, method):
        assert label(method, self.BRIDGED, 6) == [0, 0, 0, 3, 3, 3]


class TestFindDensities:
    def test_ties_weaker_than_those_within_may_join_two_families(self):
        """What no cut of single linkage does, and why more homes are merged than by the average."""
        ties = all_pairs((0, 1), 0.5) | {(1, 2): 0.44} | all_pairs((2, 3), 0.5)
        assert label("hdbscan", ties, 4) == [0, 0, 0, 0]

    def test_pairs_that_are_far_from_each_other_are_not_noise(self):
        ties = {(point, point + 1): 0.9 for point in range(0, 300, 2)}
        assert label("hdbscan", ties, 300) == [point // 2 * 2 for point in range(300)]

    def test_devices_that_are_always_together(self):
        assert label("hdbscan", all_pairs(range(8), 1.0), 8) == [0] * 8
