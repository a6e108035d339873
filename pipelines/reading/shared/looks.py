"""What a look at the columns of a log says of them, and of any two of them beside each other."""

from collections.abc import Mapping
from dataclasses import dataclass

from pipelines.reading.shared.messages import Look
from pipelines.reading.shared.shapes import UNITS

_TELLING_ROWS = 50
"""Values from which a look says something."""
MOST, NEARLY_ALL = 0.8, 0.95
EPOCHS = tuple(f"since_{unit}" for unit in UNITS)
FEW = 5
"""What fewer values have in common, they have by chance."""


@dataclass(frozen=True)
class LogLooks:
    """What the columns hold, and what some of them are taken for."""

    looks: Mapping[str, Look]
    found: Mapping[str, str]

    def tells(self, name: str) -> bool:
        """Whether enough of a column was seen."""
        return name in self.looks and self.looks[name].rows >= _TELLING_ROWS

    def share(self, name: str, *shapes: str) -> float:
        """The share of the shape that most values have."""
        return max(self.looks[name].shares.get(shape, 0.0) for shape in shapes)

    def distinct(self, name: str) -> int:
        """How many values of a column were seen."""
        return self.looks[name].distinct

    def of(self, column: str) -> str | None:
        """The column that was found for another, if it was looked at."""
        name = self.found.get(column, "")
        return name if self.tells(name) else None

    def follows(self, name: str, other: str) -> bool:
        """Whether each value of a column has one value of another beside it, but for a few."""
        pairs = self.looks[name].pairs.get(other)
        return pairs is not None and pairs <= 1.05 * self.distinct(name)

    def go_together(self, name: str, other: str) -> bool:
        """Whether two columns have hardly more pairs of values than values."""
        pairs = self.looks[name].pairs.get(other)
        most = max(self.distinct(name), self.distinct(other))
        return pairs is not None and pairs <= 2 * most < 0.5 * self.looks[name].rows

    def may_be(self, column: str, name: str) -> bool:
        """Whether what was seen of a column does not speak against what is asked for."""
        return not self.tells(name) or _may_be(self, column, name)


def _may_be(seen: LogLooks, column: str, name: str) -> bool:
    look, share = seen.looks[name], seen.share
    alike = look.distinct / look.rows
    if (column == "ip") != (share(name, "address") >= 0.5):
        return False
    if column in ("ts", "ended_at"):
        return share(name, "time", *EPOCHS) >= 0.5
    if share(name, "time") >= 0.5 or (share(name, *EPOCHS) >= NEARLY_ALL and alike > 0.5):
        return False
    if column in ("device_id", "profile_id"):
        account = seen.of("account_id")
        comes_back = account is not None and 2 * seen.distinct(account) <= seen.looks[account].rows
        return not (comes_back and alike >= 0.9)
    if column == "event_id":
        return alike >= 0.5
    if column in ("latitude", "longitude"):
        most = 90 if column == "latitude" else 180
        return look.low is not None and -most <= look.low and (look.high or 0) <= most
    return True
