"""Several looks at one pilot, and no more false alarms than one look has.

K. K. G. Lan and D. L. DeMets, Biometrika 70 (1983): the chance of a false alarm is spent as
information comes in, by a function fixed before; how often one looks, and when, need not be.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from typing import Any, cast

import numpy as np
from scipy import optimize
from scipy.special import ndtr, ndtri

from detector.errors import SettingsError
from detector.kernels.arrays import Floats

_optimize: Any = optimize

ALPHA = 0.05
"""The chance that a pilot without any effect raises an alarm at any look, on either side."""

NODES = 400
"""Points of the Gauss-Legendre rule: of 200, 400 and 800, the last two agree to ten digits."""

MOST_SIGMA = 8.0
"""Beyond so many standard deviations nothing is left to integrate over."""

_FIRST, _WEIGHT = cast(tuple[Floats, Floats], np.polynomial.legendre.leggauss(NODES))


@dataclass(frozen=True)
class PilotLook:
    """What a look at a pilot may conclude, and when."""

    information: float
    """Share of the pilot's whole information that there is, from 0 to 1."""
    boundary: float
    """What |z| must reach."""
    spent: float
    """Chance of a false alarm at this look or any before."""


def spend(information: float, alpha: float = ALPHA) -> float:
    """How much of a two-sided alpha may be spent by then, in the manner of O'Brien and Fleming.

    Each side has a function of its own, of half of alpha. Little is spent early: a pilot ends at
    its first look only for what leaps to the eye.

    Examples:
        >>> [round(spend(t), 5) for t in (0.2, 0.5, 1.0)]
        [0.0, 0.00305, 0.05]
    """
    if information >= 1:
        return alpha
    return 4 * float(ndtr(-_quantile(1 - alpha / 4) / sqrt(information)))


def find_boundaries(information: Sequence[float], alpha: float = ALPHA) -> tuple[PilotLook, ...]:
    """Find what |z| must reach at each look so that the looks together spend alpha.

    The chance to come through all looks so far is integrated from look to look: what a pilot has
    gathered grows by independent parts (P. Armitage, C. K. McPherson, B. C. Rowe, JRSS A 132,
    1969).

    Args:
        information: Of each look so far, rising, above 0 and at most 1; they may be uneven.
        alpha: The chance of a false alarm over all looks.

    Raises:
        SettingsError: The times do not rise from above 0 to at most 1.

    Examples:
        >>> [round(look.boundary, 3) for look in find_boundaries([0.2, 0.4, 0.6, 0.8, 1.0])]
        [4.877, 3.357, 2.68, 2.29, 2.031]
        >>> round(find_boundaries([1.0])[0].boundary, 3)
        1.96
    """
    _check(information)
    looks: list[PilotLook] = []
    before = 0.0
    walk = _Walk.start()
    for time in information:
        spent = spend(time, alpha)
        boundary = walk.boundary(time, spent - before)
        walk = walk.go(time, boundary)
        looks.append(PilotLook(time, boundary, spent))
        before = spent
    return tuple(looks)


def chance_to_cross(looks: Sequence[PilotLook], drift: float) -> float:
    """The chance that any look raises an alarm if the effect is so large.

    Args:
        looks: From `find_boundaries`.
        drift: The z to expect when all information is there; 0 is no effect.

    Examples:
        >>> looks = find_boundaries([0.2, 0.4, 0.6, 0.8, 1.0])
        >>> round(chance_to_cross(looks, 0.0), 6), round(chance_to_cross(looks, 2.8016), 3)
        (0.05, 0.79)
    """
    walk, crossed = _Walk.start(), 0.0
    for look in looks:
        crossed += walk.crossing(look.information, look.boundary, drift)
        walk = walk.go(look.information, look.boundary, drift)
    return crossed


def find_drift(looks: Sequence[PilotLook], power: float) -> float:
    """Find the z to expect at the end so that an alarm is raised with such a chance.

    Examples:
        >>> round(find_drift(find_boundaries([1.0]), 0.8), 4)
        2.8016
    """

    def lacking(drift: float) -> float:
        return chance_to_cross(looks, drift) - power

    return _root(lacking, 0.0, 20.0)


@dataclass(frozen=True)
class _Walk:
    """Where pilots stand that raised no alarm: how dense they are at each of some points."""

    time: float
    points: Floats
    mass: Floats
    """Density times the weight of the point."""

    @classmethod
    def start(cls) -> "_Walk":
        """All stand at nought before anything is known."""
        return cls(0.0, np.zeros(1), np.ones(1))

    def crossing(self, time: float, boundary: float, drift: float = 0.0) -> float:
        """The chance to come this far and then cross, on either side."""
        step = time - self.time
        edge = boundary * sqrt(time)
        middle = self.points + drift * step
        beyond = ndtr((middle - edge) / sqrt(step)) + ndtr((-middle - edge) / sqrt(step))
        return float(self.mass @ beyond)

    def boundary(self, time: float, chance: float) -> float:
        """The boundary that is crossed with such a chance."""
        if chance <= 0:
            return float("inf")

        def left(boundary: float) -> float:
            return self.crossing(time, boundary) - chance

        most = _quantile(1 - chance / 4) + 1.0
        return _root(left, 0.0, max(most, MOST_SIGMA))

    def go(self, time: float, boundary: float, drift: float = 0.0) -> "_Walk":
        """Those that do not cross, at the next time."""
        step = time - self.time
        middle = drift * time
        edge = boundary * sqrt(time)
        reach = MOST_SIGMA * sqrt(time)
        low, high = max(-edge, middle - reach), min(edge, middle + reach)
        points = (high + low) / 2 + (high - low) / 2 * _FIRST
        apart = (points[:, None] - self.points[None, :] - drift * step) / sqrt(step)
        density = np.exp(-0.5 * apart * apart) @ self.mass / sqrt(2 * np.pi * step)
        return _Walk(time, points, density * _WEIGHT * (high - low) / 2)


def _check(information: Sequence[float]) -> None:
    rises = all(one < two for one, two in pairwise([0.0, *information]))
    if not information or not rises or information[-1] > 1:
        told = ", ".join(f"{time:g}" for time in information)
        raise SettingsError(
            f"The information at the looks is {told or 'not given'}.",
            hint="give a share of the pilot's whole for each look so far, rising, as 0.2,0.5,1",
        )


def _quantile(share: float) -> float:
    return float(ndtri(share))


def _root(lacking: Any, low: float, high: float) -> float:  # noqa: ANN401 - scipy has no types
    return float(_optimize.brentq(lacking, low, high, xtol=1e-10))
