"""The difference between two arms, and how far chance alone could have brought it."""

from dataclasses import dataclass
from math import hypot, sqrt

import numpy as np
from scipy.special import ndtr, stdtr, stdtrit

from detector.errors import InputError
from detector.kernels.arrays import Flags, Floats, Ints
from detector.measuring.metrics import wilson_interval

MIN_EACH = 10
"""Accounts of each arm below which a stratum is read together with others: the spread of fewer
is not known."""

RARE = 10
"""Events in either arm below which their number is too skew for a normal interval."""


@dataclass(frozen=True)
class Estimate:
    """An outcome in both arms, and the difference."""

    treated: float
    """Mean of the treated."""
    hold_out: float
    """Mean of those held out."""
    difference: float
    """Treated less held out; strata weigh as they are in the pilot."""
    low: float
    high: float
    standard_error: float
    p_value: float
    """Of one look, two-sided."""
    treated_units: int
    hold_out_units: int
    method: str
    is_change: bool = False
    """Whether what the arms differed by before was taken off."""


def difference_in_means(
    outcome: Floats, is_treated: Flags, stratum: Ints, alpha: float, *, is_share: bool = False
) -> Estimate:
    """Compare arms that were drawn by lot within strata.

    Each stratum is compared with itself, so that a partner with many cancellations cannot stand
    against one with few. Arms may spread differently (B. L. Welch, Biometrika 34, 1947). Rare
    events get R. G. Newcombe's interval (Statistics in Medicine 17, 1998), which never is a point.

    Args:
        outcome: Of each account.
        is_treated: Whether it is.
        stratum: In which it was drawn, numbered from 0.
        alpha: How often the interval may miss.
        is_share: Whether the outcome is 0 or 1 of each account, and nothing else.

    Raises:
        InputError: An arm has fewer than two accounts.

    Examples:
        >>> outcome = np.array([0.0, 1, 1, 1] * 50 + [0.0, 0, 1, 0] * 50)
        >>> arm = np.repeat([True, False], 200)
        >>> found = difference_in_means(outcome, arm, np.zeros(400, np.int64), 0.05)
        >>> round(found.difference, 3), round(found.low, 3), round(found.high, 3)
        (0.5, 0.415, 0.585)
    """
    arms = outcome[is_treated], outcome[~is_treated]
    _check(arms)
    parts = merge_strata(is_treated, stratum)
    sizes = [np.bincount(parts[side]) for side in (is_treated, ~is_treated)]
    weight = np.bincount(parts) / len(parts)
    means = [
        np.bincount(parts[side], outcome[side]) / size
        for side, size in zip((is_treated, ~is_treated), sizes, strict=True)
    ]
    difference = float(weight @ (means[0] - means[1]))
    noise = np.array(
        [
            weight**2 * np.bincount(parts[side], (outcome[side] - mean[parts[side]]) ** 2)
            / ((size - 1) * size)
            for side, mean, size in zip((is_treated, ~is_treated), means, sizes, strict=True)
        ]
    )  # fmt: skip
    error, freedom = _spread(noise, np.array(sizes))
    low, high, method = _interval(difference, error, freedom, alpha)
    if is_share and min(*(arm.sum() for arm in arms), *((1 - arm).sum() for arm in arms)) < RARE:
        difference = float(arms[0].mean() - arms[1].mean())
        low, high = newcombe_interval(arms[0], arms[1], _quantile(1 - alpha / 2, np.inf))
        method = "difference of rare shares, Newcombe"
    return Estimate(
        float(arms[0].mean()), float(arms[1].mean()), difference, low, high, error,
        p_value(difference, error, freedom), len(arms[0]), len(arms[1]), method,
    )  # fmt: skip


def newcombe_interval(treated: Floats, hold_out: Floats, z: float) -> tuple[float, float]:
    """Bound the difference of two shares by the Wilson intervals of both.

    Examples:
        56 of 70 against 48 of 80, as in Newcombe's table II, method 10:

        >>> arms = np.repeat([1.0, 0.0], [56, 14]), np.repeat([1.0, 0.0], [48, 32])
        >>> [round(end, 4) for end in newcombe_interval(*arms, 1.959964)]
        [0.0524, 0.3339]
    """
    shares = [float(arm.mean()) for arm in (treated, hold_out)]
    ends = [wilson_interval(float(arm.sum()), len(arm), z) for arm in (treated, hold_out)]
    difference = shares[0] - shares[1]
    below = hypot(shares[0] - ends[0][0], ends[1][1] - shares[1])
    above = hypot(ends[0][1] - shares[0], shares[1] - ends[1][0])
    return difference - below, difference + above


def merge_strata(is_treated: Flags, stratum: Ints) -> Ints:
    """Number strata anew, those too small to be compared with themselves as one.

    Examples:
        >>> arms = np.array([True] * 30 + [False] * 10 + [True, False, True])
        >>> strata = np.array([4] * 40 + [7, 7, 9])
        >>> merge_strata(arms, strata).tolist() == [0] * 43
        True
    """
    _, number = np.unique(stratum, return_inverse=True)
    width = int(number.max(initial=-1)) + 1
    treated = np.bincount(number[is_treated], minlength=width)
    held = np.bincount(number[~is_treated], minlength=width)
    merged = np.minimum(treated, held) < MIN_EACH
    for next_small in np.argsort(np.minimum(treated, held), kind="stable").tolist():
        is_enough = min(treated[merged].sum(), held[merged].sum()) >= MIN_EACH
        if is_enough or not merged.any():
            break
        merged[next_small] = True
    joined = np.where(merged[number], width, number)
    return np.unique(joined, return_inverse=True)[1].astype(np.int64)


def p_value(difference: float, error: float, freedom: float) -> float:
    """How often chance alone would bring as large a difference, on either side.

    Examples:
        >>> round(p_value(1.96, 1.0, float("inf")), 4)
        0.05
    """
    if error == 0:
        return 1.0 if difference == 0 else 0.0
    t = -abs(difference / error)
    return 2 * float(ndtr(t) if np.isinf(freedom) else stdtr(freedom, t))


def _check(arms: tuple[Floats, Floats]) -> None:
    for arm, name in zip(arms, ("treated", "held out"), strict=True):
        if len(arm) < 2:
            raise InputError(
                f"{len(arm)} accounts of the pilot were {name}: nothing can be compared.",
                hint="give the outcomes of all accounts that household pilot assign named",
            )


def _spread(noise: Floats, sizes: Ints) -> tuple[float, float]:
    """The standard error, and its degrees of freedom after F. E. Satterthwaite (1946)."""
    total = float(noise.sum())
    if total == 0:
        return 0.0, float("inf")
    return sqrt(total), total**2 / float((noise**2 / (sizes - 1)).sum())


def _interval(
    difference: float, error: float, freedom: float, alpha: float
) -> tuple[float, float, str]:
    half = _quantile(1 - alpha / 2, freedom) * error
    return difference - half, difference + half, "difference in means within strata, Welch"


def _quantile(share: float, freedom: float) -> float:
    # stdtrit takes no infinite degrees of freedom; at 1e8 it is the normal to nine digits.
    return float(stdtrit(min(freedom, 1e8), share))
