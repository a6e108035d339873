"""Plan the waves of some partners, and scale what fits until the plan holds in enough futures."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from detector.rollout.waves.fill import fill
from detector.rollout.waves.futures import Futures
from detector.rollout.waves.holding import Happening, Outcome, hold, safe_factor
from detector.rollout.waves.laying import Ground, Served
from detector.rollout.waves.problem import Array, Problem, last_day
from detector.rollout.waves.programme import Fractions, shortest, solve

_ROUNDS = 6
_NEAR = 0.02
"""A scale is not moved by less."""
_CAREFUL = 0.99
"""Whole accounts and other days than were tried may need a little more."""
_LEAST = 0.3
"""A scale falls by no more at once."""


@dataclass(frozen=True)
class Solved:
    """A plan for some partners.

    Attributes:
        problem: What was to be kept; rooms of desks are scaled.
        scale: By how much.
        starts: Accounts by cell and day.
        greedy: The same of the plan that fills each day in order, under the same limits.
        fractions: The programme's answer, with prices.
        outcomes: What becomes of each desk in all futures.
    """

    problem: Problem
    scale: float
    starts: Array
    greedy: Array
    fractions: Fractions
    outcomes: Sequence[Outcome]

    @property
    def is_whole(self) -> bool:
        """Whether everybody starts."""
        return int(self.starts.sum()) == int(self.problem.accounts.sum())


@dataclass(frozen=True)
class Stage:
    """Where plans happen: desks in the order of a problem's limits, and what may be.

    Attributes:
        served: The desks.
        futures: What may be.
        ground: What a plan is made by.
        seed: Where chance comes from.
    """

    served: Sequence[Served]
    futures: Futures
    ground: Ground
    seed: int

    def happen(self, problem: Problem, starts: Array) -> list[Happening]:
        """A plan at each of the desks."""
        return [
            Happening(
                served.days,
                served.begun + _padded(limit.weight @ starts, len(served.begun)),
                self.futures,
                self.ground.known,
                self.seed,
            )
            for served, limit in zip(self.served, problem.limits, strict=False)
        ]

    def safe(self, outcomes: Sequence[Outcome]) -> float:
        """With how many times its contacts a plan just keeps the promise to each partner."""
        found = [np.inf]
        for partner in sorted({each.days.load.desk.partner for each in self.served}):
            factors = [
                outcome.factor
                for outcome, each in zip(outcomes, self.served, strict=True)
                if each.days.load.desk.partner == partner
            ]
            found.append(safe_factor(factors, self.ground.terms.promise))
        return min(found)


def plan_group(problem: Problem, stage: Stage) -> Solved:
    """Plan some partners by themselves.

    The limits of single half-hours do not tell how often any of them is passed: the plan is made
    and happens in all futures, the rooms of all desks are scaled by the factor with which it would
    just have kept the promise, and it is made again.

    Args:
        problem: From `laying.build`.
        stage: Its desks, and what may be.
    """
    scale, best = 1.0, None
    for _ in range(_ROUNDS):
        scaled = problem.scaled(scale)
        fractions, starts = _plan(scaled)
        outcomes = [hold(each) for each in stage.happen(scaled, starts)]
        safe = stage.safe(outcomes)
        if safe >= 1 or best is None:
            best = Solved(scaled, scale, starts, fill(scaled), fractions, outcomes)
        if safe >= 1 and (scale >= 1 or safe < 1 + _NEAR):
            break
        scale = min(1.0, scale * max(safe * _CAREFUL, _LEAST))
    assert best is not None
    return best


def _plan(problem: Problem) -> tuple[Fractions, Array]:
    """The best plan in whole accounts; among plans that end first, the one of least delay."""
    fractions = solve(problem)
    if fractions.fits:
        ends = int(np.flatnonzero(fractions.units.sum(axis=0) > 0.5).max(initial=0)) + 1
        fewest = shortest(problem, ends)
        fractions = fractions if fewest == ends else solve(problem.within(fewest))
    ahead = fractions.units.cumsum(axis=1)
    # Fractions of accounts that are left at the end of the programme's days start as soon as they
    # fit; so do those that it left out for want of days, of which fill finds none.
    ahead[:, last_day(fractions.units) + 1 :] = np.inf
    return fractions, fill(problem, ahead)


def _padded(days: Array, length: int) -> Array:
    return np.pad(days, (0, length - len(days)))
