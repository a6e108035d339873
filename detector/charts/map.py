"""The places of an account on a map: coarse on purpose, with what was used at once joined up."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import combinations, count
from math import cos, hypot, radians, sin, tau
from typing import TypeVar

import dataframely as dy
import numpy as np
from markupsafe import Markup

from detector.charts.colours import Palette
from detector.charts.svg import drawing, element, join, line, shorten, text
from detector.charts.world import Points, Window, find_outlines
from detector.plain_text import counted
from detector.schemas import Visits
from detector.stories.story import NOWHERE, AccountStory, PlaceStory

WIDTH, HEIGHT, MARGIN = 640.0, 400.0, 60.0
LEAST_SPAN = 4.0
"""Degrees of latitude: closer in, coarse places would look exact."""
JUST_SEEN = 2.0
"""By so many points of the picture an outline may be off."""
MOST_PLACES, MOST_LINES, MOST_LABELS, LABEL_CHARS = 30, 24, 12, 26
SPOT, APART, BESIDE, LINE, LETTER = 7.0, 13.0, 12.0, 20.0, 11.0
"""A spot, the way to the next and to its name, a line of a name and a letter of it: on a telephone,
where the picture is half as large, names are written twice as large."""
NEAR = tuple((side, step) for step in sorted(range(-7, 8), key=abs) for side in (1, -1))
"""Where a name may stand: right and left of its spot, on its line or on one close by."""
Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""
NOTE: Box = (0.0, HEIGHT - 2 * LINE, WIDTH / 2, HEIGHT)

_VISITED = (Visits.place.name, Visits.day.name, Visits.hours.name)
Degrees = TypeVar("Degrees", float, Points)


@dataclass(frozen=True)
class Projection:
    """Degrees to points of the picture; a degree is as long in both directions in its middle."""

    window: Window
    scale: float
    narrow: float

    def __call__(self, longitude: Degrees, latitude: Degrees) -> tuple[Degrees, Degrees]:
        """The point of a spot, or of many."""
        x = (longitude - self.window[0]) * self.narrow * self.scale
        return x, (self.window[3] - latitude) * self.scale


def draw_map(story: AccountStory, at_once: dict[tuple[int, int], int], palette: Palette) -> Markup:
    """Draw where an account's places are; nothing if the log does not tell.

    Args:
        story: The account.
        at_once: Hours in which two places were used at the same time, by their numbers.
        palette: The colours of its households.
    """
    known = [p for p in story.places if p.latitude is not None and p.longitude is not None]
    places = sorted(known, key=lambda p: (-p.active_days, p.place))[:MOST_PLACES]
    if not places:
        return Markup("")
    project = _fit(places)
    spots = _apart(places, project)
    called = {p.place: p.name for p in places}
    met = [pair for pair in at_once if spots.keys() >= {*pair}]
    met.sort(key=lambda pair: (-at_once[pair], pair))
    lines = [
        _meeting(spots[a], spots[b], f"{called[a]} and {called[b]}", at_once[a, b])
        for a, b in met[:MOST_LINES]
    ]
    label = f"Map of {counted(len(places), 'place')}, to a tenth of a degree"
    dots = (_dot(p, spots[p.place], palette) for p in places)
    names = join(_labels(places, spots))
    more = _note((len(known) - len(places), "place"), (len(met) - len(lines), "line"))
    return drawing(WIDTH, HEIGHT, label, _land(project), join(lines), join(dots), names, more)


def used_at_once(visits: dy.DataFrame[Visits]) -> dict[tuple[int, int], int]:
    """Count the hours in which two places of an account were used at the same time.

    Examples:
        >>> from datetime import date
        >>> day = [date(2026, 5, 1)] * 3
        >>> visits = {"account_id": ["a"] * 3, "place": [0, 1, -1], "hours": [6, 3, 7], "day": day}
        >>> used_at_once(Visits.sample(overrides=visits))
        {(0, 1): 1}
    """
    seen: dict[date, dict[int, int]] = {}
    for place, day, hours in visits.select(_VISITED).iter_rows():
        if place != NOWHERE:
            places = seen.setdefault(day, {})
            places[place] = places.get(place, 0) | hours
    found: dict[tuple[int, int], int] = {}
    for places in seen.values():
        for a, b in combinations(sorted(places), 2):
            both = (places[a] & places[b]).bit_count()
            if both:
                found[a, b] = found.get((a, b), 0) + both
    return dict(sorted(found.items()))


def _fit(places: list[PlaceStory]) -> Projection:
    longitudes = [p.longitude for p in places if p.longitude is not None]
    latitudes = [p.latitude for p in places if p.latitude is not None]
    middle = (min(latitudes) + max(latitudes)) / 2, (min(longitudes) + max(longitudes)) / 2
    narrow = max(cos(radians(middle[0])), 0.1)
    tall = max(max(latitudes) - min(latitudes), LEAST_SPAN)
    wide = max((max(longitudes) - min(longitudes)) * narrow, LEAST_SPAN)
    scale = min((HEIGHT - 2 * MARGIN) / tall, (WIDTH - 4 * MARGIN) / wide)
    up, across = HEIGHT / scale / 2, WIDTH / scale / narrow / 2
    window = (middle[1] - across, middle[0] - up, middle[1] + across, middle[0] + up)
    return Projection(window, scale, narrow)


def _land(project: Projection) -> Markup:
    west, south, east, north = project.window
    pad = 8 / project.scale
    window = (west - pad, south - pad, east + pad, north + pad)
    outlines = find_outlines(window, JUST_SEEN / project.scale)
    path = "".join(_outline(points, project) for points in outlines)
    sea = element("rect", width=WIDTH, height=HEIGHT, class_="sea")
    return join([sea, element("path", d=path, class_="land") if path else Markup("")])


def _outline(points: Points, project: Projection) -> str:
    """In whole steps from point to point: a report holds many maps, and five bytes are a point."""
    x, y = project(points[:, 0], points[:, 1])
    spots = np.round(np.stack([x, y], axis=1)).astype(np.int64)
    steps = np.diff(spots, axis=0)
    steps = steps[np.any(steps != 0, axis=1)]
    if len(steps) < 2:
        return ""
    (left, top), along = spots[0], " ".join(map(str, steps.ravel().tolist())).replace(" -", "-")
    return f"M{left} {top}l{along}z"


def _meeting(a: tuple[float, float], b: tuple[float, float], names: str, hours: int) -> Markup:
    words = f"{names}: used at once in {counted(hours, 'hour')}"
    ends = {"x1": a[0], "y1": a[1], "x2": b[0], "y2": b[1]}
    return element("line", element("title", words), class_="at-once", **ends)


def _dot(place: PlaceStory, spot: tuple[float, float], palette: Palette) -> Markup:
    words = f"{place.name}: {place.kind.replace('_', ' ')}, {counted(place.active_days, 'day')}"
    radius = SPOT - 3 + min(place.active_days, 60) / 20
    style = f"spot {palette.style(place.household)}"
    return element(
        "circle", element("title", words), cx=spot[0], cy=spot[1], r=radius, class_=style
    )


def _apart(places: list[PlaceStory], project: Projection) -> dict[int, tuple[float, float]]:
    """Where each place is drawn: beside another one that would cover it, never on it."""
    spots: dict[int, tuple[float, float]] = {}
    for place in places:
        own = project(place.longitude or 0.0, place.latitude or 0.0)
        free = (
            (x, y)
            for x, y in _around(*own)
            if not any(hypot(x - a, y - b) < APART * 0.99 for a, b in spots.values())
        )
        spots[place.place] = next(free)
    return spots


def _around(x: float, y: float) -> Iterator[tuple[float, float]]:
    """A point, six around it, twelve around those."""
    yield x, y
    for ring in count(1):
        for turn in range(6 * ring):
            angle = tau * turn / (6 * ring)
            yield x + APART * ring * cos(angle), y + APART * ring * sin(angle)


def _note(*hidden: tuple[int, str]) -> Markup:
    words = ", ".join(counted(number, noun) for number, noun in hidden if number > 0)
    return text(f"not shown: {words}", 8, HEIGHT - 10, "muted place") if words else Markup("")


def _labels(places: list[PlaceStory], spots: dict[int, tuple[float, float]]) -> list[Markup]:
    """The busiest places by name, where neither a spot nor another name is; else without one."""
    taken = [NOTE, *(_box(x, y, SPOT) for x, y in spots.values())]
    labels: list[Markup] = []
    for place in places:
        name = shorten(place.name, LABEL_CHARS)
        x, y = spots[place.place]
        for side, step in NEAR if len(labels) < MOST_LABELS else ():
            start, base = x + side * BESIDE, y + 4 + step * LINE
            end = start + side * LETTER * len(name)
            box = (min(start, end), base - LINE + 4, max(start, end), base + 4)
            if _is_free(box, taken):
                taken.append(box)
                leader = line((x, y), (start, base - 4), "leader") if step else Markup("")
                anchor = "start" if side > 0 else "end"
                labels.append(join([leader, text(name, start, base, "place", anchor)]))
                break
    return labels


def _box(x: float, y: float, radius: float) -> Box:
    return (x - radius, y - radius, x + radius, y + radius)


def _is_free(box: Box, taken: list[Box]) -> bool:
    left, top, right, bottom = box
    inside = left >= 0 and top >= 0 and right <= WIDTH and bottom <= HEIGHT
    return inside and not any(
        left < b[2] and right > b[0] and top < b[3] and bottom > b[1] for b in taken
    )
