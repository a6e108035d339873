"""Times as whole numbers: microseconds and days since 1970."""

from datetime import date

import numpy as np

from detector.events.clean import OLDEST
from detector.kernels.arrays import Ints

US_PER_DAY = 86_400_000_000
OLDEST_US = int(OLDEST.timestamp()) * 1_000_000


def days_since_1970(day: date) -> int:
    """Number a day as times are counted.

    Examples:
        >>> days_since_1970(date(1970, 2, 1))
        31
    """
    return (day - date(1970, 1, 1)).days


def count_by_day(micros: Ints) -> dict[date, int]:
    """How many of some times fall on each UTC day.

    Examples:
        >>> count_by_day(np.array([5 * US_PER_DAY, 5 * US_PER_DAY + 1]))
        {datetime.date(1970, 1, 6): 2}
    """
    if not len(micros):
        return {}
    days = micros // US_PER_DAY
    first = days.min()
    counts = np.bincount(days - first)
    found = np.flatnonzero(counts)
    return dict(zip((found + first).astype("M8[D]").tolist(), counts[found].tolist(), strict=True))
