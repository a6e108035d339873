"""Forecasts by day: what is expected, in bands, with what came of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from detector.charts.scales import Frame, round_ticks
from detector.charts.svg import drawing, element, join, line, text

WIDTH, HEIGHT = 760.0, 260.0
FRAME = Frame(left=52, top=16, right=748, bottom=218)
BANDS = (95, 80, 50)
_SATURDAY = 5
_LABEL_WIDTH = 62


def _write_short(day: date) -> str:
    return f"{day.day} {day:%b}"


def _say(day: date, row: Mapping[str, float], came: float | None) -> str:
    widest = f"95 %: {row['low_95']:,.0f} to {row['high_95']:,.0f}"
    said = f"{day.day} {day:%b %Y}: {row['expected']:,.0f} expected, {widest}"
    return said if came is None else f"{said}; {came:,.0f} came"


@dataclass(frozen=True)
class BandWords:
    """How a picture of bands speaks: of days on its axis, and of each column."""

    write_day: Callable[[date], str] = _write_short
    say: Callable[[date, Mapping[str, float], float | None], str] = _say


ENGLISH = BandWords()


def draw_bands(
    label: str,
    days: Sequence[date],
    rows: Sequence[Mapping[str, float] | None],
    came: Mapping[date, float] | None = None,
    words: BandWords = ENGLISH,
) -> Markup:
    """Draw a column for each day: bands of 95, 80 and 50 % one before the other, and a mark.

    Args:
        label: What the picture shows.
        days: All days, in order.
        rows: Of each day `expected`, `low_95`, `high_95` and so on; none for a closed day.
        came: What was counted.
        words: In which language.

    Examples:
        >>> row = {"expected": 8.0, "low_50": 6, "high_50": 9, "low_80": 4, "high_80": 12,
        ...        "low_95": 2, "high_95": 15}
        >>> picture = draw_bands("Contacts", [date(2026, 9, 7)], [row], {date(2026, 9, 7): 7})
        >>> "7 Sep 2026: 8 expected, 95 %: 2 to 15; 7 came" in picture
        True
    """
    seen = came or {}
    most = max([row["high_95"] for row in rows if row] + [*seen.values(), 1.0])
    top = most * 1.05
    ticks = [_tick(value, top) for value in round_ticks(top)]
    columns = [
        _column(place, len(days), row, (top, seen.get(day)), words.say(day, row, seen.get(day)))
        for place, (day, row) in enumerate(zip(days, rows, strict=True))
        if row
    ]
    axis = name_days(days, FRAME, words.write_day)
    return drawing(WIDTH, HEIGHT, label, shade_weekends(days, FRAME), *ticks, *columns, axis)


def shade_weekends(days: Sequence[date], frame: Frame) -> Markup:
    """Weekends as shaded columns."""
    step = (frame.right - frame.left) / len(days)
    down = f"{frame.top:.0f}h{step:.2f}V{frame.bottom:.0f}h{-step:.2f}z"
    boxes = [
        f"M{frame.left + place * step:.1f} {down}"
        for place, day in enumerate(days)
        if day.weekday() >= _SATURDAY
    ]
    return element("path", d="".join(boxes), class_="weekend") if boxes else Markup("")


def name_days(
    days: Sequence[date], frame: Frame, write_day: Callable[[date], str] = _write_short
) -> Markup:
    """Name Mondays below a picture, as many as there is room for; or else the first day."""
    step = (frame.right - frame.left) / len(days)
    mondays = [place for place, day in enumerate(days) if day.weekday() == 0] or [0]
    every = max(1, round(_LABEL_WIDTH / (7 * step)))
    return join(
        text(
            write_day(days[place]),
            frame.left + place * step,
            frame.bottom + 16,
            "tick",
        )
        for place in mondays[::every]
        if frame.left + place * step + 30 <= frame.right
    )


def _tick(value: float, top: float) -> Markup:
    y = FRAME.y(value / top)
    words = text(f"{value:,.10g}", FRAME.left - 8, y + 4, "tick", "end")
    return join([line((FRAME.left, y), (FRAME.right, y), "grid"), words])


def _column(
    place: int, days: int, row: Mapping[str, float], height: tuple[float, float | None], said: str
) -> Markup:
    """Column `place` of so many; `height` is the top of the picture, and what was counted."""
    step, (top, came) = (FRAME.right - FRAME.left) / days, height
    left, width = FRAME.left + place * step + step * 0.1, step * 0.8
    boxes = [
        element(
            "rect",
            x=left,
            y=FRAME.y(row[f"high_{band}"] / top),
            width=width,
            height=max(FRAME.y(row[f"low_{band}"] / top) - FRAME.y(row[f"high_{band}"] / top), 0.5),
            class_=f"band b{band}",
        )
        for band in BANDS
    ]
    y = FRAME.y(row["expected"] / top)
    marks = [line((left, y), (left + width, y), "expected")]
    if came is not None:
        marks.append(
            element("circle", cx=left + width / 2, cy=FRAME.y(came / top), r=2.6, class_="came")
        )
    return element("g", element("title", said), *boxes, *marks)
