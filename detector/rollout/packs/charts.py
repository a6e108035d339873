"""Pictures of a pack: contacts by day with their bands, and the half-hours of a week."""

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl
from markupsafe import Markup

from detector.charts.scales import Frame, round_ticks
from detector.charts.svg import drawing, element, join, line, number, text
from detector.rollout.packs.words import speak
from detector.stories.templates import Language, write_value

WIDTH = 760.0
DAYS = Frame(left=44, top=14, right=744, bottom=184)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LABELS = 5
LEFT, TOP, ROW = 92.0, 26.0, 20.0
STEPS = 6
"""Shades by which half-hours are told apart; each also says its number."""


def draw_days(days: pl.DataFrame, label: str, language: Language) -> Markup:
    """Draw expected contacts of each day, and between which numbers they lie how often.

    Args:
        days: Rows of `Days`, in order.
        label: What the picture shows.
        language: Of its axis.
    """
    most = max(1.0, *days["high_95"].to_list())
    ticks = [_tick(tick, tick / most) for tick in round_ticks(most)]
    names = days["local_day"].to_list()
    bands = [
        _band(days[f"low_{band}"].to_list(), days[f"high_{band}"].to_list(), most, f"band b{band}")
        for band in (95, 80)
    ]
    expected = _path(days["expected"].to_list(), most)
    curve = element("path", d=f"M{expected}", class_="expected")
    return drawing(WIDTH, 216, label, *ticks, *bands, curve, *_day_names(names, language))


def draw_week(week: pl.DataFrame, label: str, language: Language) -> Markup:
    """Draw the half-hours of a week as a table of shades: the darker, the more contacts.

    Args:
        week: Rows of `Contacts` of one desk, of seven days at most.
        label: What the picture shows.
        language: Of weekdays.
    """
    slots = sorted(set(week["local_time"].to_list()))
    most = max(1e-9, *week["expected"].to_list())
    wide = (WIDTH - LEFT - 8) / max(len(slots), 1)
    places: Mapping[object, int] = {slot: at for at, slot in enumerate(slots)}
    cells = list[Markup]()
    for day, slot, expected in week.select("local_day", "local_time", "expected").iter_rows():
        shade = min(int(STEPS * expected / most), STEPS - 1)
        said = f"{write_value(day.isoformat(), language)}, {slot:%H:%M}: "
        title = element("title", said + write_value(float(expected), language))
        x, y = LEFT + places[slot] * wide, TOP + day.weekday() * ROW
        cells.append(
            element("rect", title, x=x, y=y, width=wide - 1, height=ROW - 1, class_=f"s{shade}")
        )
    days = [
        text(speak(f"day_{name}", language), LEFT - 8, TOP + at * ROW + 14, "tick", "end")
        for at, name in enumerate(WEEKDAYS)
    ]
    hours = [
        text(f"{slot:%H:%M}", LEFT + at * wide, TOP - 8, "tick")
        for at, slot in enumerate(slots)
        if slot.minute == 0 and slot.hour % 2 == 0
    ]
    return drawing(WIDTH, TOP + 7 * ROW + 6, label, *days, *hours, *cells)


def _tick(value: float, share: float) -> Markup:
    y = DAYS.y(share)
    grid = line((DAYS.left, y), (DAYS.right, y), "grid")
    return join([grid, text(number(value), DAYS.left - 6, y + 4, "tick", "end")])


def _point(at: int, of: int, value: float, most: float) -> str:
    x = DAYS.x(at / max(of - 1, 1))
    return f"{number(x)} {number(DAYS.y(value / most))}"


def _path(values: Sequence[float], most: float) -> str:
    return "L".join(_point(at, len(values), value, most) for at, value in enumerate(values))


def _band(low: Sequence[float], high: Sequence[float], most: float, style: str) -> Markup:
    back = "L".join(
        _point(at, len(low), value, most) for at, value in reversed(list(enumerate(low)))
    )
    return element("path", d=f"M{_path(high, most)}L{back}Z", class_=style)


def _day_names(days: Sequence[date], language: Language) -> list[Markup]:
    step = max(1, -(-len(days) // LABELS))
    return [
        text(
            write_value(day.isoformat(), language),
            DAYS.x(at / max(len(days) - 1, 1)),
            DAYS.bottom + 20,
            "tick",
            "start" if at == 0 else "middle",
        )
        for at, day in enumerate(days)
        if at % step == 0 and at < len(days) - step / 2
    ]
