import networkx as nx
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from detector.kernels.components import label_components

NAMES = [f"n{i:02}" for i in range(12)]
EDGES = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), max_size=15)


def parts(edges):
    nodes = pl.Series(NAMES)
    left = pl.Series([a for a, _ in edges], dtype=pl.String)
    right = pl.Series([b for _, b in edges], dtype=pl.String)
    labels = label_components(nodes, left, right).to_list()
    return {frozenset(n for n, mine in zip(NAMES, labels, strict=True) if mine == label)
            for label in labels}  # fmt: skip


class TestLabelComponents:
    def test_of_nothing(self):
        empty = pl.Series([], dtype=pl.String)
        assert label_components(empty, empty, empty).is_empty()

    def test_without_edges_each_is_alone(self):
        assert parts([]) == {frozenset([name]) for name in NAMES}

    @given(EDGES)
    def test_what_networkx_finds(self, edges):
        graph = nx.Graph(edges)
        graph.add_nodes_from(NAMES)
        assert parts(edges) == set(map(frozenset, nx.connected_components(graph)))

    @given(EDGES, st.randoms())
    def test_neither_order_nor_direction_matters(self, edges, random):
        turned = [(b, a) for a, b in random.sample(edges, len(edges))]
        assert parts(edges) == parts(turned)
