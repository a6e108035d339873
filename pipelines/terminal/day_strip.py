"""The days of an account on the terminal: one line per place, one cell per day."""

from datetime import date, timedelta

from rich.table import Table
from rich.text import Text

from detector.stories.labels import Wording
from detector.stories.story import NOWHERE, AccountStory, Presence, TimelineRow
from detector.stories.templates import Language
from pipelines.terminal.drawing import plain

MOST_ROWS = 16
MOST_DAYS = 92
HOUSEHOLD_STYLES = ("blue", "dark_orange", "magenta", "cyan", "green", "yellow")
SATURDAY = 5


def household_style(household: int | None) -> str:
    """The colour of a household; the same on every line.

    Examples:
        >>> household_style(0), household_style(7), household_style(None)
        ('blue', 'magenta', 'dim')
    """
    if household is None:
        return "dim"
    if household == 0:
        return HOUSEHOLD_STYLES[0]
    return HOUSEHOLD_STYLES[1 + (household - 1) % (len(HOUSEHOLD_STYLES) - 1)]


def day_strip(story: AccountStory, words: Wording) -> Table:
    """Draw places by days; a cell names the household that was seen, `+` if several were.

    Weekends without anybody are a thin dot, so that weekly rhythms show. Only the last
    days and the busiest places are drawn where there are very many.
    """
    days = _drawn_days(story)
    table = Table.grid(padding=(0, 1))
    table.add_column(overflow="ellipsis", no_wrap=True)
    table.add_column(min_width=len(days), no_wrap=True)
    table.add_row("", _weeks(days, words.language))
    for row in story.busiest_rows(MOST_ROWS):
        name = plain(name_place(row.place, row.name, words), household_style(row.household))
        table.add_row(name, _cells(row, days))
    if len(story.timeline) > MOST_ROWS:
        more = words.label("more_places", places=len(story.timeline) - MOST_ROWS)
        table.add_row(Text(f"… {more}", "dim"), "")
    return table


def name_place(place: int, name: str, words: Wording) -> str:
    """Name a place in a language, with the area that its English name tells.

    Examples:
        >>> name_place(1, "Place 1 · Lille, FR", Wording(Language.SPANISH))
        'Lugar 1 · Lille, FR'
    """
    if place == NOWHERE:
        return words.label("on_the_move")
    _, dot, area = name.partition(" · ")
    return f"{words.label('place', place=place)}{dot}{area}"


def _drawn_days(story: AccountStory) -> list[date]:
    first, last = story.first_day, story.last_day
    if first is None or last is None:
        return []
    count = min((last - first).days + 1, MOST_DAYS)
    return [last - timedelta(days=count - 1 - i) for i in range(count)]


def _weeks(days: list[date], language: Language) -> Text:
    """The date above each Monday that has room for it; months have no short names everywhere."""
    form = "%d%b" if language == Language.ENGLISH else "%d/%m"
    line = [" "] * len(days)
    for i, day in enumerate(days):
        label = day.strftime(form)
        if day.weekday() == 0 and i + len(label) <= len(line):
            line[i : i + len(label)] = label
    return Text("".join(line), "dim")


def _cells(row: TimelineRow, days: list[date]) -> Text:
    by_day: dict[date, list[Presence]] = {}
    for presence in row.days:
        by_day.setdefault(presence.day, []).append(presence)
    return Text().join(_drawn(by_day.get(day, []), day) for day in days)


def _drawn(seen: list[Presence], day: date) -> Text:
    if not seen:
        return Text("·" if day.weekday() >= SATURDAY else " ", "dim")
    if len(seen) > 1:
        return Text("+", "bold")
    household = seen[0].household
    sign = "?" if household is None else str(household) if household < 10 else "*"
    return Text(sign, f"reverse {household_style(household)}")
