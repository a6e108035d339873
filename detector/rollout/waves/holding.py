"""In how many simulated futures a plan holds: no half-hour brings more than its desk takes in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from detector.rollout.assumptions.rules import Assumptions
from detector.rollout.waves.desks import DeskDays
from detector.rollout.waves.futures import Futures, noise
from detector.rollout.waves.problem import Array

_AT_ONCE = 64
"""Futures that are in memory at the same time."""
_RARE = 1e-7
"""A half-hour is passed over where it overflows less often than this."""
_MARGIN = 1.25
"""Known exactly are factors up to this one: all that a plan is scaled by."""
_WIDE = 5.0
"""Standard deviations of a half-hour's noise that are looked at."""


@dataclass(frozen=True)
class Outcome:
    """What becomes of one desk in all futures.

    Attributes:
        factor: By future, with how many times the treated contacts the first half-hour overflows;
            at least `_MARGIN` or infinite where that is far away. Below 1, the plan does not hold.
        overflows: By day and half-hour, in how many futures it overflows.
        without: By future, whether a half-hour overflows for what is not treated alone.
    """

    factor: Array
    overflows: Array
    without: Array


@dataclass(frozen=True)
class Happening:
    """A plan at one desk, as it is to happen.

    Attributes:
        desk: Which.
        started: Average accounts by day that start and ring here.
        futures: What may be.
        known: What is assumed.
        seed: Where chance comes from; the same for plans that are compared.
    """

    desk: DeskDays
    started: Array
    futures: Futures
    known: Assumptions
    seed: int

    def means(
        self, slots: Array, generator: np.random.Generator
    ) -> Iterator[tuple[slice, Array, Array]]:
        """Some futures after the other, with their means of half-hours: treated, and all others."""
        desk, futures = self.desk, self.futures
        treated = desk.treated(self.started, futures, self.known)
        asked = desk.friction(futures, self.known)
        mine = desk.drawn(futures)
        weekdays = desk.load.weekdays
        for first in range(0, futures.size, _AT_ONCE):
            some = slice(first, first + _AT_ONCE)
            shape = np.repeat(futures.day_shape[some][:, None], len(weekdays), axis=1)
            stray = noise(shape, generator)
            turn = mine.week[some][:, weekdays] * stray
            each = mine.hours[some][:, None, slots] * desk.share[:, slots]
            of_others = (futures.friction[some][:, None] * asked * turn)[:, :, None] * each
            of_others += desk.baseline[:, slots] * stray[:, :, None]
            yield some, (treated[some] * turn)[:, :, None] * each, of_others


def hold(plan: Happening) -> Outcome:
    """Let a plan happen at one desk in all futures.

    A half-hour overflows when as many contacts have come as it takes in and one more. The mean at
    which that is so is a Gamma variable, so that one draw tells for all multiples of the plan
    whether it overflows, and futures can be compared between plans.

    What overflows with the baseline alone is no fault of the waves, and counted apart.
    """
    desk, futures = plan.desk, plan.futures
    slots = np.flatnonzero(desk.share.any(axis=0))
    generator = np.random.Generator(np.random.PCG64([plan.seed, desk.number]))
    factor, without = np.full(futures.size, np.inf), np.zeros(futures.size, bool)
    overflows = np.zeros((len(desk.share), len(slots)), np.int64)
    most = np.floor(desk.takes[:, slots]) + 1
    rare, is_open = special.gammaincinv(most, _RARE), desk.share[:, slots] > 0
    for some, treated, other in plan.means(slots, generator):
        shape = futures.half_hour_shape[some]
        wide = (1 + _WIDE / np.sqrt(shape))[:, None, None]
        at = np.nonzero(((_MARGIN * treated + other) * wide > rare) & is_open)
        stray = np.maximum(noise(shape[at[0]], generator), 1e-12)
        spare = generator.standard_gamma(most[at[1:]]) / stray - other[at]
        ratio = np.full(len(spare), np.inf)
        np.divide(spare, treated[at], out=ratio, where=(treated[at] > 0) & (spare > 0))
        np.minimum.at(factor[some], at[0], ratio)
        np.logical_or.at(without[some], at[0], spare <= 0)
        np.add.at(overflows, (at[1][ratio < 1], at[2][ratio < 1]), 1)
    table = np.zeros(desk.share.shape, np.int64)
    table[:, slots] = overflows
    return Outcome(factor, table, without)


def safe_factor(factors: Sequence[Array], promise: float) -> float:
    """With how many times the treated contacts a plan just keeps a promise.

    Args:
        factors: By future, of all desks that the promise is about.
        promise: Share of futures in which nothing overflows.

    Examples:
        >>> safe_factor([np.array([0.8, 0.9, 1.1, 1.2]), np.array([2.0, 0.7, 2.0, 2.0])], 0.5)
        1.1
    """
    least = np.sort(np.min(factors, axis=0))
    return float(least[int((1 - promise) * len(least) + 1e-9)])


@dataclass(frozen=True)
class Fullest:
    """The fullest half-hour of each day of a desk.

    Attributes:
        slot: Which; -1 on days on which it is closed.
        expected: Contacts that are expected in it.
        quantiles: One row for each that was asked.
    """

    slot: Array
    expected: Array
    quantiles: Array


def fullest_half_hours(plan: Happening, quantiles: Sequence[float]) -> Fullest:
    """Find the fullest half-hour of each day, and between which values its contacts lie."""
    desk, futures = plan.desk, plan.futures
    asked = desk.friction(futures, plan.known) * futures.friction.mean()
    mean = desk.treated(plan.started, futures, plan.known).mean(axis=0) + asked
    expected = mean[:, None] * desk.share + desk.baseline
    filled = np.where(desk.share > 0, expected / np.maximum(desk.takes, 1e-9), -1.0)
    slot = filled.argmax(axis=1)
    days = np.arange(len(slot))
    generator = np.random.Generator(np.random.PCG64([plan.seed, desk.number]))
    drawn = np.zeros((futures.size, len(days)))
    every = np.arange(desk.share.shape[1])
    for some, treated, other in plan.means(every, generator):
        shape = np.repeat(futures.half_hour_shape[some][:, None], len(days), axis=1)
        drawn[some] = generator.poisson((treated + other)[:, days, slot] * noise(shape, generator))
    is_open = desk.share.any(axis=1)
    return Fullest(
        np.where(is_open, slot, -1),
        np.where(is_open, expected[days, slot], 0.0),
        np.quantile(drawn, list(quantiles), axis=0, method="higher") * is_open,
    )
