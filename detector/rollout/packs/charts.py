"""Pictures of a pack: contacts by day with their bands, and the half-hours of a week."""

from collections.abc import Mapping
from datetime import date, timedelta

import polars as pl
from markupsafe import Markup

from detector.charts.bands import BandWords, draw_bands
from detector.charts.svg import drawing, element, text
from detector.rollout.packs.words import speak
from detector.stories.templates import Language, write_value

WIDTH = 760.0
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LEFT, TOP, ROW = 92.0, 26.0, 20.0
STEPS = 6
"""Shades by which half-hours are told apart; each also says its number."""


def draw_days(days: pl.DataFrame, label: str, language: Language) -> Markup:
    """Draw expected contacts of each day, and between which numbers they lie how often.

    Args:
        days: Rows of `Days`, in order; days that are missing are closed.
        label: What the picture shows.
        language: In which it speaks.
    """
    rows = {row["local_day"]: row for row in days.iter_rows(named=True)}
    first, last = min(rows), max(rows)
    shown = [first + timedelta(days=n) for n in range((last - first).days + 1)]

    def write(day: date) -> str:
        return write_value(day.isoformat(), language)

    def say(day: date, row: Mapping[str, float], _came: float | None) -> str:
        low, high = (write_value(row[f"{end}_95"], language) for end in ("low", "high"))
        values = {"expected": write_value(row["expected"], language), "low": low, "high": high}
        return speak("column", language, day=day.isoformat(), **values)

    return draw_bands(label, shown, [rows.get(day) for day in shown], words=BandWords(write, say))


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
