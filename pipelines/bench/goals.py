"""What the figures of a benchmark must reach, on two idle cores."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

NEAR = 0.1
CPU, MEMORY = "CPU per account", "memory"
LOOP = "loop over places, ties and households"


@dataclass(frozen=True)
class Goal:
    """One figure and what it must reach."""

    name: str
    must: float
    unit: str = "x"
    at_least: bool = False
    """Whether more is better; less is, otherwise."""

    events: int | None = None
    """The size of the log that it is asked of; of every size, if it is a ratio."""

    def is_met(self, measured: float) -> bool:
        """Whether a figure is good enough.

        Examples:
            >>> Goal("naive / whole", 8, at_least=True).is_met(3.1)
            False
        """
        return measured >= self.must if self.at_least else measured <= self.must

    def is_for(self, events: int | None) -> bool:
        """Whether it is asked of a log of that size, give or take a tenth."""
        return self.events is None or abs((events or 0) / self.events - 1) < NEAR


@dataclass(frozen=True)
class AgainstGoal:
    """A figure held against its goal."""

    name: str
    measured: float
    must: float
    unit: str
    is_met: bool


GOALS: Sequence[Goal] = (
    Goal("whole", 7, "s", events=5_000_000),
    Goal("whole / decode", 40),
    Goal(CPU, 120, "µs"),
    Goal("naive / whole", 8, at_least=True),
    Goal(LOOP, 50, at_least=True),
    Goal("first_run", 20, "s"),
    Goal("whole", 90, "s", events=50_000_000),
    Goal(MEMORY, 1536, "MiB", events=50_000_000),
    Goal("night / night_anew, CPU", 0.35),
    Goal("spark / whole", 3),
)
GROWTH: Sequence[Goal] = (
    Goal("CPU seconds, whole", 1.03, "power of the events"),
    Goal(MEMORY, 0.08, "power of the events"),
)
"""Of a cost over all sizes; memory that is 1.2 times as much for ten times the events grows so."""


def hold(figures: Mapping[str, float], events: int | None = None) -> list[AgainstGoal]:
    """Hold the figures of a log, or of growth, against those goals that speak of them.

    Args:
        figures: By name; others than the goals' are left alone.
        events: Of the log; None for growth.

    Examples:
        >>> [(held.name, held.is_met) for held in hold({"whole": 6.5}, 4_960_950)]
        [('whole', True)]
    """
    asked = GROWTH if events is None else GOALS
    return [
        AgainstGoal(goal.name, figures[goal.name], goal.must, goal.unit, goal.is_met(each))
        for goal in asked
        if goal.is_for(events) and (each := figures.get(goal.name)) is not None
    ]
