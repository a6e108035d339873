"""The places of an account on a map: coarse on purpose, with what was used at once joined up."""

from dataclasses import dataclass
from itertools import combinations
from math import cos, hypot, radians

from markupsafe import Markup

from detector.charts.svg import drawing, element, join, number, shorten, text
from detector.plain_text import counted
from detector.review.colours import Palette
from detector.review.world import Window, clip, load_rings, thin
from detector.schemas import Visits
from detector.stories.story import AccountStory, PlaceStory

WIDTH, HEIGHT, MARGIN = 760.0, 420.0, 60.0
LEAST_SPAN = 4.0
"""Degrees of latitude: closer in, coarse places would look exact."""
MOST_PLACES, MOST_LABELS, LABEL_CHARS = 40, 12, 30
APART, LINE, WIDE = 14.0, 15.0, 200.0
"""Between spots, between lines of text, and how long a name may be."""


@dataclass(frozen=True)
class Projection:
    """Degrees to points of the picture; a degree is as long in both directions in its middle."""

    window: Window
    scale: float
    narrow: float

    def __call__(self, longitude: float, latitude: float) -> tuple[float, float]:
        """The point of a spot."""
        x = (longitude - self.window[0]) * self.narrow * self.scale
        return x, (self.window[3] - latitude) * self.scale


def draw_map(story: AccountStory, at_once: dict[tuple[int, int], int], palette: Palette) -> Markup:
    """Draw where an account's places are; nothing if the log does not tell.

    Args:
        story: The account.
        at_once: Hours in which two places were used at the same time, by their numbers.
        palette: The colours of its households.
    """
    places = [p for p in story.places if p.latitude is not None and p.longitude is not None]
    places = sorted(places, key=lambda p: (-p.active_days, p.place))[:MOST_PLACES]
    if not places:
        return Markup("")
    project = _fit(places)
    spots = _apart(places, project)
    names = {p.place: p.name for p in places}
    lines = [
        _meeting(spots[a], spots[b], f"{names[a]} and {names[b]}", hours)
        for (a, b), hours in at_once.items()
        if a in spots and b in spots
    ]
    label = f"Map of {counted(len(places), 'place')}, to a tenth of a degree"
    dots = (_dot(p, spots[p.place], palette) for p in places)
    return drawing(
        WIDTH, HEIGHT, label, _land(project), join(lines), join(dots), _labels(places, spots)
    )


def used_at_once(visits: list[tuple[int, int, int]]) -> dict[tuple[int, int], int]:
    """Count the hours in which two places were used at the same time.

    Args:
        visits: Place, day and hours (bit h of the UTC day) of each visit.

    Examples:
        >>> used_at_once([(0, 1, 0b110), (1, 1, 0b011), (1, 2, 0b111), (-1, 1, 0b111)])
        {(0, 1): 1}
    """
    seen: dict[int, dict[int, int]] = {}
    for place, day, hours in visits:
        if place >= 0:
            places = seen.setdefault(day, {})
            places[place] = places.get(place, 0) | hours
    found: dict[tuple[int, int], int] = {}
    for places in seen.values():
        for a, b in combinations(sorted(places), 2):
            both = (places[a] & places[b]).bit_count()
            if both:
                found[a, b] = found.get((a, b), 0) + both
    return dict(sorted(found.items()))


VISITED = (Visits.place.name, Visits.day.name, Visits.hours.name)
"""What `used_at_once` is told of a visit."""


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
    paths = [
        "M" + "L".join("{} {}".format(*map(number, project(x, y))) for x, y in points) + "z"
        for ring in load_rings()
        if ring.meets(window)
        for points in [thin(clip(ring, window), 1 / project.scale)]
        if len(points) > 2
    ]
    sea = element("rect", width=WIDTH, height=HEIGHT, class_="sea")
    return join([sea, element("path", d="".join(paths), class_="land") if paths else Markup("")])


def _meeting(a: tuple[float, float], b: tuple[float, float], names: str, hours: int) -> Markup:
    words = f"{names}: used at once in {counted(hours, 'hour')}"
    ends = {"x1": a[0], "y1": a[1], "x2": b[0], "y2": b[1]}
    return element("line", element("title", words), class_="at-once", **ends)


def _dot(place: PlaceStory, spot: tuple[float, float], palette: Palette) -> Markup:
    words = f"{place.name}: {place.kind.replace('_', ' ')}, {counted(place.active_days, 'day')}"
    radius = 5 + min(place.active_days, 60) / 10
    style = f"spot {palette.style(place.household)}"
    return element(
        "circle", element("title", words), cx=spot[0], cy=spot[1], r=radius, class_=style
    )


def _apart(places: list[PlaceStory], project: Projection) -> dict[int, tuple[float, float]]:
    """Where each place is drawn: beside another one that would cover it, never on it."""
    spots: dict[int, tuple[float, float]] = {}
    for place in places:
        x, y = project(place.longitude or 0.0, place.latitude or 0.0)
        while any(hypot(x - a, y - b) < APART for a, b in spots.values()):
            x += APART
        spots[place.place] = (x, y)
    return spots


def _labels(places: list[PlaceStory], spots: dict[int, tuple[float, float]]) -> Markup:
    """The busiest places by name, on a line of their own."""
    taken: list[tuple[float, float]] = []
    labels: list[Markup] = []
    for place in places[:MOST_LABELS]:
        x, y = spots[place.place]
        left = x > WIDTH * 0.65
        lines = (y + 4 + LINE * step for step in (0, 1, -1, 2, -2))
        free = [
            at
            for at in lines
            if not any(abs(at - b) < LINE and abs(x - a) < WIDE for a, b in taken)
        ]
        if free:
            taken.append((x, free[0]))
            name = shorten(place.name, LABEL_CHARS)
            beside = [
                a for a, b in spots.values() if abs(b - free[0]) < LINE and 0 <= a - x < 4 * APART
            ]
            start = x - 14 if left else max([x, *beside]) + 14
            labels.append(text(name, start, free[0], "place", "end" if left else "start"))
    return join(labels)
