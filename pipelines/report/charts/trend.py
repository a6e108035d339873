"""Counts that are followed from month to month."""

from collections.abc import Sequence

from markupsafe import Markup

from detector.charts.scales import Frame, round_ticks
from detector.charts.svg import drawing, element, join, line, number, text

WIDTH, HEIGHT = 760.0, 260.0
FRAME = Frame(left=52, top=16, right=600, bottom=215)


def draw_trend(names: Sequence[str], lines: Sequence[tuple[str, Sequence[int]]]) -> Markup:
    """Draw a line for each count, named at its end.

    Args:
        names: Of the months.
        lines: Each with a value for each month.

    Examples:
        >>> picture = draw_trend(["0", "1"], [("flagged", [9, 4]), ("shared", [20, 18])])
        >>> picture.count("<path"), "flagged 4" in picture
        (2, True)
    """
    most = max(1, *(max(values) for _, values in lines)) * 1.08
    grid = [_gridline(tick, most) for tick in round_ticks(most)]
    ticks = [
        text(name, _x(i, len(names)), FRAME.bottom + 18, "tick", "middle")
        for i, name in enumerate(names)
    ]
    ends = _apart([FRAME.y(values[-1] / most) for _, values in lines])
    drawn = [
        _line(i, each, most, end) for i, (each, end) in enumerate(zip(lines, ends, strict=True))
    ]
    label = "; ".join(f"{name}: {', '.join(map(str, values))}" for name, values in lines)
    return drawing(WIDTH, HEIGHT, label, *grid, *ticks, *drawn)


def _x(i: int, count: int) -> float:
    return FRAME.x(i / max(1, count - 1))


def _line(i: int, told: tuple[str, Sequence[int]], most: float, end: float) -> Markup:
    name, values = told
    points = [(_x(at, len(values)), FRAME.y(value / most)) for at, value in enumerate(values)]
    path = "M" + "L".join(f"{number(x)} {number(y)}" for x, y in points)
    marks = [
        element(
            "circle", element("title", f"{name}: {value:,}"), cx=x, cy=y, r=3.5, class_=f"dot s{i}"
        )
        for (x, y), value in zip(points, values, strict=True)
    ]
    return join(
        [
            element("path", d=path, class_=f"trend s{i}", fill="none"),
            *marks,
            text(f"{name} {values[-1]:,}", FRAME.right + 10, end + 4, f"tick s{i}"),
        ]
    )


def _apart(ends: Sequence[float], least: float = 16.0) -> list[float]:
    """Move names at the ends of lines apart, downward, so that none covers another."""
    order = sorted(range(len(ends)), key=lambda i: ends[i])
    placed, found = float("-inf"), [0.0] * len(ends)
    for i in order:
        placed = max(ends[i], placed + least)
        found[i] = placed
    return found


def _gridline(tick: float, most: float) -> Markup:
    y = FRAME.y(tick / most)
    label = text(f"{tick:g}", FRAME.left - 8, y + 4, "tick", "end")
    return join([line((FRAME.left, y), (FRAME.right, y), "grid"), label])
