"""Curves fitted to assumed ranges: Gamma for what has no upper end, Beta for shares."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from detector.rollout.assumptions.rules import Assumed, AssumedShare

Array = NDArray[Any]
LOW, HIGH = 0.05, 0.95
"""Of the curve so much lies below the beginning of a range, and below its end."""
_HALVINGS = 80


@dataclass(frozen=True)
class Gamma:
    """A Gamma curve; of infinite shape it is one number.

    Examples:
        >>> curve = fit_gamma(0.02, 0.35)
        >>> [round(float(curve.quantile(p)), 3) for p in (0.05, 0.5, 0.95)]
        [0.02, 0.114, 0.35]
    """

    shape: float
    mean: float

    def quantile(self, share: float | Array) -> Array:
        """The value below which so much of it lies."""
        if np.isinf(self.shape):
            return np.full(np.shape(share), self.mean)
        return special.gammaincinv(self.shape, share) * self.mean / self.shape

    def draw(self, generator: np.random.Generator, size: int) -> Array:
        """Values drawn from it."""
        if np.isinf(self.shape):
            return np.full(size, self.mean)
        return generator.gamma(self.shape, self.mean / self.shape, size)


@dataclass(frozen=True)
class Beta:
    """A Beta curve; of infinite weight it is one number.

    Examples:
        >>> curve = fit_beta(0.04, 0.18)
        >>> [round(float(curve.quantile(p)), 3) for p in (0.05, 0.95)]
        [0.04, 0.18]
    """

    mean: float
    weight: float
    """Its two parameters together: observations that it is worth."""

    def quantile(self, share: float | Array) -> Array:
        """The value below which so much of it lies."""
        if np.isinf(self.weight):
            return np.full(np.shape(share), self.mean)
        return special.betaincinv(self.mean * self.weight, (1 - self.mean) * self.weight, share)

    def draw(self, generator: np.random.Generator, size: int) -> Array:
        """Values drawn from it."""
        if np.isinf(self.weight):
            return np.full(size, self.mean)
        return generator.beta(self.mean * self.weight, (1 - self.mean) * self.weight, size)


def fit(assumed: Assumed) -> Gamma | Beta:
    """Fit a curve to a range, as the kind of number asks."""
    return (fit_beta if isinstance(assumed, AssumedShare) else fit_gamma)(*assumed.range)


@cache
def fit_gamma(low: float, high: float) -> Gamma:
    """Fit a Gamma curve to its 5 % and 95 % points.

    How far these are apart, as a ratio, tells the shape; then where they are the mean.
    """
    if low == high:
        return Gamma(np.inf, low)

    def ratio(log_shape: float) -> float:
        ends = special.gammaincinv(np.exp(log_shape), [LOW, HIGH])
        return float(np.log(ends[1] / max(ends[0], 1e-300)))

    shape = float(np.exp(_bisect(lambda x: ratio(x) - np.log(high / low), -4.0, 16.0)))
    return Gamma(shape, float(high * shape / special.gammaincinv(shape, HIGH)))


@cache
def fit_beta(low: float, high: float) -> Beta:
    """Fit a Beta curve to its 5 % and 95 % points.

    For each weight there is one mean that puts the 5 % point where it is asked; the weight is the
    one that puts the 95 % point there too.
    """
    if low == high:
        return Beta(low, np.inf)

    def mean(log_weight: float) -> float:
        weight = np.exp(log_weight)
        return _bisect(
            lambda m: low - float(special.betaincinv(m * weight, (1 - m) * weight, LOW)),
            1e-9,
            1 - 1e-9,
        )

    def excess(log_weight: float) -> float:
        m, weight = mean(log_weight), np.exp(log_weight)
        return float(special.betaincinv(m * weight, (1 - m) * weight, HIGH)) - high

    log_weight = _bisect(excess, -1.0, 16.0)
    return Beta(mean(log_weight), float(np.exp(log_weight)))


def _bisect(falling: Callable[[float], float], low: float, high: float) -> float:
    """Where a falling function passes 0."""
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if falling(middle) > 0 else (low, middle)
    return (low + high) / 2
