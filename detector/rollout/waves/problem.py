"""What a plan of waves has to keep, as numbers: cells of accounts, days, and limits on both."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Limit:
    """Something of which each day has only so much room, and which starts use up.

    An account of a cell that starts on a day takes `weight[cell] * kernel[lag]` of the room of the
    day `lag` days later: its contacts come for weeks, and its later steps bring more of them.

    Attributes:
        name: What it is called in messages, as `Telvia, phone`.
        is_desk: Whether it is about contacts; else it is a cap on accounts.
        weight: Of each cell; 0 for those that it is not about.
        kernel: By days since the start.
        room: By day, beyond the last day of starts too; infinite where there is no limit.
    """

    name: str
    is_desk: bool
    weight: Array
    kernel: Array
    room: Array

    def load(self, starts: Array) -> Array:
        """What starts take of each day: cells by days of starts in, days out."""
        taken = np.convolve(self.weight @ starts, self.kernel)[: len(self.room)]
        return np.pad(taken, (0, len(self.room) - len(taken)))


@dataclass(frozen=True)
class Problem:
    """Cells in the order in which they are to start, and what must be kept.

    Attributes:
        days: Starts are possible on days 0, 1, ... before this one.
        accounts: How many there are of each cell.
        contacts: How many contacts an account of a cell makes, for each of an average one.
        region: Of which region a cell is.
        partner: Of which partner a region is: regions of one are treated alike.
        group: Cells of one group take room of the same limits, in proportion to `contacts`.
        allowed: By group and day, whether anybody may start.
        limits: All that has only so much room.
        most_apart: By how much the treated shares of two regions may differ on any day; an account
            more or less is always allowed.
    """

    days: int
    accounts: Array
    contacts: Array
    region: Array
    partner: Array
    group: Array
    allowed: Array
    limits: Sequence[Limit]
    most_apart: float = 1.0

    @property
    def groups(self) -> int:
        """How many groups there are."""
        return len(self.allowed)

    @property
    def units(self) -> Array:
        """By group: accounts as so many average ones."""
        return np.bincount(self.group, self.accounts * self.contacts, self.groups)

    def within(self, days: int) -> "Problem":
        """The same, with starts on fewer or more days; further days are allowed as a week ago."""
        more = days - self.days
        allowed = self.allowed[:, :days]
        for _ in range(max(more, 0)):
            allowed = np.column_stack([allowed, allowed[:, -min(7, allowed.shape[1])]])
        limits = [replace(each, room=_lengthened(each.room, more)) for each in self.limits]
        return replace(self, days=days, allowed=allowed, limits=limits)

    def scaled(self, scale: float) -> "Problem":
        """The same, with so much of each desk's room."""
        limits = [
            replace(each, room=each.room * scale) if each.is_desk else each for each in self.limits
        ]
        return replace(self, limits=limits)


def last_day(starts: Array) -> int:
    """The last day on which anybody starts; -1 if nobody does."""
    days = np.flatnonzero(starts.sum(axis=0))
    return int(days[-1]) if len(days) else -1


def _lengthened(room: Array, more: int) -> Array:
    """Further days have the room of the same day of the week before."""
    for _ in range(max(more, 0)):
        room = np.append(room, room[-7] if len(room) >= 7 else room[-1])
    return room
