"""What measured waves teach: a Gamma-Poisson hierarchy over desks, reckoned on a grid.

Contacts of a desk on a day are Poisson around

    level x (first treatments + later x later steps) + friction + baseline,

times a shock of the day (Gamma of mean 1), which makes them negative binomial. A desk's level is
Gamma around that of all desks, with a spread between desks. What is common to all desks (the delay,
how much later steps count, friction, the day's spread, the general level and the spread around it)
has a grid of values, weighted by assumption and then by what was measured; each desk's own level is
summed over. Weekdays and hours of a measured desk move from the assumed ones as contacts outnumber
the trust put into these.

After C. N. Morris, *Parametric empirical Bayes inference*, JASA 78 (1983), with full weights of the
grid instead of one best value.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from detector.rollout.assumptions.draws import Array
from detector.rollout.assumptions.rules import Assumptions
from detector.rollout.calendar import Key
from detector.rollout.contacts import DeskLoad, mean_treated, spread_delay, spread_friction
from detector.rollout.factors import default_hours, default_week
from detector.rollout.grid import LevelGrid, build_grid
from detector.rollout.posterior import DeskLearned, Learned, log_gamma
from detector.rollout.tables import SLOTS

OWN_LEVELS = 25
"""Values of a desk's own level."""
_WIDEST, _DEVIATIONS, _STRAY = 2.5, 4.5, 0.5
"""How far these reach: at most so far in logarithms, else so many deviations, of days that stray by
half."""


@dataclass(frozen=True)
class DayCounts:
    """What a desk counted: days of the window, and half-hours of them if it told these."""

    day: Array
    contacts: Array
    by_slot: Array | None = None
    """Days in rows, half-hours across."""


def learn(
    loads: Sequence[DeskLoad],
    counts: Mapping[Key, DayCounts],
    known: Assumptions,
) -> Learned:
    """Weigh all that is assumed by what desks counted.

    Args:
        loads: What reaches each desk.
        counts: What desks counted, by desk; without any, what is assumed stays.
        known: What is assumed.
    """
    grid = build_grid(known)
    desks = {load.desk.key: _learn_desk(load, counts, grid, known) for load in loads}
    found = grid.weights.reshape(-1, 1) + grid.general_weights[None, :]
    half = grid.half_hour_weights.copy()
    for load in loads:
        mine, counted = desks[load.desk.key], counts.get(load.desk.key)
        if mine.is_measured:
            found = found + _summed_levels(mine, grid)
        if counted is not None and counted.by_slot is not None:
            half = half + _half_hours_likely(load, counted, mine, grid)
    days = max((int(each.day.max()) + 1 for each in counts.values()), default=0)
    return Learned(grid, _as_shares(found), _as_shares(half), days, desks)


def _learn_desk(
    load: DeskLoad,
    counts: Mapping[Key, DayCounts],
    grid: LevelGrid,
    known: Assumptions,
) -> DeskLearned:
    profile, counted = known.profile, counts.get(load.desk.key)
    week, hours = default_week(known), default_hours(known)
    assumed = DeskLearned(week, profile.weekday_trust, hours, profile.hour_trust)
    if counted is None or counted.day.size == 0:
        return assumed
    hours, hour_trust = _learn_hours(hours, profile.hour_trust, counted)
    assumed = DeskLearned(week, profile.weekday_trust, hours, hour_trust)
    first = _likelihood(load, counted, week, grid, known)
    if first is None:
        return assumed
    expected, spread = _expected(load, counted, week, grid, known, first)
    week, trust = _learn_week(load, counted, (week, profile.weekday_trust), (expected, spread))
    levels, likely = _likelihood(load, counted, week, grid, known) or first
    return DeskLearned(week, trust, hours, hour_trust, levels, likely, counted.day)


def _means(
    load: DeskLoad, week: Array, grid: LevelGrid, known: Assumptions, days: Array
) -> tuple[Array, Array]:
    """Contacts of a level of 1 (delays, later, days), and what comes besides (friction, days)."""
    parts = [
        mean_treated(load, spread_delay(m, s, known.delay.tail_days), week, known)
        for m, s in grid.delays
    ]
    treated = np.array(
        [[(first + size * later)[days] for size in grid.later] for first, later in parts]
    )
    friction = spread_friction(load, week, known.friction.within_days)[days] * load.share
    return treated, grid.friction[:, None] * friction[None, :] + load.daily_baseline[days][None, :]


