"""Fill days with accounts, one day after the other, so that no limit is ever passed.

Alone this is the greedy plan: each day takes what it can. Given how far each group may have come by
each day, it makes whole accounts of a better plan, and keeps every limit whatever that plan says.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import inf

import numpy as np

from detector.rollout.waves.problem import Array, RoomLimit, WaveProblem

_CRUMB = 1e-7
"""What sums of fractions miss of a whole account."""


@dataclass
class _Filling:
    """Where a plan stands."""

    problem: WaveProblem
    left: list[int]
    """Accounts of each cell that have not started."""
    begun: list[int]
    """Accounts of each region that have."""
    of_region: list[int]
    load: list[Array]
    """What the starts so far take of each limit."""
    spent: list[float]
    """Average accounts of each group that have started."""

    uses: Array
    """What an account of each cell takes of each limit."""

    def fits(self, cell: int, budget: float, room: Array) -> int:
        """How many accounts of a cell may start."""
        if not self.left[cell]:
            return 0
        uses = self.uses[cell]
        asked = uses > 0
        most = float(((room[asked] + _CRUMB) / uses[asked]).min(initial=inf))
        most = min(self.left[cell], most, (budget + _CRUMB) / float(self.problem.contacts[cell]))
        if most < 1:
            return 0
        return max(int(min(most, self.region_fits(int(self.problem.region[cell])))), 0)

    def start(self, cell: int, accounts: int) -> None:
        """Start so many."""
        self.left[cell] -= accounts
        self.begun[int(self.problem.region[cell])] += accounts
        self.spent[int(self.problem.group[cell])] += accounts * float(self.problem.contacts[cell])

    def region_fits(self, region: int) -> float:
        """How many accounts a region may be ahead of the one of its partner that is last."""
        problem = self.problem
        if problem.most_apart >= 1:
            return inf
        others = [
            self.begun[each] / self.of_region[each]
            for each, partner in enumerate(problem.partner)
            if partner == problem.partner[region] and each != region and self.of_region[each]
        ]
        if not others:
            return inf
        last, of = min(others), self.of_region[region]
        return max((last + problem.most_apart) * of, last * of + 1) - self.begun[region]


def fill(problem: WaveProblem, ahead: Array | None = None) -> Array:
    """Start accounts as early as all limits allow, cell by cell in their order.

    Args:
        problem: What is to be kept.
        ahead: By group and day, how many average accounts may have started by then; none: all.

    Returns:
        Accounts by cell and day, whole numbers. Less than all of them if the days do not suffice.

    Examples:
        Two contacts fit on a day, and an account makes one each on its first two days:

        >>> spread = np.eye(4, 5) + np.eye(4, 5, k=1)
        >>> desk = RoomLimit("desk", True, np.ones(1), spread, np.full(5, 2.0))
        >>> one = np.zeros(1, int)
        >>> problem = WaveProblem(np.array([4]), np.zeros(1), np.ones(1), one, one, one,
        ...     np.ones((1, 4), bool), [desk])
        >>> fill(problem).tolist()
        [[2, 0, 2, 0]]
        >>> fill(problem, ahead=np.array([[1.0, 2.0, 3.0, 4.0]])).tolist()
        [[1, 1, 1, 1]]
    """
    left = np.bincount(problem.region, problem.accounts, len(problem.begun))
    now = _Filling(
        problem,
        problem.accounts.tolist(),
        problem.begun.astype(int).tolist(),
        (problem.begun + left).astype(int).tolist(),
        [np.zeros(len(limit.room)) for limit in problem.limits],
        [0.0] * problem.groups,
        np.array([limit.weight for limit in problem.limits]).reshape(-1, len(problem.accounts)).T,
    )
    starts = np.zeros((len(problem.accounts), problem.days), np.int64)
    cells = [np.flatnonzero(problem.group == each).tolist() for each in range(problem.groups)]
    for day in range(problem.days):
        allowed = np.flatnonzero(problem.allowed[:, day]).tolist()
        budgets = {
            group: inf if ahead is None else float(ahead[group, day]) - now.spent[group]
            for group in allowed
        }
        if not any(now.left):
            break
        today = _one_day(now, day, {group: cells[group] for group in allowed}, budgets)
        for cell, accounts in today.items():
            starts[cell, day] = accounts
        for limit, load in zip(problem.limits, now.load, strict=True):
            load += (limit.weight @ starts[:, day]) * limit.spread[day]
    return starts


def _one_day(
    now: _Filling, day: int, cells: Mapping[int, list[int]], budgets: dict[int, float]
) -> Counter[int]:
    """Start accounts on one day; a start of one region may let another go on, so all are asked."""
    problem = now.problem
    room = np.array([_room(*pair, day) for pair in zip(problem.limits, now.load, strict=True)])
    today = Counter[int]()
    moved = True
    while moved:
        before = today.total()
        for group, mine in cells.items():
            for cell in mine:
                if budgets[group] + _CRUMB < problem.contacts[cell]:
                    break
                if whole := now.fits(cell, budgets[group], room):
                    today[cell] += whole
                    budgets[group] -= whole * float(problem.contacts[cell])
                    room -= now.uses[cell] * whole
                    now.start(cell, whole)
        moved = today.total() > before and problem.most_apart < 1
    return today


def _room(limit: RoomLimit, load: Array, day: int) -> float:
    """How many starts of weight 1 fit on a day, as far as all later days are concerned."""
    spread = limit.spread[day]
    asked = spread > 0
    return float(((limit.room - load)[asked] / spread[asked]).min(initial=inf))
