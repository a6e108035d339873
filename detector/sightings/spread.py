"""Events → the half-hours of the days that they tell of; in NumPy, a third of Polars' time."""

import numpy as np
import polars as pl

from detector.events.words import PLAYBACK_STOP
from detector.kernels.arrays import Codes, Flags, Ints, Longs
from detector.kernels.coded import CodedRows
from detector.log_settings import EventSettings
from detector.schemas import Events, Sightings

HALF_HOUR_US = 30 * 60 * 1_000_000
SLOTS = 48


def spread(
    events: CodedRows, settings: EventSettings
) -> tuple[pl.DataFrame, tuple[Ints, pl.DataFrame]]:
    """Tell when each event saw its device, and when it played.

    Returns:
        Columns `day`, `seen` and `playing` of every event's own day; then the rows of those whose
        playback reaches into another day, and the same columns of that day.
    """
    ts = events.rows[Events.ts.name].dt.epoch("us").to_numpy()
    slot = _slot(ts)
    own = slot // SLOTS
    seen = np.uint64(1) << (slot - own * SLOTS).astype(np.uint64)
    plays, first, last = _playbacks(events, ts, settings)
    played = _half_hours(first, last, own) * plays
    other = np.where(first // SLOTS != own, first // SLOTS, last // SLOTS)
    past = np.flatnonzero(plays & (other != own))
    there = _half_hours(first[past], last[past], other[past])
    return _days(own, seen | played, played), (past, _days(other[past], there, there))


def _playbacks(events: CodedRows, ts: Ints, settings: EventSettings) -> tuple[Flags, Codes, Codes]:
    """Whether each event is of a playback, and its first and last half-hour since 1970."""
    rows = events.rows
    told = events.told(Events.duration_s.name, pl.Int64)
    longest = settings.max_play_hours * 3600
    word = Events.event_type.name
    plays = events.work_out(word, lambda words: words.str.starts_with("play")).cast(pl.Boolean)
    stops = events.work_out(word, lambda words: words == PLAYBACK_STOP).cast(pl.Boolean)
    said = (
        rows.lazy()
        .select(
            Events.ts.col,
            plays=plays.fill_null(told.is_not_null()),
            stops=stops.fill_null(value=False),
            length=told.fill_null(0).clip(0, longest) * 1_000_000,
        )
        .collect()
    )
    length = said["length"].to_numpy()
    begin = ts - length * said["stops"].to_numpy()
    end = begin + length - (length > 0)
    return said["plays"].to_numpy(), _slot(begin), _slot(end)


def _slot(micros: Ints) -> Codes:
    """The half-hour since 1970."""
    return (micros // HALF_HOUR_US).astype(np.int32)


def _half_hours(first: Codes, last: Codes, day: Codes) -> Longs:
    """The bits of a day from its first half-hour to its last."""
    start = day * SLOTS
    low = np.clip(first - start, 0, SLOTS).astype(np.uint64)
    high = np.clip(last + 1 - start, 0, SLOTS).astype(np.uint64)
    one = np.uint64(1)
    return (one << high) - (one << low)


def _days(day: Codes, seen: Longs, playing: Longs) -> pl.DataFrame:
    return pl.DataFrame(
        {
            Sightings.day.name: pl.Series(day).cast(pl.Date),
            Sightings.seen.name: seen,
            Sightings.playing.name: playing,
        }
    )
