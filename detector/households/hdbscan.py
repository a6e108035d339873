# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
"""HDBSCAN of many small groups of points at once, for groups that are one cluster or several.

R. Campello, D. Moulavi and J. Sander, 2013; with the cut-off of C. Malzer and M. Baum, 2020. With
one sample and clusters of two, what is dense is what is near, so that the tree is that of single
linkage. Each step is that of the package `hdbscan`, with which labels are equal; of distances
that are equal the one that Prim's walk from the first point comes to first is joined first.

A tree of n points has the points 0 .. n - 1 and n - 1 joints, numbered n .. in the order of
their distances. Condensed, joints that only shed single points become one *cluster*; clusters
are numbered from the root down, and each but the root has a sibling.
"""

from typing import NamedTuple

import numpy as np
from numba import njit  # pyright: ignore[reportMissingTypeStubs]
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Clusters(NamedTuple):
    """The condensed tree of one group."""

    parent: Ints
    """Of each cluster; that of the root is -1."""

    child: Ints
    """The first of a cluster's two children, the second follows it; -1 for none."""

    birth: Floats
    """Density (1 / distance) from which each is a cluster of its own."""

    stability: Floats
    owner: Ints
    """The cluster that each point fell out of."""

    density: Floats
    """At which it did."""


@njit(cache=True, nogil=True)
def cluster_densely(distance: Floats, epsilon: float) -> Ints:
    """Cluster one group.

    Args:
        distance: Between its points, symmetric and more than 0 beside the diagonal.
        epsilon: Clusters that part below this distance do not part.

    Returns:
        For each point the first point of its cluster; noise is a cluster of its own.
    """
    left, right, apart, size = _join_points(distance)
    tree = _condense(left, right, apart, size)
    chosen = _stop_at(tree, _choose(tree), epsilon)
    count, first = np.count_nonzero(chosen), np.full(len(chosen), -1, np.int64)
    labels = np.arange(len(distance))
    for point in range(len(distance)):
        at = tree.owner[point]
        while at > 0 and not chosen[at]:
            at = tree.parent[at]
        alone = not chosen[at]
        if at == 0 and not alone:
            alone = count > 1 or tree.density[point] < 1.0 / epsilon
        if not alone:
            if first[at] < 0:
                first[at] = point
            labels[point] = first[at]
    return labels


@njit(cache=True, nogil=True)
def _join_points(distance: Floats) -> tuple[Ints, Ints, Floats, Ints]:
    """The tree of single linkage: both sides of each joint, their distance, its points."""
    count = len(distance)
    ends, length = np.empty((2, count - 1), np.int64), np.empty(count - 1)
    near, walked, here = np.full(count, np.inf), np.zeros(count, np.bool_), 0
    for step in range(count - 1):
        walked[here] = True
        best = -1
        for point in range(count):
            if not walked[point]:
                near[point] = min(near[point], distance[here, point])
                if best < 0 or near[point] < near[best]:
                    best = point
        ends[0, step], ends[1, step], length[step] = here, best, near[best]
        here = best
    order = np.argsort(length, kind="mergesort")
    top, size = np.arange(2 * count - 1), np.ones(2 * count - 1, np.int64)
    left, right = np.empty(count - 1, np.int64), np.empty(count - 1, np.int64)
    for joint in range(count - 1):
        sides = ends[:, order[joint]].copy()
        for i in range(2):
            while top[sides[i]] != sides[i]:
                top[sides[i]] = top[top[sides[i]]]
                sides[i] = top[sides[i]]
        left[joint], right[joint] = sides
        top[sides] = count + joint
        size[count + joint] = size[sides].sum()
    return left, right, length[order], size


@njit(cache=True, nogil=True)
def _condense(left: Ints, right: Ints, apart: Floats, size: Ints) -> Clusters:
    """Walk the tree from its root, level by level."""
    count = len(left) + 1
    parent, child = np.full(count, -1, np.int64), np.full(count, -1, np.int64)
    birth, stability = np.zeros(count), np.zeros(count)
    owner, density = np.zeros(count, np.int64), np.zeros(count)
    cluster, found = np.zeros(2 * count - 1, np.int64), 1
    queue, filled = np.full(2 * count - 1, 2 * count - 2), 1
    for k in range(2 * count - 1):
        node = queue[k]
        if node < count:
            continue
        joint, mine = node - count, cluster[node]
        dense, sides = 1.0 / apart[joint], (left[joint], right[joint])
        parts = size[sides[0]] > 1 and size[sides[1]] > 1
        if parts:
            child[mine] = found
        for side in sides:
            queue[filled] = side
            filled += 1
            cluster[side] = mine
            if parts:
                parent[found], birth[found], cluster[side] = mine, dense, found
                found += 1
            if size[side] == 1:
                owner[side], density[side] = mine, dense
            if parts or size[side] == 1:
                stability[mine] += (dense - birth[mine]) * size[side]
    return Clusters(parent[:found], child[:found], birth[:found], stability[:found], owner, density)


@njit(cache=True, nogil=True)
def _choose(tree: Clusters) -> NDArray[np.bool_]:
    """Choose clusters by excess of mass: a parent, unless its children together are stabler."""
    stability, chosen = tree.stability.copy(), np.ones(len(tree.parent), np.bool_)
    for cluster in range(len(chosen) - 1, -1, -1):
        below, child = np.float32(0), tree.child[cluster]
        if child >= 0:
            # The package keeps this sum in 32 bits.
            below = np.float32(np.float64(below) + stability[child])
            below = np.float32(np.float64(below) + stability[child + 1])
        if np.float64(below) > stability[cluster]:
            chosen[cluster], stability[cluster] = False, np.float64(below)
        else:
            _drop_below(tree, chosen, cluster)
    return chosen


@njit(cache=True, nogil=True)
def _drop_below(tree: Clusters, chosen: NDArray[np.bool_], cluster: int) -> None:
    """Choose none of the descendants of a cluster; these come after it."""
    under = np.zeros(len(chosen), np.bool_)
    under[cluster] = True
    for other in range(cluster + 1, len(chosen)):
        if under[tree.parent[other]]:
            under[other], chosen[other] = True, False


@njit(cache=True, nogil=True)
def _stop_at(tree: Clusters, chosen: NDArray[np.bool_], epsilon: float) -> NDArray[np.bool_]:
    """Go up from clusters that part below a distance to the first that does not."""
    kept = chosen.copy()
    if len(chosen) == 1 or (chosen[0] and np.count_nonzero(chosen) == 1):
        return kept
    kept[:] = False
    for cluster in np.flatnonzero(chosen):
        at = cluster
        if 1.0 / tree.birth[at] < epsilon:
            at = tree.parent[at]
            while at > 0 and 1.0 / tree.birth[at] <= epsilon:
                at = tree.parent[at]
        kept[at] = True
    return kept
