"""How cost grows with size: curves on two logarithmic axes."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from markupsafe import Markup

from detector.charts.scales import Frame
from detector.charts.svg import drawing, element, join, line, number, text

WIDTH, HEIGHT = 620.0, 400.0
FRAME = Frame(left=60, top=28, right=440, bottom=350)
COLOURS = ("#1b6ca8", "#c8553d", "#588157", "#8d6a9f", "#b08900", "#555555")
STYLE = """
text { font: 12px sans-serif; fill: #333 }
.grid { stroke: #ddd } .curve { fill: none; stroke-width: 2 }
"""


@dataclass(frozen=True)
class Curve:
    """One cost at several sizes."""

    name: str
    points: Sequence[tuple[float, float]]
    """Events and seconds, both above 0."""


def draw_growth(curves: Sequence[Curve]) -> Markup:
    """Draw seconds over events; a straight line of slope 1 is a cost that only follows size.

    Examples:
        >>> picture = draw_growth([Curve("decode", [(1e6, 0.1), (1e7, 1.0)])])
        >>> "decode" in picture and "10 M" in picture
        True
    """
    across = _Decades.of([x for curve in curves for x, _ in curve.points])
    upward = _Decades.of([y for curve in curves for _, y in curve.points])
    return drawing(
        WIDTH,
        HEIGHT,
        "Seconds over events, on logarithmic axes",
        element("style", Markup(STYLE)),
        join(_column(across, power) for power in across.powers),
        join(_row(upward, power) for power in upward.powers),
        text("events", (FRAME.left + FRAME.right) / 2, FRAME.bottom + 38, anchor="middle"),
        text("seconds", FRAME.left - 40, FRAME.top - 12),
        *(_curve(curve, i, across, upward) for i, curve in enumerate(curves)),
    )


@dataclass(frozen=True)
class _Decades:
    """An axis from one power of ten to another."""

    low: int
    high: int

    @classmethod
    def of(cls, values: Sequence[float]) -> "_Decades":
        low = floor(log10(min(values)))
        return cls(low, max(ceil(log10(max(values))), low + 1))

    @property
    def powers(self) -> range:
        return range(self.low, self.high + 1)

    def share(self, value: float) -> float:
        return (log10(value) - self.low) / (self.high - self.low)


def _column(axis: _Decades, power: int) -> Markup:
    x = FRAME.x(axis.share(10.0**power))
    label = f"{10.0 ** (power - 6):g} M"
    grid = line((x, FRAME.top), (x, FRAME.bottom), "grid")
    return join([grid, text(label, x, FRAME.bottom + 18, anchor="middle")])


def _row(axis: _Decades, power: int) -> Markup:
    y = FRAME.y(axis.share(10.0**power))
    grid = line((FRAME.left, y), (FRAME.right, y), "grid")
    return join([grid, text(f"{10.0**power:g}", FRAME.left - 8, y + 4, anchor="end")])


def _curve(curve: Curve, place: int, across: _Decades, upward: _Decades) -> Markup:
    colour = COLOURS[place % len(COLOURS)]
    points = [(FRAME.x(across.share(x)), FRAME.y(upward.share(y))) for x, y in curve.points]
    path = "M" + "L".join(f"{number(x)} {number(y)}" for x, y in points)
    y = FRAME.top + 18 * place + 10
    return join(
        [
            element("path", d=path, class_="curve", stroke=colour),
            *(element("circle", cx=x, cy=y, r=3, fill=colour) for x, y in points),
            element("rect", x=FRAME.right + 20, y=y - 8, width=14, height=4, fill=colour),
            text(curve.name, FRAME.right + 42, y),
        ]
    )
