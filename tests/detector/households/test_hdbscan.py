"""Labels are those of the package, of which each step is asked with a stable order of ties."""

import numpy as np
from hdbscan._hdbscan_linkage import label, mst_linkage_core
from hdbscan.hdbscan_ import HDBSCAN, _tree_to_labels
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.households.alternatives import CLUSTERINGS, Points
from detector.households.hdbscan import cluster_densely

NOTHING = 1e-6
"""The distance of duplicates: densities are added up, and must not be infinite."""

UNTIED = st.integers(2, 14).flatmap(
    lambda size: st.lists(
        st.integers(1, 10**9),
        min_size=size * (size - 1) // 2,
        max_size=size * (size - 1) // 2,
        unique=True,
    )
)
TIED = st.integers(2, 14).flatmap(
    lambda size: st.lists(
        st.sampled_from([0, 1, 3, 5, 9, 10]),
        min_size=size * (size - 1) // 2,
        max_size=size * (size - 1) // 2,
    )
)
EPSILONS = st.sampled_from([0.05, 0.3, 0.55, 0.9])


def distances(values, unit):
    size = round((1 + (1 + 8 * len(values)) ** 0.5) / 2)
    apart = np.zeros((size, size))
    apart[np.triu_indices(size, 1)] = np.maximum(np.array(values) / unit, NOTHING)
    return apart + apart.T


def first_points(labels):
    """Noise is alone, and each cluster goes by its first point."""
    names = [f"noise {n}" if name < 0 else name for n, name in enumerate(labels)]
    return [names.index(name) for name in names]


def by_package(apart, epsilon):
    found = HDBSCAN(
        metric="precomputed",
        min_samples=1,
        min_cluster_size=2,
        cluster_selection_epsilon=epsilon,
        allow_single_cluster=True,
    ).fit(apart)
    return first_points(found.labels_.tolist())


def by_steps(apart, epsilon):
    walk = mst_linkage_core(apart)
    tree = label(walk[np.argsort(walk[:, 2], kind="stable")])
    chosen = {"allow_single_cluster": True, "cluster_selection_epsilon": epsilon}
    return first_points(_tree_to_labels(apart, tree, 2, **chosen)[0].tolist())


class TestClusterDensely:
    @settings(deadline=None, max_examples=80)
    @given(UNTIED, EPSILONS)
    def test_distances_that_all_differ(self, values, epsilon):
        apart = distances(values, 10**9)
        assert cluster_densely(apart, epsilon).tolist() == by_package(apart.copy(), epsilon)

    @settings(deadline=None, max_examples=120)
    @given(TIED, EPSILONS)
    def test_equal_distances_and_duplicates(self, values, epsilon):
        apart = distances(values, 10)
        assert cluster_densely(apart, epsilon).tolist() == by_steps(apart, epsilon)


class TestManyGroups:
    def test_a_group_too_large_for_the_kernel_is_clustered_too(self):
        """A chain of pairs, once by the package and once in the kernel."""

        def pairs_of(size):
            left = np.arange(0, size, 2)
            points = Points(
                np.array([0, size]), np.ones(size), left, left + 1, np.full(len(left), 0.9)
            )
            return CLUSTERINGS["hdbscan"](points, 0.45).tolist()

        for size in (200, 300):
            assert pairs_of(size) == [point // 2 * 2 for point in range(size)]
