"""Connected components of large graphs, all accounts at once."""

from typing import Any

import numpy as np
import polars as pl
from scipy.sparse import coo_array, csgraph

_csgraph: Any = csgraph


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
    edges = (np.ones(len(a), dtype=np.int8), (a, b))
    graph = coo_array(edges, shape=(len(nodes), len(nodes)))
    return pl.Series("label", _csgraph.connected_components(graph, directed=False)[1])
