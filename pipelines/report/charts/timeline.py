"""The days of an account: places by days, coloured by the household that was seen."""

from datetime import date, timedelta

from markupsafe import Markup

from detector.charts.svg import drawing, element, join, line, shorten, text
from detector.stories.story import AccountStory, Presence, TimelineRow
from detector.stories.tell import household_name
from pipelines.terminal.drawing import counted

LABEL_WIDTH, HEAD, ROW, GAP = 190.0, 30.0, 20.0, 3.0
DAYS_WIDTH, WIDEST_DAY = 900.0, 24.0
MOST_ROWS, MOST_DAYS, LABEL_CHARS = 14, 366, 28
SATURDAY = 5
HOUSEHOLD_COLOURS = 6


def household_class(household: int | None) -> str:
    """The style class of a household's colour; those beyond six share one.

    Examples:
        >>> household_class(0), household_class(7), household_class(None)
        ('h0', 'hm', 'hx')
    """
    if household is None:
        return "hx"
    return f"h{household}" if household < HOUSEHOLD_COLOURS else "hm"


def draw_timeline(story: AccountStory) -> Markup:
    """Draw one row per place and one column per day; weekends are shaded.

    A day on which devices of several households were at one place is split between them.
    """
    days = _drawn_days(story)
    rows = story.busiest_rows(MOST_ROWS)
    if not days or not rows:
        return Markup("")
    step = min(WIDEST_DAY, DAYS_WIDTH / len(days))
    hidden = len(story.timeline) - len(rows)
    height = HEAD + ROW * len(rows) + (ROW if hidden else 4)
    note = (
        text(f"and {counted(hidden, 'more place')}", 0, height - 6, "muted")
        if hidden
        else Markup("")
    )
    label = f"Days on which each household was seen, at {counted(len(story.timeline), 'place')}"
    return drawing(
        LABEL_WIDTH + step * len(days),
        height,
        label,
        _calendar(days, step, HEAD + ROW * len(rows)),
        join(_row(row, days, i, step) for i, row in enumerate(rows)),
        note,
    )


def _drawn_days(story: AccountStory) -> list[date]:
    first, last = story.first_day, story.last_day
    if first is None or last is None:
        return []
    count = min((last - first).days + 1, MOST_DAYS)
    return [last - timedelta(days=count - 1 - i) for i in range(count)]


def _calendar(days: list[date], step: float, bottom: float) -> Markup:
    """Weekends as shaded columns, Mondays named where there is room."""
    weekends = [_column(i, step, bottom) for i, day in enumerate(days) if day.weekday() >= SATURDAY]
    shade = element("path", d="".join(weekends), class_="weekend") if weekends else Markup("")
    every = max(1, round(70 / (7 * step)))
    mondays = [i for i, day in enumerate(days) if day.weekday() == 0][::every]
    width = LABEL_WIDTH + step * len(days)
    named = [i for i in mondays if LABEL_WIDTH + i * step + 40 <= width]
    marks = join(_monday(days[i], LABEL_WIDTH + i * step) for i in named)
    return join([shade, marks, line((LABEL_WIDTH, HEAD - 4), (width, HEAD - 4), "axis")])


def _column(i: int, step: float, bottom: float) -> str:
    return f"M{LABEL_WIDTH + i * step:.1f} {HEAD - 4:.0f}h{step:.2f}V{bottom:.0f}h{-step:.2f}z"


def _monday(day: date, x: float) -> Markup:
    return text(f"{day.day} {day:%b}", x, HEAD - 12, "tick")


def _row(row: TimelineRow, days: list[date], i: int, step: float) -> Markup:
    top = HEAD + ROW * i
    label = shorten(row.name, LABEL_CHARS)
    marks = join(_marks(row, days, top, step))
    name = text(label, 14, top + ROW / 2 + 4)
    swatch = element(
        "rect", x=0, y=top + 6, width=8, height=8, rx=2, class_=household_class(row.household)
    )
    return element("g", swatch, name, marks)


def _marks(row: TimelineRow, days: list[date], top: float, step: float) -> list[Markup]:
    """One path per household, with its days counted in words."""
    column = {day: i for i, day in enumerate(days)}
    sharing: dict[date, list[Presence]] = {}
    for presence in row.days:
        if presence.day in column:
            sharing.setdefault(presence.day, []).append(presence)
    paths: dict[int | None, list[str]] = {}
    for day, seen in sharing.items():
        height = (ROW - GAP) / len(seen)
        for i, presence in enumerate(seen):
            box = _box(column[day], top + i * height, step, height)
            paths.setdefault(presence.household, []).append(box)
    return [_path(row, household, boxes) for household, boxes in paths.items()]


def _box(column: int, top: float, step: float, height: float) -> str:
    width = max(step - 1.5, step * 0.7)
    x = LABEL_WIDTH + column * step + (step - width) / 2
    return f"M{x:.1f} {top + GAP / 2:.1f}h{width:.1f}v{height:.1f}h{-width:.1f}z"


def _path(row: TimelineRow, household: int | None, boxes: list[str]) -> Markup:
    title = f"{row.name}: {household_name(household)} on {counted(len(boxes), 'day')}"
    return element(
        "path", element("title", title), d="".join(boxes), class_=household_class(household)
    )
