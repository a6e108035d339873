"""Half-hours of days as a heat map, and agents of one day as columns."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby
from math import ceil

from markupsafe import Markup

from detector.charts.bands import name_days
from detector.charts.scales import Frame
from detector.charts.svg import drawing, element, line, text

LEVELS = 5
"""Shades; the lightest is what hardly anybody needs to look at."""
WIDTH, ROW = 760.0, 9.0
_LEFT, _TOP, _RIGHT = 52.0, 8.0, 748.0
_AGENTS = Frame(left=52, top=22, right=748, bottom=150)

Slot = tuple[int, int, float, bool]
"""Place of its day, half-hour of it, contacts, and whether they may exceed what a desk takes in."""


def list_levels(most: float) -> list[int]:
    """The contacts from which each shade begins, in whole numbers.

    Examples:
        >>> list_levels(41), list_levels(2)
        ([0, 9, 18, 27, 36], [0, 1, 2])
    """
    step = max(1, ceil(most / LEVELS))
    return [level * step for level in range(LEVELS) if level * step <= max(most, 1)]


def draw_heat(label: str, days: Sequence[date], slots: Sequence[Slot]) -> Markup:
    """Draw contacts by day and half-hour: days across, half-hours down, the more the darker.

    Half-hours that follow each other in one shade are one box.

    Examples:
        >>> slots = [(0, 18, 4.0, False), (0, 19, 9.0, True)]
        >>> picture = draw_heat("Contacts", [date(2026, 9, 7)], slots)
        >>> picture.count("heat l"), picture.count("over"), "09:00" in picture
        (2, 1, True)
    """
    if not slots:
        return drawing(WIDTH, 30, label, text("never open", _LEFT, 20, "muted"))
    first, last = min(each[1] for each in slots), max(each[1] for each in slots)
    frame = Frame(_LEFT, _TOP, _RIGHT, _TOP + ROW * (last - first + 1))
    levels = list_levels(max(each[2] for each in slots))
    shades = dict[int, list[str]]()
    for place, begin, end, level in _runs(slots, levels):
        shades.setdefault(level, []).append(
            _box(frame, len(days), place, (begin - first, end - first))
        )
    over = [
        _box(frame, len(days), place, (slot - first, slot - first + 1))
        for place, slot, _, above in slots
        if above
    ]
    paths = [
        element("path", d="".join(boxes), class_=f"heat l{level}")
        for level, boxes in sorted(shades.items())
    ]
    if over:
        paths.append(element("path", d="".join(over), class_="over"))
    hours = [
        text(f"{slot // 2:02}:00", _LEFT - 8, frame.top + ROW * (slot - first) + 9, "tick", "end")
        for slot in range(first, last + 1)
        if slot % 4 == 0 or last - first < 8
    ]
    return drawing(WIDTH, frame.bottom + 24, label, *paths, *hours, name_days(days, frame))


def draw_agents(label: str, agents: Sequence[tuple[int, int]]) -> Markup:
    """Draw agents by half-hour of one day.

    Args:
        label: What the picture shows.
        agents: Half-hours and their agents, in order.

    Examples:
        >>> "09:00: 4 agents" in draw_agents("Agents", [(18, 4), (19, 5)])
        True
    """
    most = max((count for _, count in agents), default=0) or 1
    step = min((_AGENTS.right - _AGENTS.left) / max(len(agents), 1), 40.0)
    parts = list[Markup]()
    for place, (slot, count) in enumerate(agents):
        x, y = _AGENTS.left + place * step, _AGENTS.y(count / most)
        time = f"{slot // 2:02}:{30 * (slot % 2):02}"
        bar = element(
            "rect", x=x + 1, y=y, width=step - 2, height=_AGENTS.bottom - y, class_="agents"
        )
        number = text(str(count), x + step / 2, y - 4, "tick", "middle")
        parts.append(element("g", element("title", f"{time}: {count} agents"), bar, number))
        if slot % 2 == 0 and (len(agents) <= 24 or slot % 4 == 0):
            parts.append(text(time, x, _AGENTS.bottom + 16, "tick"))
    base = line((_AGENTS.left, _AGENTS.bottom), (_AGENTS.right, _AGENTS.bottom), "axis")
    return drawing(WIDTH, _AGENTS.bottom + 24, label, *parts, base)


def _runs(slots: Sequence[Slot], levels: Sequence[int]) -> Iterator[tuple[int, int, int, int]]:
    """Half-hours of a day that follow each other and have one shade."""

    def same(each: tuple[int, Slot]) -> tuple[int, int, int]:
        place, (day, slot, contacts, _) = each
        return day, slot - place, sum(contacts >= level for level in levels) - 1

    for (day, _, level), found in groupby(enumerate(sorted(slots)), same):
        run = [slot for _, (_, slot, _, _) in found]
        yield day, run[0], run[-1] + 1, level


def _box(frame: Frame, days: int, place: int, rows: tuple[int, int]) -> str:
    step = (frame.right - frame.left) / days
    x, y = frame.left + place * step, frame.top + ROW * rows[0]
    gap = min(0.6, step * 0.1)
    width, height = step - gap, ROW * (rows[1] - rows[0]) - 0.6
    return f"M{x:.1f} {y:.1f}h{width:.1f}v{height:.1f}h{-width:.1f}z"
