"""In how many simulated futures a plan holds: no half-hour brings more than its desk takes in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from detector.rollout.assumptions.rules import Assumptions
from detector.rollout.bands import chance_of
from detector.rollout.tables import SLOTS
from detector.rollout.waves.desks import DeskDays
from detector.rollout.waves.futures import WaveFutures, noise
from detector.rollout.waves.problem import Array

_AT_ONCE = 8192
"""Days of futures that are in memory at the same time."""
_RARE = 1e-6
"""A half-hour is passed over where it overflows less often than this."""
_MARGIN = 1.25
"""Known exactly are factors up to this one: all that a plan is scaled by."""
_WIDE = 4.0
"""Standard deviations of a half-hour's noise that are looked at."""


@dataclass(frozen=True)
class DeskOutcome:
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
class Means:
    """Means of half-hours, days of futures in rows."""

    treated: Array
    others: Array

    @property
    def upper(self) -> Array:
        """With as many contacts of treated accounts as are of interest."""
        return _MARGIN * self.treated + self.others


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
    futures: WaveFutures
    known: Assumptions
    seed: int

    def near(
        self, slots: Array, rare: Array, wide: Array, chance: np.random.Generator
    ) -> Iterator[tuple[Array, Array, Means]]:
        """Days of futures on which any half-hour may overflow, some at a time, with their means.

        Args:
            slots: Half-hours of the day that are asked for.
            rare: Means at which these hardly ever overflow, by day.
            wide: By future, by how much half-hours may stray.
            chance: Where chance comes from.
        """
        desk, futures = self.desk, self.futures
        weekdays, mine = desk.load.weekdays, desk.drawn(futures)
        shape = np.repeat(futures.day_shape[:, None], len(weekdays), axis=1)
        stray = noise(shape, chance)
        turn = mine.week[:, weekdays] * stray
        treated = desk.treated(self.started, futures, self.known, self.seed) * turn
        friction = futures.friction[:, None] * desk.friction(futures, self.known) * turn
        share, base = desk.share[:, slots], desk.baseline[:, slots]
        highest = mine.hours[:, slots].max(axis=1)[:, None] * (share / rare).max(axis=1)
        reach = (_MARGIN * treated + friction) * highest + stray * (base / rare).max(axis=1)
        future, day = np.nonzero(reach * wide[:, None] > 1)
        for first in range(0, len(future), _AT_ONCE):
            f, d = future[first : first + _AT_ONCE], day[first : first + _AT_ONCE]
            each = mine.hours[f][:, slots] * share[d]
            others = friction[f, d][:, None] * each + base[d] * stray[f, d][:, None]
            yield f, d, Means(treated[f, d][:, None] * each, others)


def hold(plan: Happening) -> DeskOutcome:
    """Let a plan happen at one desk in all futures.

    A half-hour overflows when as many contacts have come as it takes in and one more. The mean at
    which that is so is a Gamma variable, so that one draw tells for all multiples of the plan
    whether it overflows, and futures can be compared between plans.

    What overflows with the baseline alone is no fault of the waves, and counted apart.
    """
    desk, futures = plan.desk, plan.futures
    slots = np.flatnonzero(desk.share.any(axis=0))
    chance = chance_of(plan.seed, "hold", *desk.load.desk.key)
    factor, without = np.full(futures.size, np.inf), np.zeros(futures.size, bool)
    overflows = np.zeros((len(desk.share), len(slots)), np.int64)
    most, is_open = np.floor(desk.takes[:, slots]) + 1, desk.share[:, slots] > 0
    rare = special.gammaincinv(most, _RARE)
    wide = 1 + _WIDE / np.sqrt(futures.half_hour_shape)
    for future, day, means in plan.near(slots, np.where(is_open, rare, np.inf), wide, chance):
        at = np.nonzero((means.upper * wide[future][:, None] > rare[day]) & is_open[day])
        where, when = future[at[0]], day[at[0]]
        stray = np.maximum(noise(futures.half_hour_shape[where], chance), 1e-12)
        spare = chance.standard_gamma(most[when, at[1]]) / stray - means.others[at]
        ratio, treated = np.full(len(spare), np.inf), means.treated[at]
        np.divide(spare, treated, out=ratio, where=(treated > 0) & (spare > 0))
        np.minimum.at(factor, where, ratio)
        without[where[spare <= 0]] = True
        np.add.at(overflows, (when[ratio < 1], at[1][ratio < 1]), 1)
    table = np.zeros(desk.share.shape, np.int64)
    table[:, slots] = overflows
    return DeskOutcome(factor, table, without)


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
        of_day: Contacts that are expected on the whole day.
    """

    slot: Array
    expected: Array
    quantiles: Array
    of_day: Array


def fullest_half_hours(plan: Happening, quantiles: Sequence[float]) -> Fullest:
    """Find the fullest half-hour of each day, and between which values its contacts lie."""
    desk, futures = plan.desk, plan.futures
    asked = desk.friction(futures, plan.known) * futures.friction.mean()
    mean = desk.treated(plan.started, futures, plan.known, plan.seed).mean(axis=0) + asked
    expected = mean[:, None] * desk.share + desk.baseline
    filled = np.where(desk.share > 0, expected / np.maximum(desk.takes, 1e-9), -1.0)
    slot = filled.argmax(axis=1)
    chance = chance_of(plan.seed, "fullest", *desk.load.desk.key)
    drawn = np.zeros((futures.size, len(slot)))
    every: Array = np.arange(SLOTS)
    all_days = np.full(desk.share.shape, 1e-9)
    for future, day, means in plan.near(every, all_days, np.full(futures.size, 1e9), chance):
        at = (np.arange(len(day)), slot[day])
        stray = noise(futures.half_hour_shape[future], chance)
        drawn[future, day] = chance.poisson((means.treated + means.others)[at] * stray)
    is_open = desk.share.any(axis=1)
    days = np.arange(len(slot))
    return Fullest(
        np.where(is_open, slot, -1),
        np.where(is_open, expected[days, slot], 0.0),
        np.quantile(drawn, list(quantiles), axis=0, method="higher") * is_open,
        expected.sum(axis=1),
    )
