"""Sets that grow together: union-find over points in flat arrays, for compiled code."""

from detector.kernels.arrays import Ints
from detector.kernels.loops import loop


@loop
def find_root(parent: Ints, point: int) -> int:
    """The least point of a point's set; the way there is halved for the next who asks."""
    while parent[point] != point:
        parent[point] = parent[parent[point]]
        point = parent[point]
    return point


@loop
def unite(parent: Ints, a: int, b: int) -> None:
    """Make two points' sets one.

    Args:
        parent: Of each point another one of its set, that comes before it, or itself.
        a: One point.
        b: The other.

    Examples:
        >>> import numpy as np
        >>> parent = np.arange(3)
        >>> unite(parent, 2, 1)
        >>> parent.tolist()
        [0, 1, 1]
    """
    a, b = find_root(parent, a), find_root(parent, b)
    if a < b:
        parent[b] = a
    else:
        parent[a] = b


def find_roots(parent: Ints) -> Ints:
    """The least point of each point's set.

    Examples:
        >>> import numpy as np
        >>> find_roots(np.array([0, 0, 1, 3])).tolist()
        [0, 0, 0, 3]
    """
    root = parent
    while (root[root] != root).any():
        root = root[root]
    return root
