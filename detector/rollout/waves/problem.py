"""What a plan of waves has to keep, as numbers: cells of accounts, days, and limits on both."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

_MOST = 0.95
"""Share of a desk's room that whole accounts leave to fractions at least."""


@dataclass(frozen=True)
class RoomLimit:
    """Something of which each day has only so much room, and which starts use up.

    An account of a cell that starts on a day takes `weight[cell] * spread[day, later]` of the room
    of a later day: its contacts come for weeks, and its later steps bring more of them.

    Attributes:
        name: What it is called in messages, as `Telvia, phone`.
        is_desk: Whether it is about contacts; else it is a cap on accounts.
        weight: Of each cell; 0 for those that it is not about.
        spread: Days of starts in rows, all days across, those after the last start too.
        room: By day; infinite where there is no limit.
    """

    name: str
    is_desk: bool
    weight: Array
    spread: Array
    room: Array

    def load(self, starts: Array) -> Array:
        """What starts take of each day: cells by days of starts in, days out."""
        return (self.weight @ starts) @ self.spread


@dataclass(frozen=True)
class WaveProblem:
    """Cells in the order in which they are to start, and what must be kept.

    Attributes:
        accounts: How many there are of each cell.
        begun: How many of each region have started before.
        contacts: How many contacts an account of a cell makes, for each of an average one.
        region: Of which region a cell is.
        partner: Of which partner a region is: regions of one are treated alike.
        group: Cells of one group take room of the same limits, in proportion to `contacts`.
        allowed: By group and day, whether anybody may start.
        limits: All that has only so much room.
        most_apart: By how much the started shares of two regions may differ on any day; an account
            more or less is always allowed.
    """

    accounts: Array
    begun: Array
    contacts: Array
    region: Array
    partner: Array
    group: Array
    allowed: Array
    limits: Sequence[RoomLimit]
    most_apart: float = 1.0

    @property
    def groups(self) -> int:
        """How many groups there are."""
        return self.allowed.shape[0]

    @property
    def days(self) -> int:
        """Days on which accounts may start, and those before the plan."""
        return self.allowed.shape[1]

    @property
    def units(self) -> Array:
        """By group: accounts as so many average ones."""
        return np.bincount(self.group, self.accounts * self.contacts, self.groups)

    def within(self, days: int) -> "WaveProblem":
        """The same, with starts before this day only."""
        return replace(self, allowed=self.allowed & (np.arange(self.days) < days))

    def loosened(self) -> "WaveProblem":
        """The same, with room for two accounts of each group less on desks, if they have so much.

        What is planned in fractions leaves so much for whole accounts, which come a little later.
        """
        groups = [np.flatnonzero(self.group == each) for each in range(self.groups)]
        limits = [
            replace(each, room=np.maximum(each.room - 2 * _most(each, groups), _MOST * each.room))
            if each.is_desk
            else each
            for each in self.limits
        ]
        return replace(self, limits=limits)

    def scaled(self, scale: float) -> "WaveProblem":
        """The same, with so much of each desk's room."""
        limits = [
            replace(each, room=each.room * scale) if each.is_desk else each for each in self.limits
        ]
        return replace(self, limits=limits)


def last_day(starts: Array) -> int:
    """The last day on which anybody starts; -1 if nobody does."""
    days = np.flatnonzero(starts.sum(axis=0))
    return int(days[-1]) if len(days) else -1


def _most(limit: RoomLimit, groups: Sequence[Array]) -> float:
    """What one account of each group takes of a day at most."""
    weights = sum(float(limit.weight[each].max(initial=0)) for each in groups)
    return weights * float(limit.spread.max(initial=0))
