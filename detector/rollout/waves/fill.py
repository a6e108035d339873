"""Fill days with accounts, one day after the other, so that no limit is ever passed.

Alone this is the greedy plan: each day takes what it can. Given how far each group may have come by
each day, it makes whole accounts of a better plan, and keeps every limit whatever that plan says.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from detector.rollout.waves.problem import Array, Limit, Problem

_CRUMB = 1e-7
"""What sums of fractions miss of a whole account."""


@dataclass
class _Filling:
    """Where a plan stands on one day."""

    problem: Problem
    left: Array
    """Accounts of each cell that have not started."""
    begun: Array
    """Accounts of each region that have."""
    of_region: Array
    load: Sequence[Array]
    """What the starts so far take of each limit."""


def fill(problem: Problem, ahead: Array | None = None) -> Array:
    """Start accounts as early as all limits allow, cell by cell in their order.

    Args:
        problem: What is to be kept.
        ahead: By group and day, how many average accounts may have started by then; none: all.

    Returns:
        Accounts by cell and day, whole numbers. Less than all of them if the days do not suffice.

    Examples:
        Two contacts fit on a day, and an account makes one each on its first two days:

        >>> spread = np.eye(4, 5) + np.eye(4, 5, k=1)
        >>> desk = Limit("desk", True, np.ones(1), spread, np.full(5, 2.0))
        >>> one = np.zeros(1, int)
        >>> problem = Problem(np.array([4]), np.zeros(1), np.ones(1), one, one, one,
        ...     np.ones((1, 4), bool), [desk])
        >>> fill(problem).tolist()
        [[2, 0, 2, 0]]
        >>> fill(problem, ahead=np.array([[1.0, 2.0, 3.0, 4.0]])).tolist()
        [[1, 1, 1, 1]]
    """
    left = np.bincount(problem.region, problem.accounts, len(problem.begun))
    loads = [np.zeros(len(limit.room)) for limit in problem.limits]
    now = _Filling(
        problem, problem.accounts.copy(), problem.begun.copy(), problem.begun + left, loads
    )
    starts = np.zeros((len(problem.accounts), problem.days), np.int64)
    spent = np.zeros(problem.groups)
    for day in range(problem.days):
        if not now.left.any():
            break
        budget = np.full(problem.groups, np.inf) if ahead is None else ahead[:, day] - spent
        starts[:, day] = _one_day(now, day, np.where(problem.allowed[:, day], budget, 0.0))
        units = starts[:, day] * problem.contacts
        spent += np.bincount(problem.group, units, problem.groups)
        for limit, load in zip(problem.limits, now.load, strict=True):
            load += (limit.weight @ starts[:, day]) * limit.spread[day]
    return starts


def _one_day(now: _Filling, day: int, budget: Array) -> Array:
    """Pass over the cells until nothing moves: one region's start may give another leave."""
    problem = now.problem
    room = np.array([_room(*pair, day) for pair in zip(problem.limits, now.load, strict=True)])
    weights = np.array([limit.weight for limit in problem.limits]).reshape(len(room), -1)
    today = np.zeros(len(now.left), np.int64)
    moved = True
    while moved:
        moved = False
        for cell in np.flatnonzero(now.left > 0):
            group = problem.group[cell]
            fits = min(now.left[cell], _apart(now, cell))
            fits = min(fits, (budget[group] + _CRUMB) / problem.contacts[cell])
            uses = weights[:, cell]
            if (asked := uses > 0).any():
                fits = min(fits, ((room[asked] + _CRUMB) / uses[asked]).min())
            if (whole := int(max(fits, 0))) < 1:
                continue
            moved = True
            today[cell] += whole
            now.left[cell] -= whole
            now.begun[problem.region[cell]] += whole
            budget[group] -= whole * problem.contacts[cell]
            room -= uses * whole
        moved = moved and problem.most_apart < 1
    return today


def _room(limit: Limit, load: Array, day: int) -> float:
    """How many starts of weight 1 fit on a day, as far as all later days are concerned."""
    spread = limit.spread[day]
    asked = spread > 0
    return float(((limit.room - load)[asked] / spread[asked]).min(initial=np.inf))


def _apart(now: _Filling, cell: int) -> float:
    """How many accounts its region may be ahead of the region that is last."""
    if now.problem.most_apart >= 1 or len(now.begun) < 2:
        return np.inf
    here = now.problem.region[cell]
    shares = now.begun / np.maximum(now.of_region, 1)
    others = (now.problem.partner == now.problem.partner[here]) & (now.of_region > 0)
    others[here] = False
    if not others.any():
        return np.inf
    shares = shares[others]
    most = (shares.min() + now.problem.most_apart) * now.of_region[here]
    return max(most, shares.min() * now.of_region[here] + 1) - now.begun[here]
