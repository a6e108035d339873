"""What a pilot can see: how large a change, how surely, after how many days."""

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, log1p, sqrt
from typing import Any

from scipy import optimize
from scipy.special import stdtr, stdtrit

_optimize: Any = optimize

MOST_FREEDOM = 1e6
"""Degrees of freedom from which a t is taken for normal."""


@dataclass(frozen=True)
class Arms:
    """Who is compared with whom."""

    treated: float
    """Accounts."""
    hold_out: float
    """Accounts."""
    design_effect: float = 1.0
    """By how much regions drawn whole make the spread larger than accounts drawn one by one."""
    freedom: float = MOST_FREEDOM
    """Degrees of freedom: regions less two."""

    def times(self, factor: float) -> "Arms":
        """A pilot so many times as large, in as many more accounts or regions."""
        return Arms(self.treated * factor, self.hold_out * factor, self.design_effect, self.freedom)


@dataclass(frozen=True)
class Certainty:
    """How surely a change is to be seen, and how seldom chance may be taken for one."""

    alpha: float = 0.05
    power: float = 0.8
    inflation: float = 1.0
    """By how much several looks want more accounts than one."""


Variance = Callable[[float], float]
"""Of one account's outcome, at a mean."""


def variance_of_share(share: float) -> float:
    """The spread of what is 0 or 1 of each account.

    Examples:
        >>> variance_of_share(0.5)
        0.25
    """
    return share * (1 - share)


def variance_of_count(overdispersion: float) -> Variance:
    """The spread of events counted: as large as their mean, times what a few callers add.

    Examples:
        >>> variance_of_count(2.0)(0.1)
        0.2
    """

    def variance(mean: float) -> float:
        return overdispersion * mean

    return variance


def chance_to_see(
    before: float, after: float, arms: Arms, variance: Variance, sure: Certainty
) -> float:
    """How surely a difference between two means is seen, whatever its sign.

    Where regions are few, by a t that is moved and not bent: to within a point or two of the bent
    one, and without its gaps far out.

    Examples:
        R's `power.prop.test(n = 685.6, p1 = .1, p2 = .15)` says 0.8:

        >>> arms = Arms(685.6, 685.6)
        >>> round(chance_to_see(0.10, 0.15, arms, variance_of_share, Certainty()), 4)
        0.8
    """
    null, true = _errors(before, after, arms, variance, sure.inflation)
    freedom = min(arms.freedom, MOST_FREEDOM)
    wanted = float(stdtrit(freedom, 1 - sure.alpha / 2)) * null / true
    return float(stdtr(freedom, abs(after - before) / true - wanted))


def smallest_change(
    before: float, arms: Arms, variance: Variance, sure: Certainty, most: float
) -> float | None:
    """Find the smallest rise of a mean that is seen as surely as asked; none up to `most`.

    Examples:
        >>> arms = Arms(686, 686)
        >>> round(smallest_change(0.10, arms, variance_of_share, Certainty(), most=1.0), 3)
        0.05
    """

    def lacking(change: float) -> float:
        return chance_to_see(before, before + change, arms, variance, sure) - sure.power

    room = most - before
    tiny = min(1e-9, room / 2)
    if room <= 0 or lacking(room * (1 - 1e-9)) < 0:
        return None
    return _root(lacking, tiny, room * (1 - 1e-9))


def accounts_needed(
    before: float, after: float, arms: Arms, variance: Variance, sure: Certainty
) -> float:
    """How many times as large the pilot must be to see this change as surely as asked.

    Examples:
        R's `power.prop.test(p1 = .5, p2 = .75, power = .9)` says 76.7 for each arm:

        >>> sure = Certainty(power=0.9)
        >>> round(accounts_needed(0.5, 0.75, Arms(1, 1), variance_of_share, sure), 1)
        76.7
    """

    def lacking(factor: float) -> float:
        return chance_to_see(before, after, arms.times(factor), variance, sure) - sure.power

    most = 1.0
    while lacking(most) < 0 and most < 1e12:
        most *= 4
    least = most / 4
    while lacking(least) > 0 and least > 1e-12:
        least /= 4
    return _root(lacking, least, most)


def design_effect(accounts: float, uneven: float, icc: float) -> float:
    """By how much regions that are drawn whole widen what is read.

    S. M. Eldridge, D. Ashby, S. Kerry, International Journal of Epidemiology 35 (2006).

    Args:
        accounts: In a region, on average.
        uneven: Standard deviation of that over its mean.
        icc: How alike accounts of one region are, from 0 to 1.

    Examples:
        >>> round(design_effect(51, 0.0, 0.02), 6)
        2.0
    """
    return 1 + ((uneven**2 + 1) * accounts - 1) * icc


def share_by(share: float, over_days: float, days: float) -> float:
    """What share is reached after some days if a share is after others, at an even pace.

    Examples:
        >>> round(share_by(0.19, 60, 30), 6)
        0.1
    """
    return 1 - exp(log1p(-share) * days / over_days)


def _errors(
    before: float, after: float, arms: Arms, variance: Variance, inflation: float
) -> tuple[float, float]:
    """Standard errors of the difference: if there were none, and if it is as said."""
    stretch = arms.design_effect * inflation
    pooled = (before * arms.hold_out + after * arms.treated) / (arms.hold_out + arms.treated)
    null = variance(pooled) * (1 / arms.treated + 1 / arms.hold_out)
    true = variance(after) / arms.treated + variance(before) / arms.hold_out
    return sqrt(max(null, 1e-300) * stretch), sqrt(max(true, 1e-300) * stretch)


def _root(lacking: Callable[[float], float], low: float, high: float) -> float:
    return float(_optimize.brentq(lacking, low, high, xtol=1e-12, rtol=1e-10))
