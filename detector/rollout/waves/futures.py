"""Simulated futures: what is not known about contacts, drawn many times from what is assumed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from detector.rollout.assumptions.draws import fit
from detector.rollout.assumptions.rules import Assumed, Assumptions
from detector.rollout.tables import SLOTS
from detector.rollout.waves.problem import Array

Mixture = Mapping[tuple[str, str], float]
"""How many accounts have which pattern and plan."""


@dataclass(frozen=True)
class Futures:
    """As many futures as the first axis of everything is long.

    Attributes:
        contacts: Contacts of an average account by days since its start, of all steps it takes.
        rate: By desk, contacts of its accounts for each of an average one.
        weekday: Contacts of a day of the week for each that is expected; Monday first.
        half_hour: The same of a half-hour of the day.
        day_shape: Of the Gamma noise of a day, of mean 1; infinite: none.
        half_hour_shape: Of that of a half-hour.
        friction: Contacts of a payer a day, from the first wave on.
    """

    contacts: Array
    rate: Array
    weekday: Array
    half_hour: Array
    day_shape: Array
    half_hour_shape: Array
    friction: Array

    @property
    def size(self) -> int:
        """How many futures there are."""
        return len(self.contacts)


def draw_futures(
    assumptions: Assumptions,
    partners: Sequence[str],
    mixtures: Sequence[Mixture],
    generator: np.random.Generator,
    size: int,
) -> Futures:
    """Draw futures; desks of one partner share what is peculiar to it.

    Args:
        assumptions: What is taken for granted.
        partners: Of each desk.
        mixtures: For each desk, how many accounts of which pattern and plan it answers.
        generator: Where chance comes from.
        size: How many.
    """
    drawn = _Drawn(generator, size)
    propensity, profile, noise = assumptions.propensity, assumptions.profile, assumptions.noise
    contacts = _contacts(assumptions, drawn)
    spread = drawn.of(propensity.partner_spread)
    peculiar = {each: drawn.noise(_shape(spread)) for each in sorted(set(partners))}
    patterns = {name: drawn.of(each) for name, each in sorted(propensity.patterns.items())}
    plans = {name: drawn.of(each) for name, each in sorted(propensity.plans.items())}
    rate = [
        peculiar[partner] * _mixed(mixture, patterns, plans, size)
        for partner, mixture in zip(partners, mixtures, strict=True)
    ]
    weekday = drawn.profile(profile.weekdays, profile.weekday_trust)
    hour = drawn.profile(profile.hours, profile.hour_trust)
    friction = assumptions.friction
    asked = drawn.of(friction.asked) * drawn.of(friction.contacts) / friction.within_days
    return Futures(
        contacts,
        np.column_stack([*rate]) if rate else np.zeros((size, 0)),
        weekday,
        np.repeat(hour, SLOTS // 24, axis=1),
        _shape(drawn.of(noise.day_spread)),
        _shape(drawn.of(noise.half_hour_spread)),
        asked,
    )


def expected_contacts(assumptions: Assumptions, pattern: str, plan: str) -> float:
    """Contacts of an account of this pattern and plan, for each of an average one."""
    propensity = assumptions.propensity
    found = [propensity.patterns.get(pattern), propensity.plans.get(plan)]
    return float(np.prod([fit(each).mean for each in found if each is not None]))


@dataclass(frozen=True)
class _Drawn:
    generator: np.random.Generator
    size: int

    def of(self, assumed: Assumed) -> Array:
        """Draw a number that is not known."""
        return fit(assumed).draw(self.generator, self.size)

    def noise(self, shape: Array) -> Array:
        """Gamma noise of mean 1; of infinite shape there is none."""
        known = np.isinf(shape)
        drawn = self.generator.standard_gamma(np.where(known, 1.0, shape))
        return np.where(known, 1.0, drawn / np.where(known, 1.0, shape))

    def profile(self, weights: Sequence[float], trust: float) -> Array:
        """A profile for each that is expected: as telling as so many contacts."""
        shares = np.asarray(weights) / sum(weights)
        drawn = self.generator.standard_gamma(trust * shares, (self.size, len(weights)))
        return drawn / drawn.sum(axis=1, keepdims=True) / shares


def _contacts(assumptions: Assumptions, drawn: _Drawn) -> Array:
    """Each step begins the curve of delays anew, for those who come to it."""
    delay, propensity = assumptions.delay, assumptions.propensity
    tail = delay.tail_days
    shape, mean = drawn.of(delay.shape), drawn.of(delay.mean_days)
    until = special.gammainc(shape[:, None], np.arange(tail + 1) * (shape / mean)[:, None])
    curve = np.diff(until, axis=1) / until[:, -1:]
    last = max((step.after_days for step in assumptions.steps), default=0)
    found = np.zeros((drawn.size, last + tail))
    found[:, :tail] = curve
    for step in assumptions.steps:
        times = propensity.treatments.get(step.treatment)
        share = drawn.of(step.share) * (1.0 if times is None else drawn.of(times))
        found[:, step.after_days : step.after_days + tail] += share[:, None] * curve
    return found * drawn.of(propensity.contacts)[:, None]


def _shape(spread: Array) -> Array:
    with np.errstate(divide="ignore"):
        return 1 / spread**2


def _mixed(
    mixture: Mixture, patterns: Mapping[str, Array], plans: Mapping[str, Array], size: int
) -> Array:
    """What drawn patterns and plans make of a desk's accounts, for each that is expected of them."""
    drawn, expected, one = np.zeros(size), 0.0, np.ones(1)
    for (pattern, plan), accounts in sorted(mixture.items()):
        of_pattern, of_plan = patterns.get(pattern, one), plans.get(plan, one)
        drawn = drawn + accounts * of_pattern * of_plan
        expected += accounts * of_pattern.mean() * of_plan.mean()
    return drawn / expected if expected else np.ones(size)
