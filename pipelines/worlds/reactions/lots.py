"""Lots drawn from keys alone: who, on which day, what about. No order of drawing can move them."""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from pipelines.worlds.hashing import Floats, Ints

(
    ANSWERS,
    BLOCKS,
    LEAVES,
    APPEALS,
    APPEAL_DAYS,
    CONVERTS,
    RETURNS,
    RETURN_DAYS,
    OWN_ACCOUNTS,
    CHURN,
    NEW_IDS,
    NEW_NAMES,
    SOLD,
    PLANS_BOUGHT,
    CONTACTS,
    CONTACT_DAYS,
    CONTACT_HOURS,
    CHANNELS,
    PUT_OFF,
    PARTNERS,
    ASKED,
    ASKED_CANCELS,
    CHECK_INS,
) = range(201, 224)
"""What a lot is about; the numbers below are drawn by the world itself."""


def log_logistic(lot: Floats, median: float, shape: float) -> Floats:
    """A number below which so much of a log-logistic curve lies.

    Examples:
        >>> log_logistic(np.array([0.1, 0.5, 0.9]), 4.0, 1.6).round(1).tolist()
        [1.0, 4.0, 15.8]
    """
    return median * (lot / np.maximum(1 - lot, 1e-9)) ** (1 / shape)


def exponential(lot: Floats, share: float, days: float) -> Floats:
    """Days until something happens that befalls a share within so many days, at an even pace.

    Examples:
        >>> exponential(np.array([0.11, 0.22]), 0.22, 180).round().tolist()
        [84.0, 180.0]
    """
    if share <= 0:
        return np.full(len(lot), np.inf)
    return days * np.log1p(-lot) / np.log1p(-share)


def draw_days(lot: Floats, median: float, shape: float) -> Ints:
    """Whole days of a log-logistic delay, one at least, below a century."""
    return 1 + np.minimum(log_logistic(lot, median, shape), 36_500).astype(np.int64)


def look_up(table: Mapping[str, float], names: pl.Series) -> Floats:
    """The number of each name; 0 if it has none."""
    return np.array([table.get(name, 0.0) for name in names], np.float64)


def pick(lot: Floats, shares: Sequence[Floats]) -> Ints:
    """Which of several ways a lot falls on; their number if on none of them."""
    return (np.cumsum(np.stack(shares), axis=0) <= lot).sum(axis=0)


def whole(days: Floats) -> Ints:
    """Whole days; what never happens is a century away."""
    return np.minimum(days, 36_500).astype(np.int64)
