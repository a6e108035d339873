"""What was forecast of each day as bands, and what was counted as points."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from detector.charts.scales import Frame, round_ticks
from detector.charts.svg import drawing, element, join, line, number, text

WIDTH, HEIGHT = 760.0, 300.0
FRAME = Frame(left=52, top=16, right=738, bottom=250)


@dataclass(frozen=True)
class BandedDay:
    """Contacts of one day: counted, and forecast before it if anything was."""

    day: date
    counted: int
    expected: float | None = None
    low_80: float | None = None
    high_80: float | None = None
    low_95: float | None = None
    high_95: float | None = None
    forecast: int = 0
    """Which forecast it is of: days of one are drawn as one band."""


def draw_bands(days: Sequence[BandedDay], what: str) -> Markup:
    """Draw bands of 95 and 80 %, the expected line, and a point for what was counted.

    Args:
        days: In order, without a gap.
        what: Is counted, for the axis.

    Examples:
        >>> first = BandedDay(date(2026, 3, 2), 4, 5.0, 2.0, 9.0, 1.0, 12.0)
        >>> second = BandedDay(date(2026, 3, 3), 15, 5.0, 2.0, 9.0, 1.0, 12.0)
        >>> picture = draw_bands([first, second], "contacts")
        >>> picture.count('class="counted"'), picture.count('class="counted outside"')
        (1, 1)
    """
    if not days:
        return Markup("")
    most = max(1.0, *(max(day.counted, day.high_95 or 0.0) for day in days)) * 1.05
    grid = [_gridline(tick, most) for tick in round_ticks(most)]
    shapes = [_forecast(days, number, most) for number in sorted({day.forecast for day in days})]
    points = [_point(i, day, len(days), most) for i, day in enumerate(days)]
    ticks = [_tick(i, day, len(days)) for i, day in enumerate(days) if _has_tick(i, days)]
    name = text(f"{what} a day", FRAME.left - 44, FRAME.top - 4, "name")
    label = f"{what} a day: forecast bands of 80 and 95 %, and what was counted"
    return drawing(WIDTH, HEIGHT, label, *grid, name, *shapes, *ticks, *points)


def _x(i: int, count: int) -> float:
    return FRAME.x((i + 0.5) / count)


def _forecast(days: Sequence[BandedDay], which: int, most: float) -> Markup:
    mine = [(i, day) for i, day in enumerate(days) if day.forecast == which]
    known = [(i, day) for i, day in mine if day.expected is not None]
    if not known:
        return Markup("")
    count = len(days)
    outer = [(_x(i, count), day.low_95 or 0.0, day.high_95 or 0.0) for i, day in known]
    inner = [(_x(i, count), day.low_80 or 0.0, day.high_80 or 0.0) for i, day in known]
    middle = [(_x(i, count), FRAME.y((day.expected or 0.0) / most)) for i, day in known]
    return join(
        [
            _area(outer, most, "band wide"),
            _area(inner, most, "band"),
            element("path", d=_path(middle), class_="expected", fill="none"),
        ]
    )


def _area(edges: Sequence[tuple[float, float, float]], most: float, class_: str) -> Markup:
    over = [(x, FRAME.y(high / most)) for x, _, high in edges]
    under = [(x, FRAME.y(low / most)) for x, low, _ in reversed(edges)]
    return element("path", d=f"{_path([*over, *under])}Z", class_=class_)


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{number(x)} {number(y)}" for x, y in points)


def _point(i: int, day: BandedDay, count: int, most: float) -> Markup:
    told = f"{day.day:%a} {day.day}: {day.counted:,} counted"
    outside = False
    if day.expected is not None:
        told += f", {day.expected:.1f} expected, 95 % {day.low_95:.0f} to {day.high_95:.0f}"
        outside = not (day.low_95 or 0.0) <= day.counted <= (day.high_95 or 0.0)
    place = {"cx": _x(i, count), "cy": FRAME.y(day.counted / most), "r": 2.6}
    style = "counted outside" if outside else "counted"
    return element("circle", element("title", told), **place, class_=style)


def _gridline(tick: float, most: float) -> Markup:
    y = FRAME.y(tick / most)
    label = text(f"{tick:g}", FRAME.left - 8, y + 4, "tick", "end")
    return join([line((FRAME.left, y), (FRAME.right, y), "grid"), label])


def _has_tick(i: int, days: Sequence[BandedDay]) -> bool:
    return i == 0 or (days[i].forecast != days[i - 1].forecast)


def _tick(i: int, day: BandedDay, count: int) -> Markup:
    x = FRAME.x(i / count)
    mark = line((x, FRAME.top), (x, FRAME.bottom + 6), "grid month")
    return join([mark, text(f"{day.day:%-d %b}", x + 4, FRAME.bottom + 18, "tick")])
