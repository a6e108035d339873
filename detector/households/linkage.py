"""Average linkage of many small groups of points at once."""

import numpy as np

from detector.kernels.arrays import Floats, Ints
from detector.kernels.loops import loop, part


@loop
def _most_alike(similarity: Floats, mass: Floats, threshold: float) -> tuple[int, int]:
    """The pair of clusters that are most alike; (-1, -1) if none is alike enough.

    Of equals the heaviest, so that the names of devices, which number the points, hardly ever
    decide; of equals in that too the first.
    """
    best, weight, left, right = threshold, 0.0, -1, -1
    for i in range(len(mass)):
        for j in range(i + 1, len(mass)):
            alike, heavy = similarity[i, j], mass[i] * mass[j]
            if heavy > 0 and (alike > best or (alike == best and left >= 0 and heavy > weight)):
                best, weight, left, right = alike, heavy, i, j
    return left, right


@part
def _link_one(similarity: Floats, weight: Floats, threshold: float, labels: Ints) -> None:
    """Join the two most alike clusters until none are alike enough; labels are least members."""
    mass = weight.copy()
    left, right = _most_alike(similarity, mass, threshold)
    while left >= 0:
        total = mass[left] + mass[right]
        for k in range(len(mass)):
            mean = (mass[left] * similarity[left, k] + mass[right] * similarity[right, k]) / total
            similarity[left, k] = similarity[k, left] = mean
            if labels[k] == right:
                labels[k] = left
        mass[left], mass[right] = total, 0.0
        left, right = _most_alike(similarity, mass, threshold)


@loop
def link_groups(  # noqa: PLR0913 - flat arrays, as compiled code takes them
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
        local = np.arange(len(similarity))
        _link_one(similarity, weight[begin:end], threshold, local)
        for k in range(end - begin):
            labels[begin + k] = begin + local[k]
    return labels
