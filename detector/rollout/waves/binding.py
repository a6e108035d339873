"""Which limits hold a plan back, and what would let it fit."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil

import numpy as np

from detector.errors import DetectorError
from detector.plain_text import counted, plain_text
from detector.rollout.staff import list_terms
from detector.rollout.staffing import count_agents
from detector.rollout.waves.desks import DeskDays
from detector.rollout.waves.laying import Ground, build
from detector.rollout.waves.plan import PlannedGroup
from detector.rollout.waves.problem import Array, WaveProblem
from detector.rollout.waves.programme import Fractions, solve

_TELLING = 0.05
"""A limit is named if so much of all delay is its doing."""
_NAMED = 3
_LONGER = 365
"""Days more that are tried."""
_HALVINGS = 7
_MOST = 32.0
"""More than so many times the room is not looked for."""
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class InfeasibleWavesError(DetectorError):
    """Not all accounts can start within the days that there are."""


@dataclass(frozen=True)
class Binding:
    """A limit that holds the plan back.

    Attributes:
        name: Of the desk, or of the policy's cap.
        is_desk: Whether it is a desk.
        days: On how many days it binds.
        share: Of all delay that more room would spare.
        half_hours: The fullest ones on these days, the most frequent first.
    """

    name: str
    is_desk: bool
    days: int
    share: float
    half_hours: tuple[str, ...]


@dataclass(frozen=True)
class Shortfall:
    """Why accounts are left over, and what would make room.

    Attributes:
        partners: Whose.
        left: Accounts that do not start.
        binding: What holds them back.
        full: Desks whose baseline alone leaves no room on some day.
        days: With so many days more all would fit; none: not within a year.
        factor: With so many times what desks leave for waves all would fit, and so many times the
            caps that bind; none: with no such number.
        agents: By desk: its contacts in the fullest half-hour, agents for them, and those needed.
    """

    partners: Sequence[str]
    left: int
    binding: Sequence[Binding]
    full: Sequence[str]
    days: int | None
    factor: float | None
    agents: Sequence[tuple[str, int, int]]

    def words(self) -> str:
        """In a few sentences."""
        who = ", ".join(map(plain_text, self.partners[:_NAMED]))
        parts = [f"{who}: {counted(self.left, 'account')} do not fit into the days that there are."]
        parts += [f"{plain_text(each)} is full with its baseline alone." for each in self.full]
        for each in self.binding[:_NAMED]:
            when = f", fullest {', '.join(each.half_hours)}" if each.half_hours else ""
            parts.append(f"{plain_text(each.name)} binds on {counted(each.days, 'day')}{when}.")
        remedies = [] if self.days is None else [f"{counted(self.days, 'day')} more"]
        if self.factor is not None:
            remedies.append(f"{self.factor:.2f} times the room for waves")
        remedies += [
            f"{needed} instead of {now} agents at {plain_text(name)} in these half-hours"
            for name, now, needed in self.agents[:_NAMED]
        ]
        if not remedies:
            tried = f"{_LONGER} days more nor {_MOST:.0f} times the room"
            return " ".join([*parts, f"Neither {tried} would be enough."])
        return " ".join([*parts, f"Enough would be: {'; or '.join(remedies)}."])


def list_binding(group: PlannedGroup) -> list[Binding]:
    """Limits by how much delay they cause, the worst first."""
    solved = group.solved
    return _binding(solved.problem, solved.fractions, [each.days for each in group.stage.served])


def find_shortfall(group: PlannedGroup, ground: Ground, seed: int) -> Shortfall:
    """Say why a plan leaves accounts over.

    Args:
        group: Of which accounts are left.
        ground: What the plan was made by.
        seed: Where its chance came from.
    """
    solved, desks = group.solved, [each.days for each in group.stage.served]
    binding = list_binding(group)
    names = {each.name for each in binding}
    factor = _enough_room(solved.problem, names)
    full = [
        limit.name
        for limit in solved.problem.limits
        if limit.is_desk and (limit.room[ground.past :] <= 0).any()
    ]
    return Shortfall(
        sorted(set(group.cells["partner"])),
        int(solved.problem.accounts.sum() - solved.starts.sum()),
        binding,
        full,
        _enough_days(group, ground, seed),
        factor,
        []
        if factor is None
        else [_agents(each, factor, ground) for each in desks if each.name in names],
    )


def _binding(problem: WaveProblem, found: Fractions, desks: Sequence[DeskDays]) -> list[Binding]:
    worth = [
        float((price * np.where(np.isfinite(limit.room), np.maximum(limit.room, 0), 0)).sum())
        for limit, price in zip(problem.limits, found.prices, strict=True)
    ]
    total = sum(worth)
    rows = [
        Binding(
            limit.name,
            limit.is_desk,
            int((price > 0).sum()),
            value / total,
            _fullest(desks[at], np.flatnonzero(price > 0)) if limit.is_desk else (),
        )
        for at, (limit, price, value) in enumerate(
            zip(problem.limits, found.prices, worth, strict=True)
        )
        if total and value / total >= _TELLING
    ]
    return sorted(rows, key=lambda each: (-each.share, each.name))


def _fullest(desk: DeskDays, days: Array) -> tuple[str, ...]:
    """Where on these days most of what is left for waves is asked for."""
    left = np.maximum(desk.takes - desk.baseline, 1e-9)
    filled = np.where(desk.share > 0, desk.share / left, -1.0)[days]
    found = Counter(
        f"{_WEEKDAYS[desk.load.days[day].weekday()]} {slot // 2:02}:{slot % 2 * 30:02}"
        for day, slot in zip(days.tolist(), filled.argmax(axis=1).tolist(), strict=True)
    )
    return tuple(name for name, _ in sorted(found.items(), key=lambda e: (-e[1], e[0]))[:_NAMED])


def _enough_room(problem: WaveProblem, names: set[str]) -> float | None:
    """How many times the room of all desks and the binding caps would do, by halving.

    All desks, as the next one binds where the first has room.
    """

    def fits(factor: float) -> bool:
        limits = [
            replace(each, room=each.room * factor) if each.is_desk or each.name in names else each
            for each in problem.limits
        ]
        return solve(replace(problem, limits=limits)).fits

    low, high = 1.0, 2.0
    while not fits(high):
        low, high = high, 2 * high
        if high > _MOST:
            return None
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if fits(middle) else (middle, high)
    return ceil(high * 100) / 100


def _enough_days(group: PlannedGroup, ground: Ground, seed: int) -> int | None:
    """How many days more would do."""
    horizon = ground.terms.horizon_days
    terms = ground.terms.model_copy(update={"horizon_days": horizon + _LONGER})
    wide = replace(ground, terms=terms)
    served = [each.lengthened(wide) for each in group.stage.served]
    problem = build(wide, group.cells, served, group.stage.futures, seed)
    found = solve(problem.scaled(group.solved.scale))
    if not found.fits:
        return None
    last = int(np.flatnonzero(found.units.sum(axis=0) > 0.5).max(initial=0))
    return max(last + 1 - ground.past - horizon, 1)


def _agents(desk: DeskDays, factor: float, ground: Ground) -> tuple[str, int, int]:
    """Agents in the fullest half-hour, as it is and as it would have to be."""
    left = np.maximum(desk.takes - desk.baseline, 1e-9)
    filled = np.where(desk.share > 0, desk.share / left, -1.0)
    day, slot = np.unravel_index(int(filled.argmax()), filled.shape)
    takes, base = float(desk.takes[day, slot]), float(desk.baseline[day, slot])
    terms = list_terms(desk.load, ground.known)[0]
    needed = base + max(takes - base, 0.0) * factor
    return desk.name, count_agents(takes, terms), count_agents(needed, terms)
