"""Average linkage of many small groups of points at once."""

import numpy as np
from numba import njit  # pyright: ignore[reportMissingTypeStubs]
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@njit(cache=True)
def _link_one(similarity: Floats, weight: Floats, threshold: float, labels: Ints) -> None:
    """Join the two most alike clusters until none are alike enough; labels are least members."""
    size = len(weight)
    mass = weight.copy()
    for _ in range(size - 1):
        best, left, right = threshold, -1, -1
        for i in range(size):
            if mass[i] > 0:
                for j in range(i + 1, size):
                    # Strictly greater: of equals, the first pair is joined.
                    if mass[j] > 0 and similarity[i, j] > best:
                        best, left, right = similarity[i, j], i, j
        if left < 0:
            return
        total = mass[left] + mass[right]
        for k in range(size):
            if k not in (left, right) and mass[k] > 0:
                mean = mass[left] * similarity[left, k] + mass[right] * similarity[right, k]
                similarity[left, k] = similarity[k, left] = mean / total
        mass[left], mass[right] = total, 0.0
        for k in range(size):
            if labels[k] == labels[right] and k != right:
                labels[k] = labels[left]
        labels[right] = labels[left]


@njit(cache=True)
def link_groups(
    starts: Ints, weight: Floats, left: Ints, right: Ints, strength: Floats, threshold: float
) -> Ints:
    """Cluster the points of each group by the weighted mean similarity between clusters (UPGMA).

    R. R. Sokal and C. D. Michener, 1958; here each point counts by its weight, so that a device
    seen twice cannot chain two households together.

    Args:
        starts: Where each group's points begin, and where the last one's end.
        weight: Of each point, more than 0.
        left: One point of each pair with a similarity; both are in one group, pairs sorted.
        right: The other point; pairs that are not given have similarity 0.
        strength: Their similarities, 0..1.
        threshold: Least mean similarity of clusters to be joined.

    Returns:
        For each point the first point of its cluster.

    Examples:
        Two pairs and a weak bridge between them:

        >>> left, right = np.array([0, 1, 2]), np.array([1, 2, 3])
        >>> strength = np.array([0.9, 0.6, 0.9])
        >>> starts, ones = np.array([0, 4]), np.ones(4)
        >>> link_groups(starts, ones, left, right, strength, 0.4).tolist()
        [0, 0, 2, 2]
    """
    labels = np.arange(len(weight))
    pair = 0
    for group in range(len(starts) - 1):
        begin, end = starts[group], starts[group + 1]
        similarity = np.zeros((end - begin, end - begin))
        while pair < len(left) and left[pair] < end:
            i, j = left[pair] - begin, right[pair] - begin
            similarity[i, j] = similarity[j, i] = strength[pair]
            pair += 1
        local = np.arange(end - begin)
        _link_one(similarity, weight[begin:end], threshold, local)
        labels[begin:end] = local + begin
    return labels
