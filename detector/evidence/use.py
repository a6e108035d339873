"""How much each group lived where, beside home and as a part of its account."""

import numpy as np
import polars as pl

from detector.evidence.days import GroupDays
from detector.evidence.observations import Observations
from detector.kernels.arrays import Ints, Longs
from detector.kernels.bits import BITS, count_bits, count_ones
from detector.kernels.grids import find_ends
from detector.kernels.loops import loop

G = Observations

_MONDAY = 4
"""1970 began on a Thursday: day 4 was the first Monday."""


def count_use(days: GroupDays, min_foothold_days: int) -> pl.DataFrame:
    """Count how long, how often and how freely each group lives at its own place.

    Args:
        days: Of the groups.
        min_foothold_days: Days at any places from which a group leads a life.

    Returns:
        One row for each row of `days.keys`; `h_` tells of home, and is null where home was never
        at its own place and a day is asked for.
    """
    grid, start = days.grid, days.start
    first, last = find_ends(grid.seen)
    weekend = (start + np.arange(grid.seen.shape[1], dtype=np.int64) - _MONDAY) % 7 > 4
    counted = {
        "all_days": grid.seen.sum(axis=1),
        "own_days": grid.own.sum(axis=1),
        "home_days": grid.at_home.sum(axis=1),
        "company_days": (grid.visited & grid.own).sum(axis=1),
        "own_weekend_days": (grid.own & weekend).sum(axis=1),
        "nowhere_days": grid.nowhere.sum(axis=1),
        "span_days": last - first + 1,
        "first": start + first,
        "last": start + last,
        **days.counts._asdict(),
        **_beside_home(days),
        **_in_account(days, min_foothold_days),
    }
    date = pl.col(G.first.name, G.last.name, G.h_first.name).cast(pl.Int32).cast(pl.Date)
    return (
        pl.DataFrame(counted)
        .with_columns(
            silent_days=pl.col("end") - G.last.col,
            h_silent_days=pl.col("end") - pl.col("h_last"),
        )
        .with_columns(date)
        .with_columns(pl.when(G.h_days.col > 0).then(pl.col(G.h_first.name, G.h_silent_days.name)))
        .drop("end", "h_last")
    )


def _beside_home(days: GroupDays) -> dict[str, Ints]:
    """How long home lived at home, and what both did at the same time.

    Half-hours in which both played at their own places are held against how many chance would
    give: each half-hour of the day is played on some share of days by each side, as if the two
    did not know of each other.
    """
    own, home = days.grid.own, days.grid.own[days.home]
    first, last = find_ends(own)
    h_first, h_last = find_ends(home)
    day = np.arange(own.shape[1], dtype=np.int64)
    while_about = (day >= first[:, None]) & (day <= last[:, None]) & own.any(axis=1, keepdims=True)
    together, meetings, plays = _play_beside(days.grid.playing, days.home)
    return {
        "h_days": home.sum(axis=1),
        "h_first": days.start + h_first,
        "h_last": days.start + h_last,
        "h_use": days.counts.own_use[days.home],
        "h_days_within": (home & while_about).sum(axis=1),
        "both_days": (own & home).sum(axis=1),
        "together": together,
        "meetings": meetings,
        # What plays beside a home that was never at its own place is not known to be beside it.
        "own_plays": np.where(home.any(axis=1), plays, 0),
    }


def _in_account(days: GroupDays, min_foothold_days: int) -> dict[str, Ints]:
    """How long the account was in use, and how many groups it falls into."""
    begin, seen = days.first[:-1], days.grid.seen
    account = np.repeat(np.arange(len(begin)), np.diff(days.first))
    any_day = np.logical_or.reduceat(seen, begin)
    first, last = find_ends(any_day)
    settled = days.grid.placed.sum(axis=1) >= min_foothold_days
    whole = {
        "account_days": any_day.sum(axis=1),
        "account_span": last - first + 1,
        "end": days.start + last,
        "groups": np.add.reduceat(seen.any(axis=1), begin, dtype=np.int64),
        "footholds": np.add.reduceat(settled, begin, dtype=np.int64),
    }
    return {name: each[account] for name, each in whole.items()}


@loop
def _play_beside(playing: Longs, home: Ints) -> tuple[Ints, Ints, Ints]:
    """Half-hours that both played, pairs of days on which either played in one, own ones."""
    together, meetings = np.zeros(len(home), np.int64), np.zeros(len(home), np.int64)
    plays = np.zeros(len(home), np.int64)
    of_home = np.zeros(BITS, np.int64)
    for row in range(len(home)):
        slots = count_bits(playing[row])
        if home[row] == row:
            of_home = slots
        for slot in range(BITS):
            plays[row] += slots[slot]
            meetings[row] += slots[slot] * of_home[slot]
        for day in range(playing.shape[1]):
            together[row] += count_ones(playing[row, day] & playing[home[row], day])
    return together, meetings, plays
