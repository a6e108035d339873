"""Simulated futures: what is not known of contacts, drawn many times."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from detector.rollout.assumptions.draws import fit
from detector.rollout.assumptions.rules import Assumptions
from detector.rollout.bands import chance_of
from detector.rollout.contacts import Mix, spread_delay
from detector.rollout.factors import mix_factor, treatment_factor
from detector.rollout.futures import Factors, draw_factors
from detector.rollout.posterior import Learned, draw_common, draw_levels
from detector.rollout.waves.problem import Array

Key = tuple[str, str, str]
Mixture = Mapping[Mix, int]
"""How many accounts have which pattern and plan."""


@dataclass(frozen=True)
class OfDesk:
    """What the futures say of one desk: the first axis is as long as there are futures.

    Attributes:
        level: Contacts of an average account after its first treatment.
        week: Contacts of a weekday for each that is expected; Monday first.
        hours: The same of a half-hour of the day.
        known_week: The weekdays that are expected, 1 on average.
        known_hours: The half-hours that are expected.
    """

    level: Array
    week: Array
    hours: Array
    known_week: Array
    known_hours: Array


@dataclass(frozen=True)
class WaveFutures:
    """What the futures have in common, and what they say of each desk.

    Attributes:
        delays: Shares of contacts by days after a treatment: one row for each kind of delay.
        delay: Which of them, by future.
        later: By future, contacts after later steps for each that is expected of them.
        steps: Contacts expected after all later steps for each after the first treatment.
        friction: Contacts of a payer within the days of [friction].
        wave_shape: Of the Gamma noise of a wave's treatment, of mean 1; infinite: none.
        day_shape: Of the Gamma noise of a day, of mean 1; infinite: none.
        half_hour_shape: Of that of a half-hour.
        desks: By key.
    """

    delays: Array
    delay: Array
    later: Array
    steps: float
    friction: Array
    wave_shape: Array
    day_shape: Array
    half_hour_shape: Array
    desks: dict[Key, OfDesk]

    @property
    def size(self) -> int:
        """How many futures there are."""
        return len(self.delay)

    @property
    def mean_delay(self) -> Array:
        """Expected shares of contacts by days after a treatment."""
        return np.bincount(self.delay, minlength=len(self.delays)) / self.size @ self.delays


def draw_futures(
    learned: Learned, desks: Mapping[Key, Mixture], known: Assumptions, seed: int, size: int
) -> WaveFutures:
    """Draw futures from what is assumed, or what measured waves left of it.

    Args:
        learned: What is known.
        desks: Those that are asked for, with how many accounts of which pattern and plan they have.
        known: For the steps of the ladder, and what patterns and plans make of contacts.
        seed: Where chance comes from.
        size: How many.
    """
    common = draw_common(learned, chance_of(seed, "common"), size)
    factors = draw_factors(known, chance_of(seed, "factors"), size)
    tail = known.delay.tail_days
    delays = [spread_delay(mean, shape, tail) for mean, shape in learned.grid.delays]
    steps = (fit(each.share).mean * treatment_factor(each.treatment, known) for each in known.steps)
    found = dict[Key, OfDesk]()
    for key, mixture in desks.items():
        mine, chance = learned.desks[key], chance_of(seed, "desk", *key)
        # What all accounts of a measured desk bring was seen, whatever their patterns.
        mixed = 1.0 if mine.is_measured else _mixed(mixture, factors, known)
        found[key] = OfDesk(
            draw_levels(mine, common, chance) * mixed,
            _profile(mine.week, mine.week_trust, chance, size),
            _profile(mine.hours, mine.hour_trust, chance, size),
            mine.week,
            mine.hours,
        )
    with np.errstate(divide="ignore"):
        wave, day, half_hour = (
            1 / each**2 for each in (factors.wave_spread, common.spread, common.half_hour)
        )
    return WaveFutures(
        np.array(delays),
        common.delay,
        common.later,
        sum(steps),
        common.friction,
        wave,
        day,
        half_hour,
        found,
    )


def noise(shape: Array, generator: np.random.Generator) -> Array:
    """Gamma noise of mean 1; of infinite shape there is none."""
    known = np.isinf(shape)
    finite = np.where(known, 1.0, shape)
    return np.where(known, 1.0, generator.standard_gamma(finite) / finite)


def _mixed(mixture: Mixture, factors: Factors, known: Assumptions) -> Array | float:
    """What drawn patterns and plans make of accounts, for each contact that is expected of them."""
    drawn, expected = 0.0, 0.0
    for (pattern, plan), accounts in sorted(mixture.items()):
        of = factors.patterns.get(pattern, 1.0) * factors.plans.get(plan, 1.0)
        drawn = drawn + accounts * of
        expected += accounts * mix_factor((pattern, plan), known)
    return drawn / expected if expected else 1.0


def _profile(weights: Array, trust: float, generator: np.random.Generator, size: int) -> Array:
    """A profile for each that is expected: it is as sure as so many contacts."""
    shares = weights / weights.sum()
    drawn = generator.standard_gamma(np.maximum(trust * shares, 1e-9), (size, len(shares)))
    return drawn / drawn.sum(axis=1, keepdims=True) / np.maximum(shares, 1e-12)
