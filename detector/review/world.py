"""The outlines of countries, and what of them lies within a window of the map.

Decoded from the TopoJSON of world-atlas: arcs of whole steps, which rings of countries are put
together from.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

ATLAS = "countries-50m.json"
Points = NDArray[np.float64]
Window = tuple[float, float, float, float]
"""West, south, east, north."""


@dataclass(frozen=True)
class Ring:
    """One closed outline, and the window that it fills."""

    points: Points
    bounds: Window

    def meets(self, window: Window) -> bool:
        """Whether anything of it may lie within a window."""
        west, south, east, north = self.bounds
        return west < window[2] and east > window[0] and south < window[3] and north > window[1]


@cache
def load_rings() -> tuple[Ring, ...]:
    """Read the atlas once; it holds a ring for each coast and island."""
    atlas = json.loads(files("detector.review").joinpath("static", ATLAS).read_bytes())
    scale, shift = (np.array(atlas["transform"][key]) for key in ("scale", "translate"))
    arcs = [np.cumsum(np.array(arc), axis=0) * scale + shift for arc in atlas["arcs"]]
    rings = [
        _ring(ring, arcs)
        for country in atlas["objects"]["countries"]["geometries"]
        for polygon in _polygons(country)
        for ring in polygon
    ]
    return tuple(rings)


def clip(ring: Ring, window: Window) -> Points:
    """Cut a ring off at the edges of a window, so that a page does not carry a continent.

    Examples:
        >>> square = np.array([[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0]])
        >>> clip(Ring(square, (0, 0, 4, 4)), (1, 1, 9, 9)).tolist()
        [[4.0, 1.0], [4.0, 4.0], [1.0, 4.0], [1.0, 1.0]]
    """
    points = ring.points
    for axis, limit, sign in ((0, 0, 1), (1, 1, 1), (0, 2, -1), (1, 3, -1)):
        if len(points) == 0:
            break
        points = _cut(points, axis, window[limit], sign)
    return points


def thin(points: Points, least: float) -> Points:
    """Leave out points that a reader could not tell from the one before."""
    if len(points) < 3:
        return points
    cells = np.round(points / least).astype(np.int64)
    moved = np.any(cells != np.roll(cells, 1, axis=0), axis=1)
    moved[0] = True
    return points[moved]


def _cut(points: Points, axis: int, limit: float, sign: int) -> Points:
    """One edge of the window, by Sutherland and Hodgman: all points at once."""
    here = (points[:, axis] - limit) * sign >= 0
    if here.all() or not here.any():
        return points[here]
    after, there = np.roll(points, -1, axis=0), np.roll(here, -1)
    span = after[:, axis] - points[:, axis]
    share = np.divide(limit - points[:, axis], span, out=np.zeros_like(span), where=span != 0)
    crossing = points + (after - points) * share[:, None]
    both = np.stack([crossing, after], axis=1)
    kept = np.stack([here != there, there], axis=1)
    return both[kept]


def _polygons(country: Any) -> list[Any]:  # noqa: ANN401 - JSON
    if country.get("type") == "Polygon":
        return [country["arcs"]]
    return country["arcs"] if country.get("type") == "MultiPolygon" else []


def _ring(numbers: list[int], arcs: list[Points]) -> Ring:
    """A number below zero names an arc that is walked backwards; ends of arcs meet."""
    parts = [arcs[n] if n >= 0 else arcs[~n][::-1] for n in numbers]
    points = np.concatenate([parts[0], *(part[1:] for _, part in pairwise(parts))])
    (west, south), (east, north) = points.min(axis=0), points.max(axis=0)
    return Ring(points, (west, south, east, north))
