"""Which days a log can speak of, told from the log itself."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

import polars as pl

from detector.errors import InputError
from detector.events.clean import OLDEST, Window
from detector.events.rows import LogRows
from detector.log_settings import QualitySettings
from detector.settings import Settings

_YEAR = timedelta(days=365)
"""Longer than any season's rest."""


def count_days(rows: pl.DataFrame) -> Mapping[date, int]:
    """Count rows by UTC day, from 2000 on.

    Args:
        rows: With the column `ts`; others are not looked at.

    Examples:
        >>> from datetime import datetime, UTC
        >>> times = [datetime(2026, 5, 1, 20, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC)]
        >>> count_days(pl.DataFrame({"ts": times}))
        {datetime.date(2026, 5, 1): 1}
    """
    days = rows.filter(LogRows.ts.col >= OLDEST).group_by(LogRows.ts.col.dt.date()).len()
    return dict(days.iter_rows())


def find_window(days: Mapping[date, int], as_of: date | None, settings: Settings) -> Window:
    """Find the window: the last days of the log, or those up to a day that the caller names.

    No clock is asked. The log ends on its latest day that is no stray: it holds a fair share
    of a usual day's rows, and the window that ends there a fair share of the fullest's, so
    that a default date in 2099 moves nothing; after a year without rows a larger share, for
    boxes whose clock was never set go on as if nothing were wrong. The usual day is the one on
    which the median row falls, which a thousand stray days with one row each do not change. A last
    day on which little more happens than that films of the evening before stop is not worth a full
    first day.

    Args:
        days: Rows by UTC day, from 2000 on.
        as_of: Last day to judge, if the caller names one.
        settings: The window's length, and what is a fair share.

    Examples:
        >>> may = {date(2026, 5, day): 1000 for day in range(1, 32)}
        >>> stray = {date(2100, 1, 1): 40}
        >>> found = find_window(may | stray, None, Settings())
        >>> print(found.first_day, found.last_day)
        2026-04-20 2026-05-31
    """
    log_ends = _last_day(days, settings.window.days, settings.quality) if days else as_of
    last_day = as_of or log_ends
    if last_day is None or log_ends is None:
        raise InputError(
            "No row of the log has a readable time from the year 2000 on.",
            hint="map the right column: [columns] ts = '...', and its unit if it holds numbers.",
        )
    first_day = last_day - timedelta(days=settings.window.days - 1)
    return Window(first_day, last_day, max(log_ends, last_day))


def _last_day(days: Mapping[date, int], length: int, quality: QualitySettings) -> date:
    usual = _usual(days)
    sums = _window_sums(days, length)
    fullest = max(sums.values())
    full = [day for day, rows in days.items() if rows >= quality.min_day_share * usual]
    last = max(
        day
        for stretch in _stretches(full)
        if max(sums[day] for day in stretch) >= quality.min_far_share * fullest
        for day in stretch
        if sums[day] >= quality.min_window_share * fullest
    )
    pushed_out = days.get(last - timedelta(days=length), 0)
    before = last - timedelta(days=1)
    closing = days[last] < quality.min_closing_share * pushed_out
    return before if closing and before in days else last


def _stretches(days: Iterable[date]) -> list[list[date]]:
    """The days in order, cut where a year lies between two of them."""
    stretches: list[list[date]] = []
    for day in sorted(days):
        if not stretches or day - stretches[-1][-1] > _YEAR:
            stretches.append([])
        stretches[-1].append(day)
    return stretches


def _usual(days: Mapping[date, int]) -> int:
    """Rows of the day on which the median row falls."""
    left = sum(days.values()) // 2
    for rows in sorted(days.values(), reverse=True):
        left -= rows
        if left < 0:
            return rows
    return 0


def _window_sums(days: Mapping[date, int], length: int) -> Counter[date]:
    """Rows of the window that ends on each day."""
    sums: Counter[date] = Counter()
    ordered = sorted(days)
    oldest, inside = 0, 0
    for day in ordered:
        inside += days[day]
        while (day - ordered[oldest]).days >= length:
            inside -= days[ordered[oldest]]
            oldest += 1
        sums[day] = inside
    return sums
