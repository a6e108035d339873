"""The best plan in fractions of accounts: a linear programme over groups and days (HiGHS).

How much of a day's room a group takes depends on its contacts alone, so that groups are planned in
average accounts; which of their cells go first is decided when days are filled.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import optimize
from scipy import sparse as untyped

from detector.errors import DetectorError
from detector.rollout.waves.problem import Array, RoomLimit, WaveProblem

sparse: Any = untyped
solver: Any = optimize
Matrix = Any
"""Sparse; scipy ships no types."""
_CRUMB = 1e-6
_NEVER = 4.0
"""Not to start is as bad as to start after so many times the days that there are."""


@dataclass(frozen=True)
class Fractions:
    """The best plan in fractions.

    Attributes:
        units: Average accounts that start, by group and day.
        left: Of each group, those that do not fit within the days.
        prices: For each limit by day, by how much the sum of all delays would fall with a little
            more room there: 0 where it does not bind.
    """

    units: Array
    left: Array
    prices: tuple[Array, ...]

    @property
    def fits(self) -> bool:
        """Whether everybody starts."""
        return float(self.left.sum()) <= _CRUMB * max(1.0, float(self.units.sum()))


@dataclass(frozen=True)
class _Rows:
    """Inequalities: so much of the columns is at most this."""

    matrix: Matrix
    most: Array


def solve(problem: WaveProblem) -> Fractions:
    """Find the starts of least total delay, in average accounts; who does not fit is left over.

    Examples:
        >>> spread = np.eye(4, 5) + np.eye(4, 5, k=1)
        >>> desk = RoomLimit("desk", True, np.ones(1), spread, np.full(5, 2.0))
        >>> one = np.zeros(1, int)
        >>> problem = WaveProblem(np.array([4]), np.zeros(1), np.ones(1), one, one, one,
        ...     np.ones((1, 4), bool), [desk])
        >>> found = solve(problem)
        >>> found.fits, found.units.cumsum().round(6).tolist()
        (True, [2.0, 2.0, 4.0, 4.0])
    """
    size = problem.groups * problem.days
    limits = [_taken(problem, limit) for limit in problem.limits]
    alike = _Columns(problem)
    rows = [*limits, *alike.rows()]
    starts = np.tile(np.arange(1.0, problem.days + 1), problem.groups)
    never = np.full(problem.groups, _NEVER * (problem.days + 1))
    upper = np.where(problem.allowed.ravel(), np.inf, 0.0)
    free = np.full(problem.groups + alike.more, np.inf)
    found = solver.linprog(
        np.concatenate([starts, never, np.zeros(alike.more)]),
        A_ub=_padded([each.matrix for each in rows], alike.columns),
        b_ub=np.concatenate([np.zeros(0), *(each.most for each in rows)]),
        A_eq=_padded(alike.sums(), alike.columns),
        b_eq=np.concatenate([problem.units, np.zeros(alike.equal)]),
        bounds=np.column_stack([np.zeros(alike.columns), np.concatenate([upper, free])]),
        method="highs",
    )
    if found.x is None:
        raise DetectorError(
            f"The solver found no plan: {found.message}",
            hint="look at capacity, baseline and caps for numbers that are out of all proportion",
        )
    prices = iter(np.maximum(-np.asarray(found.ineqlin.marginals), 0.0))
    return Fractions(
        found.x[:size].reshape(problem.groups, problem.days),
        found.x[size : size + problem.groups],
        tuple(_by_day(limit, prices) for limit in problem.limits),
    )


def shortest(problem: WaveProblem, enough: int) -> int:
    """Find the fewest days within which everybody can start.

    A plan of least total delay nearly always ends as early as any: one day less is tried first,
    and days are halved only if that suffices.

    Args:
        problem: Of any number of days.
        enough: So many days are known to be enough.
    """
    too_few = 0
    if enough > 1 and not solve(problem.within(enough - 1)).fits:
        return enough
    while enough - too_few > 1:
        middle = (too_few + enough) // 2
        if solve(problem.within(middle)).fits:
            enough = middle
        else:
            too_few = middle
    return enough


def _taken(problem: WaveProblem, limit: RoomLimit) -> _Rows:
    """One row for each day that has a limit, one column for each group and day of starts."""
    weights = np.bincount(problem.group, limit.weight * problem.accounts, problem.groups)
    weights = weights / np.maximum(problem.units, _CRUMB)
    kept = np.flatnonzero(np.isfinite(limit.room))
    bands = sparse.csr_array(limit.spread.T[kept])
    matrix = sparse.csr_matrix(sparse.kron(sparse.csr_array(weights[None, :]), bands))
    return _Rows(matrix, np.maximum(limit.room[kept], 0.0))


@dataclass(frozen=True)
class _Columns:
    """Columns beyond starts, by which regions are treated alike.

    Each group that is not alone with its partner has a column for how many have started by each
    day, and its partner one for the share that all of its groups have reached.
    """

    problem: WaveProblem

    @property
    def _partner(self) -> Array:
        """Of each group."""
        of = np.zeros(self.problem.groups, int)
        of[self.problem.group] = self.problem.partner[self.problem.region]
        return of

    @property
    def _tied(self) -> Array:
        partner = self._partner
        if self.problem.most_apart >= 1:
            return np.zeros(0, int)
        return np.flatnonzero(np.bincount(partner, minlength=partner.max() + 1)[partner] > 1)

    @property
    def equal(self) -> int:
        """Equations that these columns need."""
        return len(self._tied) * self.problem.days

    @property
    def more(self) -> int:
        """Columns beyond starts, and those that are left."""
        return self.equal + len(set(self._partner[self._tied])) * self.problem.days

    @property
    def columns(self) -> int:
        """All of them."""
        return self.problem.groups * (self.problem.days + 1) + self.more

    def sums(self) -> list[Matrix]:
        """Equations: all starts and those left are all; started by a day is the sum until then."""
        groups, days = self.problem.groups, self.problem.days
        alone = sparse.eye_array(groups)
        everybody = sparse.hstack([sparse.kron(alone, np.ones((1, days))), alone])
        tied = sparse.csr_array(np.eye(groups)[self._tied])
        steps = sparse.eye_array(days) - sparse.eye_array(days, k=-1)
        begun = sparse.hstack(
            [
                sparse.kron(-tied, sparse.eye_array(days)),
                sparse.csr_array((self.equal, groups)),
                sparse.kron(sparse.eye_array(len(self._tied)), steps),
            ]
        )
        return [sparse.csr_matrix(everybody), sparse.csr_matrix(begun)]

    def rows(self) -> Iterator[_Rows]:
        """No group is behind what all have reached, and none too far ahead of it."""
        if not len(self._tied):
            return
        days, partners = self.problem.days, sorted(set(self._partner[self._tied].tolist()))
        begun, share = self._shares()
        shares = sparse.diags_array(share)
        mine = np.equal.outer(self._partner[self._tied], partners).astype(float)
        last = np.array([begun[each > 0].min() for each in mine.T]) @ mine.T
        apart = np.maximum(self.problem.most_apart, begun - last)
        day = sparse.eye_array(days)
        ahead = sparse.hstack([sparse.kron(shares, day), -sparse.kron(mine, day)])
        before = sparse.csr_array((ahead.shape[0], self.problem.groups * (days + 1)))
        matrix = sparse.csr_matrix(sparse.hstack([before, ahead]))
        yield _Rows(matrix, np.repeat(apart - begun, days))
        yield _Rows(-matrix, np.repeat(begun, days))

    def _shares(self) -> tuple[Array, Array]:
        """Of each tied group: the share that began before, and what an average account adds."""
        problem = self.problem
        left = np.bincount(problem.group, problem.accounts, problem.groups)
        group = np.zeros(len(problem.begun), int)
        group[problem.region] = problem.group
        begun = np.bincount(group, problem.begun, problem.groups)
        of = np.maximum(begun + left, 1)
        average = problem.units / np.maximum(left, 1)
        return (begun / of)[self._tied], (1 / np.maximum(average, _CRUMB) / of)[self._tied]


def _padded(parts: list[Matrix], columns: int) -> Matrix:
    """One below the other, with columns of zeros where one has fewer."""
    wide = [sparse.csr_matrix((p.data, p.indices, p.indptr), (p.shape[0], columns)) for p in parts]
    return sparse.csr_matrix(sparse.vstack([sparse.csr_matrix((0, columns)), *wide]))


def _by_day(limit: RoomLimit, prices: Iterator[float]) -> Array:
    """Take from all prices those of one limit; a day without limit has none."""
    return np.array([next(prices) if np.isfinite(room) else 0.0 for room in limit.room])
