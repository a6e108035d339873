"""The grid on which a forecast reckons what all desks have in common, and what is assumed of it."""

from dataclasses import dataclass

import numpy as np
from scipy import special

from detector.rollout.assumptions.draws import Array, fit, fit_gamma
from detector.rollout.assumptions.rules import Assumed, Assumptions

DELAY_MEANS, DELAY_SHAPES, LATERS, FRICTIONS, SPREADS = 7, 4, 5, 3, 8
LEVELS, BETWEENS = 20, 6
"""Values in each direction."""
_TAIL = 0.002
"""Of an assumed curve that lies beyond each end of its grid."""
_BEYOND = 2.0
"""Factor by which the grid of spreads reaches past what is assumed: a forecast that is wrong shows
as days that stray."""
_DRAWN = 4000


@dataclass(frozen=True)
class LevelGrid:
    """Values of what all desks have in common, and the logarithms of their assumed weights."""

    delays: Array
    """Mean and shape, in rows."""
    later: Array
    friction: Array
    """Contacts of an honest payer within the days of [friction]."""
    spread: Array
    general: Array
    """General level and the spread between desks, in rows."""
    weights: Array
    """Over delays, later, friction, spread."""
    general_weights: Array
    half_hour: Array
    half_hour_weights: Array

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Sizes of the first four."""
        return len(self.delays), self.later.size, self.friction.size, self.spread.size


def build_grid(known: Assumptions) -> LevelGrid:
    """Lay the grid over what is assumed."""
    means, shapes = (
        _axis(known.delay.mean_days, DELAY_MEANS),
        _axis(known.delay.shape, DELAY_SHAPES),
    )
    delays = np.array([(m, s) for m in means[0] for s in shapes[0]])
    log_delays = (means[1][:, None] + shapes[1][None, :]).ravel()
    later, friction = _later(known), _friction(known)
    spread = _axis(known.noise.day_spread, SPREADS, _BEYOND)
    levels = _axis(known.propensity.contacts, LEVELS)
    between = _axis(known.propensity.partner_spread, BETWEENS)
    half = _axis(known.noise.half_hour_spread, SPREADS, _BEYOND)
    common = log_delays[:, None, None, None] + spread[1] - np.log(later.size * friction.size)
    return LevelGrid(
        delays=delays,
        later=later,
        friction=friction,
        spread=spread[0],
        general=np.array([(m, a) for m in levels[0] for a in between[0]]),
        weights=np.broadcast_to(
            common, (len(delays), later.size, friction.size, spread[0].size)
        ).copy(),
        general_weights=(levels[1][:, None] + between[1][None, :]).ravel(),
        half_hour=half[0],
        half_hour_weights=half[1],
    )


def _axis(assumed: Assumed, count: int, beyond: float = 1.0) -> tuple[Array, Array]:
    """Values in equal ratios over an assumed curve, and the logarithms of their weights."""
    curve = fit_gamma(*assumed.range)
    if np.isinf(curve.shape):
        return np.array([curve.mean]), np.zeros(1)
    low, high = curve.quantile(np.array([_TAIL, 1 - _TAIL]))
    values = _in_ratios(float(low), float(high) * beyond, count)
    logs = curve.shape * np.log(values) - curve.shape * values / curve.mean
    total: float = special.logsumexp(logs)
    return values, logs - total


def _in_ratios(low: float, high: float, count: int) -> Array:
    steps: Array = np.arange(count) / (count - 1)
    return low * (high / low) ** steps


def _middles(drawn: Array, count: int) -> Array:
    """Values that are equally likely."""
    return np.unique(np.quantile(drawn, (np.arange(count) + 0.5) / count))


def _later(known: Assumptions) -> Array:
    """How much all later steps together make of what is assumed of them on average."""
    if not known.steps:
        return np.ones(1)
    generator = np.random.default_rng(0)
    total = np.zeros(_DRAWN)
    for step in known.steps:
        factor = known.propensity.treatments.get(step.treatment)
        size = fit(factor).draw(generator, _DRAWN) if factor else np.ones(_DRAWN)
        total = total + fit(step.share).draw(generator, _DRAWN) * size
    return _middles(total / total.mean(), LATERS)


def _friction(known: Assumptions) -> Array:
    generator = np.random.default_rng(1)
    asked = fit(known.friction.asked).draw(generator, _DRAWN)
    return _middles(asked * fit(known.friction.contacts).draw(generator, _DRAWN), FRICTIONS)
