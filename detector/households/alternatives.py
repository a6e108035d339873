"""Other ways to group devices than average linkage, each by the package known for it."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from detector.kernels.arrays import Floats, Ints
from detector.settings import HouseholdSettings

TiedTo = Mapping[int, Mapping[int, Mapping[str, float]]]

NEAREST = 1e-6
"""Least distance of two devices: HDBSCAN adds up densities, and that of duplicates is infinite."""


def find_clusters(
    left: Ints, right: Ints, strength: Floats, settings: HouseholdSettings
) -> Iterator[list[int]]:
    """Cluster devices by the method chosen, one connected set of ties after the other.

    Packages settle draws by the order of what they are given, and HDBSCAN fails on nothing or on
    one point. So each set is a matrix of at least two devices, in the order of their numbers.

    Args:
        left: One device of each tie.
        right: The other.
        strength: Of the ties, 0..1.
        settings: The method, and how strong a tie joins two devices.

    Yields:
        The devices of one cluster; a device that comes in none is alone.

    Examples:
        Two pairs and a bridge between them:

        >>> ties = np.array([0, 1, 2]), np.array([1, 2, 3]), np.array([0.9, 0.6, 0.9])
        >>> list(find_clusters(*ties, HouseholdSettings(method="communities")))
        [[0, 1], [2, 3]]
    """
    import networkx as nx  # noqa: PLC0415 - used by choice only

    densely, least = settings.method == "hdbscan", settings.min_strength
    kept = strength > (0 if densely else least)
    ties = (column[kept].tolist() for column in (left, right, strength))
    graph: nx.Graph[int] = nx.Graph()
    graph.add_weighted_edges_from(zip(*ties, strict=True))
    for chain in nx.connected_components(graph):
        devices = sorted(chain)
        alike = _similarities(graph.adj, devices)
        for cluster in _find_densities(alike, least) if densely else _find_communities(alike):
            yield sorted(devices[point] for point in cluster)


def _similarities(ties: TiedTo, devices: list[int]) -> Floats:
    """Of each two devices; networkx would look through the whole graph for every few of them."""
    place = {device: at for at, device in enumerate(devices)}
    alike = np.zeros((len(devices), len(devices)))
    for device in devices:
        for other, tie in ties[device].items():
            alike[place[device], place[other]] = tie["weight"]
    return alike


def _find_densities(alike: Floats, threshold: float) -> Iterable[Collection[int]]:
    """HDBSCAN over the distance 1 - similarity.

    Its defaults call one household all noise: a set may be one cluster here, two points are a
    cluster, and clusters that part below the distance of `threshold` do not part.
    """
    from hdbscan import HDBSCAN  # noqa: PLC0415 - loads for seconds, and is used by choice only

    distance = np.maximum(1 - alike, NEAREST)
    np.fill_diagonal(distance, 0)
    clusterer: Any = HDBSCAN(
        metric="precomputed",
        min_samples=1,
        min_cluster_size=2,
        # A similarity at the threshold does not join, as in the other methods.
        cluster_selection_epsilon=1 - threshold - NEAREST / 2,
        allow_single_cluster=True,
    )
    labels = clusterer.fit(distance).labels_
    return [np.flatnonzero(labels == label) for label in range(labels.max() + 1)]


def _find_communities(alike: Floats) -> Iterable[Collection[int]]:
    """Cut a chain of ties where modularity gains most.

    A. Clauset, M. E. J. Newman and C. Moore, 2004; greedy, which needs no seed, whereas Louvain
    depends on the order of edges even with one.
    """
    import networkx as nx  # noqa: PLC0415 - used by choice only

    return nx.community.greedy_modularity_communities(nx.from_numpy_array(alike), weight="weight")
