"""The days of an account: places by days, coloured by the household that was seen."""

from datetime import date

from markupsafe import Markup

from detector.charts.calendar import GAP, HEAD, Calendar, list_days
from detector.charts.colours import Palette
from detector.charts.svg import drawing, element, join, shorten, text
from detector.plain_text import counted
from detector.stories.story import AccountStory, Presence, TimelineRow

ROW = 20.0
MOST_ROWS, LABEL_CHARS = 14, 28


def draw_timeline(story: AccountStory, palette: Palette) -> Markup:
    """Draw one row per place and one column per day; weekends are shaded.

    A day on which devices of several households were at one place is split between them.
    """
    rows = story.busiest_rows(MOST_ROWS)
    if story.first_day is None or story.last_day is None or not rows:
        return Markup("")
    calendar = Calendar(list_days(story.first_day, story.last_day))
    hidden = len(story.timeline) - len(rows)
    height = HEAD + ROW * len(rows) + (ROW if hidden else 4)
    note = (
        text(f"and {counted(hidden, 'more place')}", 0, height - 6, "muted")
        if hidden
        else Markup("")
    )
    label = f"Days on which each household was seen, at {counted(len(story.timeline), 'place')}"
    return drawing(
        calendar.right,
        height,
        label,
        calendar.draw(HEAD + ROW * len(rows)),
        join(_row(row, calendar, i, palette) for i, row in enumerate(rows)),
        note,
    )


def _row(row: TimelineRow, calendar: Calendar, i: int, palette: Palette) -> Markup:
    top = HEAD + ROW * i
    label = shorten(row.name, LABEL_CHARS)
    marks = join(_marks(row, calendar, top, palette))
    name = text(label, 14, top + ROW / 2 + 4)
    swatch = element(
        "rect", x=0, y=top + 6, width=8, height=8, rx=2, class_=palette.style(row.household)
    )
    return element("g", swatch, name, marks)


def _marks(row: TimelineRow, calendar: Calendar, top: float, palette: Palette) -> list[Markup]:
    """One path per household, with its days counted in words."""
    column = {day: i for i, day in enumerate(calendar.days)}
    sharing: dict[date, list[Presence]] = {}
    for presence in row.days:
        if presence.day in column:
            sharing.setdefault(presence.day, []).append(presence)
    paths: dict[int | None, list[str]] = {}
    for day, seen in sharing.items():
        height = (ROW - GAP) / len(seen)
        for i, presence in enumerate(seen):
            box = calendar.box(column[day], top + i * height + GAP / 2, height)
            paths.setdefault(presence.household, []).append(box)
    return [
        _path(row, palette.name(household), palette.style(household), boxes)
        for household, boxes in paths.items()
    ]


def _path(row: TimelineRow, name: str, style: str, boxes: list[str]) -> Markup:
    title = f"{row.name}: {name} on {counted(len(boxes), 'day')}"
    return element("path", element("title", title), d="".join(boxes), class_=style)
