"""The picture of a partner's waves: load against capacity by day, and how many start."""

from collections.abc import Sequence
from datetime import date

import polars as pl
from markupsafe import Markup

from detector.charts.scales import Frame, round_ticks
from detector.charts.svg import drawing, element, join, line, number, text
from detector.plain_text import counted
from detector.rollout.tables import BANDS

WIDTH, HEIGHT = 760.0, 300.0
_LOAD = Frame(left=52, top=26, right=738, bottom=180)
_SIZES = Frame(left=52, top=210, right=738, bottom=268)


def draw_desk(loads: pl.DataFrame, sizes: pl.DataFrame, name: str) -> Markup:
    """Draw the fullest half-hour of each day of a desk, its bands, and what it takes in.

    Args:
        loads: Rows of `DeskDaysPlanned` of one desk, in order.
        sizes: `day` and `accounts`: who starts among those whom it answers.
        name: Of the desk.

    Examples:
        >>> day = [date(2026, 9, 7), date(2026, 9, 8)]
        >>> bands = {f"{end}_{band}": [1.0, 2.0] for band in BANDS for end in ("low", "high")}
        >>> told = {"day": day, "takes": 5.0, "baseline": 1.0, "expected": 1.5} | bands
        >>> sizes = pl.DataFrame({"day": day, "accounts": [3, 4]})
        >>> picture = draw_desk(pl.DataFrame(told), sizes, "Telvia, phone")
        >>> picture.count("<polygon"), picture.count('class="wave"')
        (3, 2)
    """
    told: list[date] = loads["day"].to_list()
    first, span = told[0], max((told[-1] - told[0]).days, 1)
    days = [(day - first).days / span for day in told]
    top = float(max(loads["high_95"].max() or 0, loads["takes"].max() or 0, 1)) * 1.05  # pyright: ignore[reportArgumentType]
    bands = [_band(loads, days, band, top) for band in reversed(BANDS)]
    curves = [
        _curve(days, loads[column].to_list(), top, style)
        for column, style in (
            ("baseline", "baseline"),
            ("expected", "expected"),
            ("takes", "takes"),
        )
    ]
    bars = _bars(sizes, first, span)
    label = f"{name}: contacts in the fullest half-hour of each day against what it takes in"
    return drawing(
        WIDTH,
        HEIGHT,
        label,
        _axis(_LOAD, top, "contacts in the fullest half-hour"),
        *bands,
        *curves,
        *bars,
        _dates(first, span),
    )


def _axis(frame: Frame, top: float, name: str) -> Markup:
    ticks = [
        join(
            [
                line((frame.left, frame.y(tick / top)), (frame.right, frame.y(tick / top)), "grid"),
                text(f"{tick:,g}", frame.left - 6, frame.y(tick / top) + 4, "tick", "end"),
            ]
        )
        for tick in round_ticks(top)
    ]
    return join([*ticks, text(name, frame.left, frame.top - 8, "name")])


def _band(loads: pl.DataFrame, days: Sequence[float], band: int, top: float) -> Markup:
    low, high = loads[f"low_{band}"].to_list(), loads[f"high_{band}"].to_list()
    upper = [(x, _LOAD.y(y / top)) for x, y in zip(map(_LOAD.x, days), high, strict=True)]
    lower = [(x, _LOAD.y(y / top)) for x, y in zip(map(_LOAD.x, days), low, strict=True)]
    points = " ".join(f"{number(x)},{number(y)}" for x, y in [*upper, *reversed(lower)])
    return element(
        "polygon", element("title", f"{band} % of futures"), points=points, class_=f"band b{band}"
    )


def _curve(days: Sequence[float], values: Sequence[float], top: float, style: str) -> Markup:
    points = " ".join(
        f"{number(_LOAD.x(x))},{number(_LOAD.y(y / top))}"
        for x, y in zip(days, values, strict=True)
    )
    return element("polyline", points=points, class_=style)


def _bars(sizes: pl.DataFrame, first: date, span: int) -> list[Markup]:
    top = float(sizes["accounts"].max() or 1)  # pyright: ignore[reportArgumentType]
    width = max((_SIZES.right - _SIZES.left) / (span + 1) - 0.5, 0.6)
    found = [_axis(_SIZES, top, "accounts that start")]
    for day, accounts in sizes.select("day", "accounts").sort("day").iter_rows():
        y = _SIZES.y(accounts / top)
        title = element("title", f"{day}: {counted(accounts, 'account')}")
        found.append(
            element(
                "rect",
                title,
                x=_SIZES.x((day - first).days / span),
                y=y,
                width=width,
                height=_SIZES.bottom - y,
                class_="wave",
            )
        )
    return found


def _dates(first: date, span: int) -> Markup:
    """The first of each month."""
    marks: list[Markup] = []
    for at in range(span + 1):
        day = date.fromordinal(first.toordinal() + at)
        if day.day == 1 or at == 0:
            x = _SIZES.x(at / span)
            words = f"{day:%-d %b}" if at else f"{day:%-d %b %Y}"
            if at == 0 or at / span > 0.06:
                marks.append(text(words, x, HEIGHT - 14, "tick"))
    return join(marks)
