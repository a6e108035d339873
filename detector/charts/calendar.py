"""Days as columns of a picture: what every timeline has in common."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from markupsafe import Markup

from detector.charts.svg import element, join, line, text

LEFT, HEAD, GAP = 190.0, 30.0, 3.0
"""Where the days begin, below their names; between two rows."""
_DAYS_WIDTH, _WIDEST_DAY, _MOST_DAYS = 900.0, 24.0, 366
_SATURDAY = 5


def list_days(first: date, last: date) -> list[date]:
    """All days from the first to the last; of more than a year's the latest.

    Examples:
        >>> [day.day for day in list_days(date(2026, 5, 1), date(2026, 5, 3))]
        [1, 2, 3]
    """
    count = min((last - first).days + 1, _MOST_DAYS)
    return [last - timedelta(days=count - 1 - i) for i in range(count)]


@dataclass(frozen=True)
class Calendar:
    """One column for each day.

    Examples:
        >>> may = Calendar(list_days(date(2026, 5, 1), date(2026, 5, 31)))
        >>> may.step, may.right, may.box(0, 30, 20)
        (24.0, 934.0, 'M190.8 30.0h22.5v20.0h-22.5z')
    """

    days: Sequence[date]

    @property
    def step(self) -> float:
        """How wide a day is."""
        return min(_WIDEST_DAY, _DAYS_WIDTH / len(self.days))

    @property
    def right(self) -> float:
        """Where the days end."""
        return LEFT + self.step * len(self.days)

    def x(self, column: int) -> float:
        """Where a day begins."""
        return LEFT + column * self.step

    def box(self, column: int, top: float, height: float) -> str:
        """The path of a box in a day's column."""
        width = max(self.step - 1.5, self.step * 0.7)
        x = self.x(column) + (self.step - width) / 2
        return f"M{x:.1f} {top:.1f}h{width:.1f}v{height:.1f}h{-width:.1f}z"

    def draw(self, bottom: float) -> Markup:
        """Weekends as shaded columns, Mondays named where there is room."""
        weekends = [
            f"M{self.x(i):.1f} {HEAD - 4:.0f}h{self.step:.2f}V{bottom:.0f}h{-self.step:.2f}z"
            for i, day in enumerate(self.days)
            if day.weekday() >= _SATURDAY
        ]
        shade = element("path", d="".join(weekends), class_="weekend") if weekends else Markup("")
        every = max(1, round(70 / (7 * self.step)))
        mondays = [i for i, day in enumerate(self.days) if day.weekday() == 0][::every]
        marks = join(
            text(f"{self.days[i].day} {self.days[i]:%b}", self.x(i), HEAD - 12, "tick")
            for i in mondays
            if self.x(i) + 40 <= self.right
        )
        return join([shade, marks, line((LEFT, HEAD - 4), (self.right, HEAD - 4), "axis")])
