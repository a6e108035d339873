"""Plan the waves of some partners, and scale what fits until the plan holds in enough futures."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from detector.rollout.waves.fill import fill
from detector.rollout.waves.futures import WaveFutures
from detector.rollout.waves.holding import DeskOutcome, Happening, hold, safe_factor
from detector.rollout.waves.laying import Ground, Served
from detector.rollout.waves.problem import Array, WaveProblem, last_day
from detector.rollout.waves.programme import Fractions, shortest, solve

_ROUNDS = 6
_NEAR = 0.02
"""A scale is not moved by less."""
_CAREFUL = 0.99
"""Whole accounts and other days than were tried may need a little more."""
_ERRORS = 2.0
"""Standard errors of the share of futures that are kept to spare."""
_LEAST = 0.3
"""A scale falls by no more at once."""


@dataclass(frozen=True)
class Solved:
    """A plan for some partners.

    Attributes:
        problem: What was to be kept; rooms of desks are scaled.
        scale: By how much.
        fractions: The programme's answer, with prices.
        starts: Accounts by cell and day.
        greedy: The same of the plan that fills each day in order, under the same limits.
    """

    problem: WaveProblem
    scale: float
    fractions: Fractions
    starts: Array
    greedy: Array

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
    futures: WaveFutures
    ground: Ground
    seed: int

    def happen(self, problem: WaveProblem, starts: Array) -> list[Happening]:
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

    def safe(self, outcomes: Sequence[DeskOutcome]) -> float:
        """With how many times its contacts a plan just keeps the promise to each partner.

        A desk that overflows without any waves more often than the promise allows cannot keep it
        whatever is planned: of it only each half-hour's band is kept.
        """
        promise = self.ground.terms.promise
        found, most = [np.inf], 1 - promise
        # What these futures keep by chance, others may break.
        aimed = promise + _ERRORS * np.sqrt(promise * (1 - promise) / self.futures.size)
        for partner in sorted({each.days.load.desk.partner for each in self.served}):
            factors = [
                outcome.factor
                for outcome, each in zip(outcomes, self.served, strict=True)
                if each.days.load.desk.partner == partner and outcome.without.mean() <= most
            ]
            if factors:
                found.append(safe_factor(factors, min(float(aimed), 1.0)))
        return min(found)


def plan_group(problem: WaveProblem, stage: Stage) -> Solved:
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
        fractions = solve(scaled.loosened())
        starts = _whole(scaled, fractions)
        safe = stage.safe([hold(each) for each in stage.happen(scaled, starts)])
        if safe >= 1 or best is None:
            best = scaled, scale, fractions, starts
        if safe >= 1 and (scale >= 1 or safe < 1 + _NEAR):
            break
        scale = min(1.0, scale * max(safe * _CAREFUL, _LEAST))
    assert best is not None
    scaled, scale, fractions, starts = best
    fractions, starts = _ended_first(scaled, fractions, starts)
    greedy = fill(scaled)
    # Of a few accounts that hardly fit, fractions tell little.
    if (greedy.sum(), -last_day(greedy)) > (starts.sum(), -last_day(starts)):
        starts = greedy
    return Solved(scaled, scale, fractions, starts, greedy)


def _whole(problem: WaveProblem, fractions: Fractions) -> Array:
    """Whole accounts, at most one ahead of the programme's plan, and never beyond a limit.

    What is left of whole accounts after the programme's last day starts as soon as it fits.
    """
    ahead = fractions.units.cumsum(axis=1) + 1
    ahead[:, last_day(fractions.units.round(6)) + 1 :] = np.inf
    return fill(problem, ahead)


def _ended_first(
    problem: WaveProblem, fractions: Fractions, starts: Array
) -> tuple[Fractions, Array]:
    """The plan of least delay among those that end first, should that be another one."""
    if not fractions.fits:
        return fractions, starts
    ends = int(np.flatnonzero(fractions.units.sum(axis=0) > 0.5).max(initial=0)) + 1
    fewest = shortest(problem.loosened(), ends)
    if fewest == ends:
        return fractions, starts
    sooner = solve(problem.loosened().within(fewest))
    return sooner, _whole(problem, sooner)


def _padded(days: Array, length: int) -> Array:
    return np.pad(days, (0, length - len(days)))
