"""Futures of one desk: whole contacts of its half-hours, drawn from what is known.

A future draws what all desks have in common, each desk's own level, its week and its day, a shock
of each day and each half-hour, and then whole contacts. Days are simulated in blocks, so that
memory does not grow with them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from detector.kinds import Treatment
from detector.rollout.assumptions.draws import Array, fit
from detector.rollout.assumptions.rules import Assumptions
from detector.rollout.bands import chance_of
from detector.rollout.contacts import (
    DeskLoad,
    later_steps,
    spread_contacts,
    spread_delay,
    spread_friction,
)
from detector.rollout.factors import mix_factor, treatment_factor
from detector.rollout.posterior import (
    CommonKnowledge,
    DeskLearned,
    Learned,
    draw_common,
    draw_levels,
)

BLOCK = 14
"""Days simulated at once."""
SEEN_DAYS = 7
"""Days after a step from which what was counted speaks of it."""
DRAWS = 1000
"""Futures; ends of a band of 95 % then err by half a point of what they hold."""


@dataclass(frozen=True)
class Chance:
    """Whence randomness comes, and how much of it is drawn."""

    seed: int = 0
    draws: int = DRAWS
    days: tuple[int, int] | None = None
    """Only blocks of the window that hold these are simulated, and streams not told apart; all, if
    none are named."""


@dataclass(frozen=True)
class Factors:
    """Draws of how much more or less than others some ring; of a mean of what is assumed."""

    patterns: Mapping[str, Array]
    plans: Mapping[str, Array]
    treatments: Mapping[Treatment, Array]
    steps: Array
    """Steps in rows: of each draw, contacts for each that the notice brings."""
    wave_spread: Array


@dataclass(frozen=True)
class Futures:
    """Simulated contacts of a block of days of a desk: half-hours in rows, draws across."""

    slots: Array
    """Which half-hours of the desk."""
    streams: Mapping[str, Array]
    expected: Mapping[str, Array]
    """By stream and half-hour, before chance strays: the mean of counts would show its noise as a
    pattern from half-hour to half-hour."""


def simulate_desk(
    load: DeskLoad, learned: Learned, known: Assumptions, chance: Chance
) -> Iterator[Futures]:
    """Simulate futures of one desk, block of days by block of days.

    Args:
        load: What reaches the desk.
        learned: What is known of desks.
        known: What is assumed.
        chance: Same seed, same futures; those of a block hang on its first day and on no other.
    """
    common = draw_common(learned, chance_of(chance.seed, "common"), chance.draws)
    factors = draw_factors(known, chance_of(chance.seed, "factors"), chance.draws)
    generator = chance_of(chance.seed, "desk", *load.desk.key)
    mine = learned.desks[load.desk.key]
    level = draw_levels(mine, common, generator)
    week = _dirichlet(mine.week, mine.week_trust, generator, chance.draws) * 7
    hours = _dirichlet(mine.hours, mine.hour_trust, generator, chance.draws)
    treated = level * _treated(load, mine, (common, factors, generator), learned, known)
    strays = week[load.weekdays] / mine.week[load.weekdays, None]
    asked = spread_friction(load, mine.week, known.friction.within_days) * load.share
    friction = asked[:, None] * common.friction
    first, last = chance.days or (0, len(load.days))
    for start in range(first - first % BLOCK, last, BLOCK):
        slots = np.flatnonzero((load.slots.day >= start) & (load.slots.day < start + BLOCK))
        generator = chance_of(chance.seed, "days", *load.desk.key, str(load.days[start]))
        if slots.size:
            shares, shocks = _shape(load, slots, hours, common, generator)
            day = load.slots.day[slots]
            rates = {
                "treated": (treated * strays)[day] * shares,
                "friction": (friction * strays)[day] * shares,
                "baseline": load.baseline[slots, None],
            }
            expected = {name: rate.mean(axis=1) for name, rate in rates.items()}
            expected["all"] = np.sum([*expected.values()], axis=0)
            means = {name: rate * shocks for name, rate in rates.items()}
            streams = _draw_counts(means, generator, apart=chance.days is None)
            yield Futures(slots, streams, expected)


def _draw_counts(
    means: Mapping[str, Array], generator: np.random.Generator, *, apart: bool
) -> dict[str, Array]:
    """Whole contacts, by stream or only in all."""
    if not apart:
        total = means["treated"] + means["friction"] + means["baseline"]
        return {"all": generator.poisson(total).astype(np.int32)}
    streams = {name: generator.poisson(mean).astype(np.int32) for name, mean in means.items()}
    return streams | {"all": streams["treated"] + streams["friction"] + streams["baseline"]}


def draw_factors(known: Assumptions, generator: np.random.Generator, draws: int) -> Factors:
    """Draw factors of patterns, plans, treatments and steps."""
    rules = known.propensity
    treatments = {
        name: fit(each).draw(generator, draws) for name, each in sorted(rules.treatments.items())
    }
    ones = np.ones(draws)
    steps = [
        fit(step.share).draw(generator, draws) * treatments.get(step.treatment, ones)
        for step in known.steps
    ]
    return Factors(
        {name: fit(each).draw(generator, draws) for name, each in sorted(rules.patterns.items())},
        {name: fit(each).draw(generator, draws) for name, each in sorted(rules.plans.items())},
        treatments,
        np.array(steps).reshape(len(steps), draws),
        fit(known.noise.wave_spread).draw(generator, draws),
    )


def _treated(
    load: DeskLoad,
    mine: DeskLearned,
    drawn: tuple[CommonKnowledge, Factors, np.random.Generator],
    learned: Learned,
    known: Assumptions,
) -> Array:
    """Contacts of a level of 1, by day and draw."""
    common, factors, _ = drawn
    mixes = _mix_factors(load, mine, factors, known)
    sizes = _step_sizes(common, factors, learned, known)
    strays = _wave_strays(load, mine, drawn, len(known.steps))
    found = np.zeros((len(load.days), common.level.size))
    for number in np.unique(common.delay):
        of = np.flatnonzero(common.delay == number)
        mean, shape = learned.grid.delays[number]
        delay = spread_delay(mean, shape, known.delay.tail_days)

        for treatment, started in load.started.items():
            starts = np.flatnonzero(started.any(axis=0))
            accounts = load.share * mixes[of] @ started[:, starts]
            first = _first_factor(treatment, mine, factors, known, of)[:, None]
            wave = load.wave[starts]
            notice = first * accounts * strays[0][of][:, wave]
            part = notice @ spread_contacts(load, starts, delay, mine.week)
            for step in later_steps(treatment, known):
                size = sizes[step][of][:, None]
                later = starts + known.steps[step].after_days
                again = size * accounts * strays[1 + step][of][:, wave]
                part += again @ spread_contacts(load, later, delay, mine.week)
            found[:, of] += part.T
    return found


def _wave_strays(
    load: DeskLoad,
    mine: DeskLearned,
    drawn: tuple[CommonKnowledge, Factors, np.random.Generator],
    steps: int,
) -> Array:
    """How much more or less each treatment of each wave brings: treatments, draws, waves.

    What was counted of few waves says so much less of the others.
    """
    common, factors, generator = drawn
    waves = int(load.wave.max(initial=0)) + 1
    shape = 1 / factors.wave_spread**2
    size = (1 + steps, common.level.size, waves)
    found = generator.gamma(shape[None, :, None], 1 / shape[None, :, None], size)
    if not mine.is_measured:
        return found
    seen = len({int(each) for each in load.wave[: int(mine.days.max()) + 1]})
    own = generator.gamma(shape * seen, 1 / (shape * seen))
    return found * own[None, :, None]


def _first_factor(
    treatment: Treatment, mine: DeskLearned, factors: Factors, known: Assumptions, of: Array
) -> Array:
    """How much more a first treatment brings than notice; what was measured holds it already."""
    drawn = factors.treatments.get(treatment)
    if mine.is_measured or drawn is None:
        return np.full(of.size, treatment_factor(treatment, known))
    return drawn[of]


def _mix_factors(load: DeskLoad, mine: DeskLearned, factors: Factors, known: Assumptions) -> Array:
    """How much more accounts of a mix ring: draws in rows, mixes across.

    Of a measured desk only their ratios are unknown: what all its accounts together bring was seen.
    """
    ones = np.ones(factors.steps.shape[1])
    drawn = np.array(
        [factors.patterns.get(p, ones) * factors.plans.get(q, ones) for p, q in load.mixes]
    ).reshape(len(load.mixes), ones.size)
    if not mine.is_measured:
        return drawn.T
    until = int(mine.days.max()) + 1
    seen = sum(
        (started[:, :until].sum(axis=1) for started in load.started.values()),
        start=np.zeros(len(load.mixes)),
    )
    means = np.array([mix_factor(mix, known) for mix in load.mixes])
    return (drawn * (means @ seen / np.maximum(seen @ drawn, 1e-9))).T


def _step_sizes(
    common: CommonKnowledge, factors: Factors, learned: Learned, known: Assumptions
) -> Array:
    """Contacts of each step for each of the notice, steps in rows.

    Steps that were counted make together what was learned of them; of others nothing was learned.
    """
    seen = [step.after_days + SEEN_DAYS <= learned.days for step in known.steps]
    if not any(seen):
        return factors.steps
    assumed = sum(
        fit(step.share).mean * treatment_factor(step.treatment, known)
        for step, was_seen in zip(known.steps, seen, strict=True)
        if was_seen
    )
    scale = common.later * assumed / factors.steps[seen].sum(axis=0)
    return np.where(np.array(seen)[:, None], factors.steps * scale, factors.steps)


def _dirichlet(weights: Array, trust: float, generator: np.random.Generator, draws: int) -> Array:
    """Weights that sum to 1, as sure as so many contacts make them; draws across."""
    shapes = np.maximum(weights / weights.sum() * trust, 1e-3)
    drawn = generator.gamma(shapes[:, None], 1.0, (weights.size, draws))
    return drawn / drawn.sum(axis=0)


def _shape(
    load: DeskLoad,
    slots: Array,
    hours: Array,
    common: CommonKnowledge,
    generator: np.random.Generator,
) -> tuple[Array, Array]:
    """Shares of half-hours in what is expected of their days, and shocks; draws across."""
    day = load.slots.day[slots]
    days, start = np.unique(day, return_index=True)
    row = np.searchsorted(days, day)
    shares = hours[load.slots.slot[slots]]
    shares = shares / np.add.reduceat(shares, start, axis=0)[row]
    shock = generator.gamma(1 / common.spread**2, common.spread**2, (days.size, common.level.size))
    small = generator.gamma(
        1 / common.half_hour**2, common.half_hour**2, (slots.size, common.level.size)
    )
    return shares, shock[row] * small
