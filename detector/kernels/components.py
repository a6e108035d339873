"""Connected components of large graphs, all accounts at once."""

import numpy as np
import polars as pl

from detector.kernels.arrays import Ints


def label_components(nodes: pl.Series, left: pl.Series, right: pl.Series) -> pl.Series:
    """Number the connected components of a graph.

    Args:
        nodes: The names of all nodes, sorted, each once.
        left: One end of each edge.
        right: The other end of each edge.

    Returns:
        The component of each node, numbered in the order of `nodes`.

    Examples:
        >>> nodes = pl.Series(["a", "b", "c"])
        >>> label_components(nodes, pl.Series(["a"]), pl.Series(["c"])).to_list()
        [0, 1, 0]
    """
    if nodes.is_empty():
        return pl.Series("label", [], dtype=pl.Int32)
    a, b = nodes.search_sorted(left).to_numpy(), nodes.search_sorted(right).to_numpy()
    least = _least_neighbours(np.arange(len(nodes)), a, b)
    return pl.Series("label", np.unique(least, return_inverse=True)[1], dtype=pl.Int32)


def _least_neighbours(least: Ints, a: Ints, b: Ints) -> Ints:
    """The least node that each can be reached from; SciPy would take longer to load."""
    while (apart := least[a] != least[b]).any():
        a, b = a[apart], b[apart]
        here, there = least[a], least[b]
        np.minimum.at(least, np.maximum(here, there), np.minimum(here, there))
        while (least[least] != least).any():
            least = least[least]
    return least
