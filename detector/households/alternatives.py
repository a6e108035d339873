# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
"""Other ways to cluster many small groups of points, to hold average linkage against."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numba import njit  # pyright: ignore[reportMissingTypeStubs]
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from detector.households.hdbscan import cluster_densely

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_LARGE = 256
"""Points of a group from which the package is asked, whose trees are not walked point by point."""

NEAREST = 1e-6
"""Least distance between points: HDBSCAN adds up densities, and that of duplicates is infinite."""


@dataclass(frozen=True)
class Points:
    """The points of many groups, and how alike some pairs of them are."""

    starts: Ints
    """Where each group's points begin, and where the last one's end."""
    weight: Floats
    """Of each point, more than 0; only average linkage asks."""
    left: Ints
    """One point of each pair with a similarity; both are in one group."""
    right: Ints
    """The other point; pairs that are not given have similarity 0."""
    strength: Floats
    """Their similarities, 0..1."""

    def above(self, threshold: float) -> "Points":
        """The same points with only the pairs that are more alike."""
        kept = self.strength > threshold
        ends = self.left[kept], self.right[kept]
        return Points(self.starts, self.weight, *ends, self.strength[kept])


def link_chains(points: Points, threshold: float) -> Ints:
    """Cluster the points of each group by single linkage: whatever a chain of ties joins.

    Returns:
        For each point the first point of its cluster.

    Examples:
        Two pairs and a bridge between them are one chain:

        >>> pairs = np.array([0, 1, 2]), np.array([1, 2, 3]), np.array([0.9, 0.6, 0.9])
        >>> link_chains(Points(np.array([0, 4]), np.ones(4), *pairs), 0.4).tolist()
        [0, 0, 0, 0]
    """
    close = points.above(threshold)
    size = len(points.weight)
    if size == 0:
        return np.arange(0)
    edges = (np.ones(len(close.left), dtype=np.int8), (close.left, close.right))
    graph = coo_array(edges, shape=(size, size))
    return _first_points(connected_components(graph, directed=False)[1])


def find_densities(points: Points, threshold: float) -> Ints:
    """Cluster the points of each group by HDBSCAN over the distance 1 - similarity.

    See `detector.households.hdbscan`. Its defaults call one household all noise: a group may be one
    cluster here, two points are a cluster, and clusters that part below the distance of
    `threshold` do not part. Noise becomes clusters of one.

    Returns:
        For each point the first point of its cluster.

    Examples:
        >>> pairs = np.array([0, 1, 2]), np.array([1, 2, 3]), np.array([0.9, 0.1, 0.9])
        >>> find_densities(Points(np.array([0, 4]), np.ones(4), *pairs), 0.4).tolist()
        [0, 0, 2, 2]
    """
    labels = np.arange(len(points.weight))
    _cluster_all(points.starts, points.left, points.right, points.strength, 1 - threshold, labels)
    group = np.searchsorted(points.starts, points.left, side="right") - 1
    large = np.diff(points.starts)[group] > _LARGE
    order = np.flatnonzero(large)[np.argsort(group[large], kind="stable")]
    for pairs in _runs(order, group[order]):
        begin, end = points.starts[group[pairs[0]]], points.starts[group[pairs[0]] + 1]
        distance = np.ones((end - begin, end - begin))
        i, j = points.left[pairs] - begin, points.right[pairs] - begin
        distance[i, j] = distance[j, i] = np.maximum(1 - points.strength[pairs], NEAREST)
        np.fill_diagonal(distance, 0)
        labels[begin:end] = begin + _dense_points(distance, 1 - threshold)
    return labels


@njit(cache=True, nogil=True)
def _cluster_all(  # noqa: PLR0913 - flat arrays, as compiled code takes them
    starts: Ints, left: Ints, right: Ints, strength: Floats, epsilon: float, labels: Ints
) -> None:
    """Cluster all groups but the large ones; those without any pair stay as they are."""
    group = np.searchsorted(starts, left, side="right") - 1
    order, pair = np.argsort(group, kind="mergesort"), 0
    while pair < len(order):
        mine, first = group[order[pair]], pair
        begin, end = starts[mine], starts[mine + 1]
        while pair < len(order) and group[order[pair]] == mine:
            pair += 1
        if end - begin <= _LARGE:
            distance = np.ones((end - begin, end - begin))
            for k in order[first:pair]:
                i, j = left[k] - begin, right[k] - begin
                distance[i, j] = distance[j, i] = max(1 - strength[k], NEAREST)
            # A similarity at the threshold does not join, as in the other methods.
            labels[begin:end] = begin + cluster_densely(distance, epsilon - NEAREST / 2)


def _dense_points(distance: Floats, epsilon: float) -> Ints:
    """HDBSCAN on one group of at least two points."""
    from hdbscan import HDBSCAN  # noqa: PLC0415 - loads for seconds, and is used by choice only

    found = HDBSCAN(
        metric="precomputed",
        min_samples=1,
        min_cluster_size=2,
        # A similarity at the threshold does not join, as in the other methods.
        cluster_selection_epsilon=epsilon - NEAREST / 2,
        allow_single_cluster=True,
    ).fit(distance)
    noise = -1 - np.arange(len(distance))
    return _first_points(np.where(found.labels_ < 0, noise, found.labels_))


def find_communities(points: Points, threshold: float) -> Ints:
    """Cluster the points of each group by cutting its chains where modularity gains most.

    A. Clauset, M. E. J. Newman and C. Moore, 2004; greedy, which needs no seed, whereas Louvain
    depends on the order of edges even with one. Pairs at the threshold or below are no edges.

    Returns:
        For each point the first point of its cluster.

    Examples:
        >>> pairs = np.array([0, 1, 2]), np.array([1, 2, 3]), np.array([0.9, 0.6, 0.9])
        >>> find_communities(Points(np.array([0, 4]), np.ones(4), *pairs), 0.4).tolist()
        [0, 0, 2, 2]
    """
    import networkx as nx  # noqa: PLC0415 - used by choice only

    close = points.above(threshold)
    labels = link_chains(points, threshold)
    component = labels[close.left]
    order = np.lexsort((close.right, close.left, component))
    for edges in _runs(order, component[order]):
        ends = close.left[edges].tolist(), close.right[edges].tolist()
        graph = nx.Graph()
        graph.add_nodes_from(sorted({*ends[0], *ends[1]}))
        graph.add_weighted_edges_from(zip(*ends, close.strength[edges].tolist(), strict=True))
        for part in nx.community.greedy_modularity_communities(graph, weight="weight"):
            labels[list(part)] = min(part)
    return labels


def _runs(order: Ints, keys: Ints) -> list[Ints]:
    """Split an order where its sorted keys change; none if it is empty."""
    return np.split(order, np.flatnonzero(np.diff(keys)) + 1) if len(order) else []


def _first_points(clusters: Ints) -> Ints:
    """Name each cluster by its first point."""
    _, first, mine = np.unique(clusters, return_index=True, return_inverse=True)
    return first[mine].astype(np.int64)


CLUSTERINGS: dict[str, Callable[[Points, float], Ints]] = {
    "single": link_chains,
    "hdbscan": find_densities,
    "communities": find_communities,
}
