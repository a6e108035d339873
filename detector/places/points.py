# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
"""Cells of coordinates → which of them are one spot: where the points of an account lie densely.

A log without addresses says where a device was to some ten metres, and its network is a cell of
a grid (`detector.events.locate`). A home on the edge of a cell would be two, so cells that hold
points of one cluster of HDBSCAN are one spot (R. J. G. B. Campello, D. Moulavi and J. Sander,
2013); a cell whose points are noise is a small spot of its own.
"""

from typing import Any

import numpy as np
import polars as pl

from detector.geo import EARTH_RADIUS_KM, from_spot
from detector.kernels.arrays import Flags, Floats, Ints
from detector.kernels.blocks import AccountRows
from detector.kernels.loops import loop
from detector.kernels.union_find import unite
from detector.networks.lookup import Gazetteer
from detector.places.layout import Nodes, Stays
from detector.schemas import Networks, Sightings
from detector.settings import PlaceSettings

NOISE = -1
_PAIR = 2
"""Two points are a density; the package's five would call most of a sparse life noise."""


def unite_cells(  # noqa: PLR0913 - flat arrays, as in `unite_spots`
    rows: AccountRows,
    stays: Stays,
    nodes: Nodes,
    of_node: Ints,
    place: Ints,
    gazetteer: Gazetteer,
    settings: PlaceSettings,
) -> None:
    """Unite the cells of each account that hold points of one cluster.

    Args:
        rows: The sightings.
        stays: The same as numbers.
        nodes: Their networks; of accounts without two cells nothing is asked.
        of_node: The spot of each node.
        place: From `unite_spots`; changed in place.
        gazetteer: Names the networks.
        settings: How near and how far apart the points of a place may be.
    """
    cells = _find_cells(nodes, gazetteer)
    if not cells.any():
        return
    # A row that knows no network has node -1: it is at no cell.
    on_cell = np.append(cells, False)[stays.node]
    located = on_cell & rows.frame[Sightings.spot.name].is_not_null().to_numpy()
    points = _locate(rows.frame[Sightings.spot.name])
    for account in range(len(stays.accounts) - 1):
        begin, end = stays.accounts[account], stays.accounts[account + 1]
        mine = begin + np.flatnonzero(located[begin:end])
        spots = of_node[stays.node[mine]]
        if len(np.unique(spots)) < _PAIR:
            continue
        # Ties between distances are broken by the order of points: it must not be the log's.
        order = np.lexsort((spots, *points[mine].T))
        own, spots = points[mine[order]], spots[order]
        labels = find_dense(own, settings.point_reach_km)
        _unite_near(own, labels, spots, settings.max_point_gap_km, place)


def find_dense(points: Floats, reach_km: float) -> Ints:
    """Label each point with its cluster; -1 for noise.

    The package raises on fewer points than it looks for neighbours, and by default calls one
    cluster noise.

    Args:
        points: Positions in kilometres, one row each, in a canonical order.
        reach_km: Clusters nearer than this are not told apart.

    Examples:
        Two corners of a home, and a stadium across the town:

        >>> find_dense(np.array([[0, 0], [0.05, 0], [9, 0]]), 0.15).tolist()
        [0, 0, -1]
        >>> find_dense(np.zeros((1, 2)), 0.15).tolist()
        [-1]
    """
    from hdbscan import HDBSCAN  # noqa: PLC0415 - loads for seconds, and is for coordinates only

    if len(points) < _PAIR:
        return np.full(len(points), NOISE, np.int64)
    clusterer: Any = HDBSCAN(
        min_cluster_size=_PAIR,
        min_samples=1,
        cluster_selection_epsilon=reach_km,
        allow_single_cluster=True,
        core_dist_n_jobs=1,
    )
    # Points on one spot are infinitely dense, which the package divides by.
    with np.errstate(divide="ignore", invalid="ignore"):
        return clusterer.fit(points).labels_.astype(np.int64)


def _find_cells(nodes: Nodes, gazetteer: Gazetteer) -> Flags:
    """Which nodes are cells of coordinates."""
    names = gazetteer.networks[Networks.network.name]
    return names.str.starts_with("cell:").to_numpy()[nodes.network]


def _locate(spots: pl.Series) -> Floats:
    """Positions in space, in kilometres: near ones are as far apart as on the ground."""
    lat, lon = (
        np.radians(spots.to_frame("spot").select(each).to_series().to_numpy())
        for each in from_spot(pl.col("spot"))
    )
    level = np.cos(lat)
    space = np.stack([level * np.cos(lon), level * np.sin(lon), np.sin(lat)], axis=1)
    return EARTH_RADIUS_KM * space


@loop
def _unite_near(points: Floats, labels: Ints, spots: Ints, gap_km: float, place: Ints) -> None:
    """Unite the spots of each cluster, but where a gap parts it: two points are no density
    for being far from all others.
    """
    for i in range(len(labels)):
        for j in range(i):
            if labels[i] < 0 or labels[i] != labels[j] or spots[i] == spots[j]:
                continue
            apart = 0.0
            for k in range(points.shape[1]):
                apart += (points[i, k] - points[j, k]) ** 2
            if apart <= gap_km * gap_km:
                unite(place, spots[i], spots[j])