def _likelihood(
    load: DeskLoad, counted: DayCounts, week: Array, grid: LevelGrid, known: Assumptions
) -> tuple[Array, Array] | None:
    """A grid of the desk's levels, and how likely its counts are under each; or nothing."""
    treated, besides = _means(load, week, grid, known, counted.day)
    total, reached = counted.contacts.sum(), treated.sum(axis=2)
    if reached.min() < 1:
        return None
    left = np.maximum(total - besides.sum(axis=1), 0.5 + 0.01 * total)
    middle = left[None, None, :] / reached[:, :, None]
    width = _DEVIATIONS * np.sqrt(1 / max(total, 1) + _STRAY**2 / counted.day.size)
    steps = np.linspace(-1, 1, OWN_LEVELS) * min(width, _WIDEST)
    levels = middle[..., None] * np.exp(steps)
    likely = np.empty((*grid.shape, OWN_LEVELS))
    for row in range(len(grid.delays)):
        mean = levels[row][..., None] * treated[row][:, None, None, :] + besides[None, :, None, :]
        likely[row] = np.moveaxis(_log_binomial(counted.contacts, mean, grid.spread), 0, 2)
    return levels, likely


def _log_binomial(contacts: Array, mean: Array, spread: Array) -> Array:
    """Log-likelihood of a desk's days, for each spread: negative binomial."""
    mean = np.maximum(mean, 1e-9)
    own = (contacts * np.log(mean)).sum(axis=-1)
    found = [
        own
        - ((contacts + size) * np.log(size + mean)).sum(axis=-1)
        + (special.gammaln(contacts + size) - special.gammaln(size) + size * np.log(size)).sum()
        for size in 1 / spread**2
    ]
    return np.array(found)


def _summed_levels(mine: DeskLearned, grid: LevelGrid) -> Array:
    """Log-likelihood of a desk's counts, its own level summed over: the grid by general levels."""
    d, later, f, s = grid.shape
    levels = mine.levels.reshape(d * later * f, OWN_LEVELS)
    prior = log_gamma(levels[..., None], grid.general[:, 0], grid.general[:, 1])
    prior = prior + np.log(levels)[..., None]
    likely = mine.likely.reshape(d * later * f, s, OWN_LEVELS)
    top = likely.max(axis=(1, 2), keepdims=True)
    high = prior.max(axis=1, keepdims=True)
    sums = np.exp(likely - top) @ np.exp(prior - high)
    return (np.log(np.maximum(sums, 1e-300)) + top + high).reshape(d * later * f * s, -1)


def _expected(  # noqa: PLR0913 - what a likelihood was made from, and the likelihood
    load: DeskLoad,
    counted: DayCounts,
    week: Array,
    grid: LevelGrid,
    known: Assumptions,
    found: tuple[Array, Array],
) -> tuple[Array, float]:
    """What the desk's likeliest values expect for each of its days, and how far days stray."""
    levels, likely = found
    treated, besides = _means(load, week, grid, known, counted.day)
    weighed = likely + grid.weights[..., None]
    best = np.unravel_index(int(np.argmax(weighed)), weighed.shape)
    d, later, f, s, own = (int(each) for each in best)
    return levels[d, later, f, own] * treated[d, later] + besides[f], float(grid.spread[s])


def _learn_week(
    load: DeskLoad,
    counted: DayCounts,
    assumed: tuple[Array, float],
    seen: tuple[Array, float],
) -> tuple[Array, float]:
    """Move weekdays to what was counted; days that stray together say less than their contacts."""
    (week, trust), (expected, spread) = assumed, seen
    weekday = load.weekdays[counted.day]
    hoped = np.bincount(weekday, expected, 7)
    got = np.bincount(weekday, counted.contacts, 7)
    stray = 1 + spread**2 * np.bincount(weekday, expected**2, 7) / np.maximum(hoped, 1e-9)
    own = week * trust / week.sum()
    moved = week * (own + got / stray) / (own + hoped / stray)
    return moved / moved.mean(), trust + float((hoped / stray).sum())


def _learn_hours(hours: Array, trust: float, counted: DayCounts) -> tuple[Array, float]:
    if counted.by_slot is None:
        return hours, trust
    seen = counted.by_slot.sum(axis=0)
    known = hours * trust + seen
    return known / known.sum(), trust + float(seen.sum())


def _half_hours_likely(
    load: DeskLoad, counted: DayCounts, mine: DeskLearned, grid: LevelGrid
) -> Array:
    """Log-likelihood of each spread of half-hours within their days."""
    assert counted.by_slot is not None
    is_open = np.zeros((len(load.days), SLOTS), dtype=bool)
    is_open[load.slots.day, load.slots.slot] = True
    hours = mine.hours * is_open[counted.day]
    mean = counted.contacts[:, None] * hours / np.maximum(hours.sum(axis=1, keepdims=True), 1e-9)
    inside = mean > 0
    return _log_binomial(counted.by_slot[inside], mean[inside], grid.half_hour)


def _as_shares(logs: Array) -> Array:
    weights = np.exp(logs - logs.max())
    return weights / weights.sum()
