"""The outlines of countries, and what of them lies within a window of the map.

Decoded from the TopoJSON of world-atlas: arcs of whole steps, which rings of countries are put
together from. Arcs are simplified, not rings: what two countries share stays shared.
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
FINEST, FIRST_STEP = 1 / 64, 1 / 16
"""Degrees: what the atlas tells, and what it is first simplified to; from there on by halves."""
COARSEST = 1.0
"""Of a map of the whole world."""
Points = NDArray[np.float64]
Window = tuple[float, float, float, float]
"""West, south, east, north."""


@dataclass(frozen=True)
class Ring:
    """One closed outline, and the window that it fills."""

    points: Points
    bounds: Window

    @property
    def extent(self) -> float:
        """How wide or tall it is, in degrees."""
        west, south, east, north = self.bounds
        return max(east - west, north - south)

    def meets(self, window: Window) -> bool:
        """Whether anything of it may lie within a window."""
        west, south, east, north = self.bounds
        return west < window[2] and east > window[0] and south < window[3] and north > window[1]

    def lies_in(self, window: Window) -> bool:
        """Whether all of it lies within a window."""
        west, south, east, north = self.bounds
        return west >= window[0] and east <= window[2] and south >= window[1] and north <= window[3]


def find_outlines(window: Window, least: float) -> list[Points]:
    """Find what of the world's outlines lies within a window.

    Args:
        window: What is looked at.
        least: Degrees that a reader could just tell apart there.

    Examples:
        >>> iceland = (-25.0, 63.0, -13.0, 67.0)
        >>> fine, coarse = (sum(map(len, find_outlines(iceland, d))) for d in (1 / 64, 1 / 4))
        >>> fine > 4 * coarse > 0
        True
    """
    detail = FINEST if least < FIRST_STEP else FIRST_STEP
    while FIRST_STEP <= detail * 2 <= least:
        detail *= 2
    cut = (clip(ring, window) for ring in load_rings(detail) if ring.meets(window))
    return [points for points in cut if len(points) > 2]


@cache
def load_rings(detail: float = FINEST) -> tuple[Ring, ...]:
    """Read the atlas, once for each detail; it holds a ring for each coast and island.

    Args:
        detail: Degrees by which an outline may be off; islands hardly larger than that are left
            out.
    """
    arcs = _load_arcs(detail)
    rings = [each for ring in _load_atlas().rings for each in _both_sides(_join(ring, arcs))]
    return tuple(ring for ring in rings if ring.extent > 2 * detail or detail == FINEST)


def load_world() -> None:
    """Make ready every detail that a map may ask for, so that nobody waits for the first one."""
    detail = FIRST_STEP
    load_rings()
    while detail <= COARSEST:
        load_rings(detail)
        detail *= 2


@dataclass(frozen=True)
class Outlines:
    """What is kept of the file: as JSON it takes the memory of all that is reckoned from it."""

    arcs: tuple[Points, ...]
    rings: tuple[tuple[int, ...], ...]
    """Each of arcs by their numbers."""


@cache
def _load_atlas() -> Outlines:
    told = json.loads(files("detector.charts").joinpath("atlas", ATLAS).read_bytes())
    scale, shift = (np.array(told["transform"][key]) for key in ("scale", "translate"))
    return Outlines(
        tuple(np.cumsum(np.array(arc), axis=0) * scale + shift for arc in told["arcs"]),
        tuple(
            tuple(ring)
            for country in told["objects"]["countries"]["geometries"]
            for polygon in _polygons(country)
            for ring in polygon
        ),
    )


@cache
def _load_arcs(detail: float) -> tuple[Points, ...]:
    if detail <= FINEST:
        return _load_atlas().arcs
    finer = detail / 2 if detail > FIRST_STEP else FINEST
    return tuple(simplify(arc, detail) for arc in _load_arcs(finer))


def simplify(points: Points, most: float) -> Points:
    """Leave out points that a straight line passes by closely (Douglas and Peucker); ends stay.

    Examples:
        >>> simplify(np.array([[0, 0], [1, 0.1], [2, 0], [2, 9.0]]), 0.5).tolist()
        [[0.0, 0.0], [2.0, 0.0], [2.0, 9.0]]
    """
    kept = np.zeros(len(points), np.bool_)
    kept[[0, -1]] = True
    spans = [(0, len(points) - 1)]
    while spans:
        first, last = spans.pop()
        if last - first < 2:
            continue
        off = _distances(points[first + 1 : last], points[first], points[last])
        at = int(off.argmax())
        if off[at] > most:
            middle = first + 1 + at
            kept[middle] = True
            spans += [(first, middle), (middle, last)]
    return points[kept]


def _distances(points: Points, start: Points, end: Points) -> Points:
    """Of points from the line between two others, or from a point if both are one."""
    along, to = end - start, points - start
    length = float(np.hypot(*along))
    if length == 0:
        return np.hypot(to[:, 0], to[:, 1])
    return np.abs(to[:, 0] * along[1] - to[:, 1] * along[0]) / length


def clip(ring: Ring, window: Window) -> Points:
    """Cut a ring off at the edges of a window, so that a page does not carry a continent.

    Examples:
        >>> square = np.array([[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0]])
        >>> clip(Ring(square, (0, 0, 4, 4)), (1, 1, 9, 9)).tolist()
        [[1.0, 4.0], [1.0, 1.0], [4.0, 1.0], [4.0, 4.0]]
    """
    points = ring.points
    if ring.lies_in(window):
        return points
    for axis, limit, sign in ((0, 0, 1), (1, 1, 1), (0, 2, -1), (1, 3, -1)):
        if len(points) == 0:
            break
        points = _cut(points, axis, window[limit], sign)
    return points


def _cut(points: Points, axis: int, limit: float, sign: int) -> Points:
    """One edge of the window, by Sutherland and Hodgman: all points at once."""
    after = np.roll(points, -1, axis=0)
    here, there = ((p[:, axis] - limit) * sign >= 0 for p in (points, after))
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


def _join(numbers: tuple[int, ...], arcs: tuple[Points, ...]) -> Points:
    """A number below zero names an arc that is walked backwards; ends of arcs meet."""
    parts = [arcs[n] if n >= 0 else arcs[~n][::-1] for n in numbers]
    return np.concatenate([parts[0], *(part[1:] for _, part in pairwise(parts))])


def _both_sides(points: Points) -> list[Ring]:
    """An outline across the 180th meridian, where its degrees jump, lies at both ends."""
    jumps = np.diff(points[:, 0], prepend=points[0, 0])
    turned = points[:, 0] - 360 * np.cumsum(np.sign(jumps) * (np.abs(jumps) > 180))
    if np.all(turned == points[:, 0]) or turned[0] != turned[-1]:
        return [_ring(points)]
    shift = -360 if turned.max() > 180 else 360
    return [_ring(np.stack([turned + by, points[:, 1]], axis=1)) for by in (0, shift)]


def _ring(points: Points) -> Ring:
    (west, south), (east, north) = points.min(axis=0), points.max(axis=0)
    return Ring(points, (west, south, east, north))
