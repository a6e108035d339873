"""The days of an account: devices by days, and devices by the hours of one day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote

from markupsafe import Markup

from detector.charts.calendar import GAP, HEAD, LEFT, Calendar, list_days
from detector.charts.colours import Palette
from detector.charts.svg import drawing, element, join, line, shorten, text, with_links
from detector.plain_text import counted
from detector.stories.story import NOWHERE, AccountStory, DeviceStory

ROW, HOUR, HOURS = 19.0, 30.0, 24
MOST_ROWS, LABEL_CHARS = 64, 24


@dataclass(frozen=True)
class DeviceUse:
    """One device at one place on one day."""

    device_id: str
    day: date
    place: int
    hours: int
    """Bit h is set if it was seen there in hour h, by UTC."""


def draw_days(story: AccountStory, uses: list[DeviceUse], palette: Palette, base: str) -> Markup:
    """Draw one row per device and one column per day, by whose place the device was at.

    Args:
        story: The account.
        uses: All of its days.
        palette: The colours of its households.
        base: The address of the page, to which a chosen day is added.
    """
    rows = _rows(story)
    if not uses or not rows:
        return Markup("")
    calendar = Calendar(list_days(min(use.day for use in uses), max(use.day for use in uses)))
    where, at = _households(story), {day: i for i, day in enumerate(calendar.days)}
    seen: dict[str, dict[int, set[int | None]]] = {}
    for use in uses:
        if use.day in at:
            days = seen.setdefault(use.device_id, {})
            days.setdefault(at[use.day], set()).add(where.get(use.place))
    bottom = HEAD + ROW * len(rows)
    label = f"Days of {counted(len(rows), 'device')}, coloured by the household they were at"
    return with_links(
        calendar.right,
        bottom + 4,
        label,
        calendar.draw(bottom),
        join(
            _device_row(
                device, HEAD + ROW * i, palette, _boxes(seen.get(device.device_id, {}), calendar, i)
            )
            for i, device in enumerate(rows)
        ),
        join(_day_link(calendar, i, bottom, base) for i in range(len(calendar.days))),
    )


def draw_hours(story: AccountStory, uses: list[DeviceUse], day: date, palette: Palette) -> Markup:
    """Draw the hours of one day, device by device."""
    where = _households(story)
    names = {row.place: row.name for row in story.timeline}
    mine = [use for use in uses if use.day == day]
    rows = [d for d in _rows(story) if any(use.device_id == d.device_id for use in mine)]
    if not rows:
        return Markup("")
    bottom = HEAD + ROW * len(rows)
    parts: list[Markup] = []
    for i, device in enumerate(rows):
        here = [use for use in mine if use.device_id == device.device_id]
        marks = [
            _hours(use, HEAD + ROW * i, palette.style(where.get(use.place)), names) for use in here
        ]
        parts.append(_named_row(device, HEAD + ROW * i, palette, join(marks)))
    axis = [
        text(f"{hour:02d}", LEFT + HOUR * hour, HEAD - 10, "tick", "middle")
        for hour in range(0, HOURS + 1, 3)
    ]
    grid = [
        line((LEFT + HOUR * hour, HEAD - 4), (LEFT + HOUR * hour, bottom), "grid")
        for hour in range(0, HOURS + 1, 3)
    ]
    label = f"Hours of {day.day} {day:%B %Y}, by UTC"
    return drawing(LEFT + HOUR * HOURS + 14, bottom + 4, label, *axis, *grid, *parts)


def _rows(story: AccountStory) -> list[DeviceStory]:
    """By household, then the most used first."""
    used = sorted(story.devices, key=lambda d: (-d.active_days, d.device_id))[:MOST_ROWS]
    last = 1 << 30
    rank = {d.device_id: last if d.household is None else d.household for d in used}
    return sorted(used, key=lambda d: (rank[d.device_id], -d.active_days, d.device_id))


def _households(story: AccountStory) -> dict[int, int | None]:
    return {p.place: p.household for p in story.places} | {NOWHERE: None}


def _boxes(
    seen: Mapping[int, set[int | None]], calendar: Calendar, row: int
) -> dict[int | None, list[str]]:
    """A day at places of several households is split between them."""
    boxes: dict[int | None, list[str]] = {}
    for column, households in seen.items():
        order = sorted(households, key=lambda h: 1 << 30 if h is None else h)
        height = (ROW - GAP) / len(order)
        for i, household in enumerate(order):
            top = HEAD + ROW * row + GAP / 2 + i * height
            boxes.setdefault(household, []).append(calendar.box(column, top, height))
    return boxes


def _device_row(
    device: DeviceStory, top: float, palette: Palette, boxes: dict[int | None, list[str]]
) -> Markup:
    paths = [
        element("path", d="".join(each), class_=palette.style(household))
        for household, each in boxes.items()
    ]
    return _named_row(device, top, palette, join(paths))


def _named_row(device: DeviceStory, top: float, palette: Palette, marks: Markup) -> Markup:
    swatch = element(
        "rect", x=0, y=top + 5, width=8, height=8, rx=2, class_=palette.style(device.household)
    )
    kind = device.device_type
    name = text(shorten(f"{kind} · {device.device_id}", LABEL_CHARS), 14, top + ROW / 2 + 4)
    words = f"{device.device_id}: {kind}, {counted(device.active_days, 'day')}"
    return element("g", element("title", words), swatch, name, marks)


def _day_link(calendar: Calendar, i: int, bottom: float, base: str) -> Markup:
    """The column of a day leads to its hours."""
    day = calendar.days[i]
    box = element("rect", x=calendar.x(i), y=0, width=calendar.step, height=bottom, class_="day")
    words = f"Hours of {day.day} {day:%B %Y}"
    address = f"{base}&day={quote(str(day))}#hours"
    return element("a", element("title", words), box, href=address, aria_label=words)


def _hours(use: DeviceUse, top: float, style: str, names: Mapping[int, str]) -> Markup:
    boxes = [
        f"M{LEFT + HOUR * hour + 1:.0f} {top + GAP / 2:.1f}h{HOUR - 2:.0f}v{ROW - GAP:.1f}"
        f"h{2 - HOUR:.0f}z"
        for hour in range(HOURS)
        if use.hours >> hour & 1
    ]
    words = f"{names.get(use.place, 'On the move')}: {counted(len(boxes), 'hour')}"
    return element("path", element("title", words), d="".join(boxes), class_=style)
