"""Rows of one piece of a file → sums, either from plain columns or from clean events."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from zlib import crc32

import numpy as np
import polars as pl

from detector.events.clean import Window, good_coordinates, read_labels
from detector.events.rows import LogRows
from detector.events.words import PLAYBACK_STOP, read_device_types, read_event_types
from detector.kernels.arrays import Bytes, Codes, Flags, Ints, Longs
from detector.kernels.texts import SHARDS, Encoded, shards_of
from detector.kinds import DEVICE_TYPES
from detector.log_settings import EventSettings
from detector.schemas import Events
from detector.sightings.sums import (
    ALWAYS,
    IF_LASTING,
    NEVER,
    NO_LABEL,
    NO_PLACE,
    STOPS,
    Keys,
    ReadableRows,
    Sums,
    add_up,
    spread_events,
)
from pipelines.reading.child.fast import Columns, NetworkCodes
from pipelines.reading.shared.times import US_PER_DAY, count_by_day, days_since_1970

LABELS = (
    *(Events.country.name, Events.city.name, Events.asn.name),
    *(Events.as_org.name, Events.connection_type.name),
)
_CODED = (
    *(Events.account_id.name, Events.device_id.name, Events.network.name),
    *(Events.event_type.name, Events.profile_id.name),
)
Labels = tuple[Codes, pl.Series]
_UNKNOWN = DEVICE_TYPES.index("unknown")


@dataclass(frozen=True)
class Texts:
    """What the codes of some sums stand for."""

    account: pl.Series
    device: pl.Series
    network: pl.Series
    labels: Mapping[str, pl.Series]


@dataclass(frozen=True)
class Added:
    """The sums of a piece, sorted by bucket, and what became of its rows."""

    sums: Sums
    texts: Texts
    bucket: Codes
    """Of each row of the sums."""

    kept: int
    """Good rows inside the window, repeated ones included."""
    copies: int
    """Those that the piece holds more than once."""
    days: Mapping[date, int]
    """Those that are kept, by UTC day."""


@dataclass(frozen=True)
class Inside:
    """Plain rows inside the window, and the number of those that are not."""

    rows: Ints
    outside: int
    repairs: Mapping[str, int]


def find_inside(columns: Columns, plain: Flags, window: Window) -> Inside:
    """Tell the plain rows whose day is judged from the others; count what is mended in them."""
    micros = columns.others[LogRows.ts.name].dt.epoch("us").fill_null(-1).to_numpy()
    first, last = days_since_1970(window.first_day), days_since_1970(window.last_day)
    inside = plain & (micros >= first * US_PER_DAY) & (micros < (last + 1) * US_PER_DAY)
    rows = np.flatnonzero(inside)
    others = columns.others
    placed = LogRows.latitude.col.is_not_null() | LogRows.longitude.col.is_not_null()
    bad = others.select(
        place=placed & ~good_coordinates().fill_null(value=False), lasts=LogRows.duration_s.col < 0
    ).filter(pl.Series(inside))
    repairs = {
        "coordinates_dropped": int(bad["place"].sum()),
        "durations_dropped": int(bad["lasts"].sum()),
    }
    return Inside(rows, int(plain.sum()) - len(rows), repairs)


def add_columns(
    columns: Columns, networks: NetworkCodes, inside: Inside, settings: EventSettings, buckets: int
) -> Added:
    """Add up plain rows."""
    rows, texts = inside.rows, columns.texts
    account, device = texts[LogRows.account_id.name], texts[LogRows.device_id.name]
    others = _gathered(columns.others, pl.Series(rows))
    labels = {
        name: _text_labels(name, texts[name], rows, settings) for name in LABELS if name in texts
    } | _label_columns(others, (LogRows.asn.name,))
    lat, lon = _coordinates(others)
    seen = ReadableRows(
        Keys(
            account.codes[rows],
            device.codes[rows],
            texts[LogRows.ip.name].take(networks.of_text, -1)[rows],
            np.empty(0, np.int32),
        ),
        others[LogRows.ts.name].dt.epoch("us").to_numpy(),
        _durations(others[LogRows.duration_s.name]),
        columns.work_out(LogRows.event_type.name, _plays_of_log, np.uint8(IF_LASTING))[rows],
        columns.work_out(LogRows.device_type.name, _kinds, np.uint8(_UNKNOWN))[rows],
        columns.work_out(LogRows.profile_id.name, _profile_bits, np.uint64(0))[rows],
        {name: codes for name, (codes, _) in labels.items()},
        columns.prints()[rows],
        lat,
        lon,
    )
    values = {name: distinct for name, (_, distinct) in labels.items()}
    known = Texts(account.texts, device.texts, networks.texts, values)
    return _added(seen, known, settings, buckets)


def _gathered(frame: pl.DataFrame, rows: pl.Series) -> pl.DataFrame:
    """Some rows; a column without any value is not copied but made anew."""
    empty = {column.name for column in frame if column.null_count() == frame.height}
    return frame.select(
        pl.lit(None, column.dtype).alias(column.name)
        if column.name in empty
        else pl.col(column.name).gather(rows)
        for column in frame
    )


def add_events(
    events: pl.DataFrame, prints: pl.Series, settings: EventSettings, buckets: int
) -> Added:
    """Add up clean events, whatever their networks are."""
    encoded = {name: Encoded.of_series(events[name]) for name in _CODED}
    account, device, network, word, profile = encoded.values()
    labels = _label_columns(events, LABELS)
    seen = ReadableRows(
        Keys(account.codes, device.codes, network.codes, np.empty(0, np.int32)),
        events[Events.ts.name].dt.epoch("us").to_numpy(),
        _durations(events[Events.duration_s.name]),
        word.take(_plays(word.texts), IF_LASTING),
        events[Events.device_type.name].to_physical().cast(pl.UInt8).to_numpy(),
        profile.take(_profile_bits(profile.texts), 0),
        {name: codes for name, (codes, _) in labels.items()},
        prints.to_numpy(),
        *_coordinates(events),
    )
    values = {name: distinct for name, (_, distinct) in labels.items()}
    known = Texts(account.texts, device.texts, network.texts, values)
    return _added(seen, known, settings, buckets)


def _added(seen: ReadableRows, texts: Texts, settings: EventSettings, buckets: int) -> Added:
    bucket = (shards_of(texts.account) * np.int64(buckets) // SHARDS).astype(np.int32)
    sums, totals = add_up(spread_events(seen, settings), bucket)
    days = count_by_day(seen.ts)
    return Added(sums, texts, bucket[sums.keys.account], len(seen.ts), totals.copies, days)


def _durations(seconds: pl.Series) -> Ints:
    """Negative ones were dropped, or will be: they say nothing."""
    return np.maximum(seconds.fill_null(-1).to_numpy(), -1)


def _coordinates(rows: pl.DataFrame) -> tuple[Codes, Codes]:
    """Whole numbers of 1e-4 degrees; empty where no row has any."""
    names = (LogRows.latitude.name, LogRows.longitude.name)
    if all(rows[name].null_count() == rows.height for name in names):
        return np.empty(0, np.int32), np.empty(0, np.int32)
    units = rows.select(
        pl.when(good_coordinates())
        .then((pl.col(name) * 10_000).round().cast(pl.Int32, strict=False))
        .fill_null(NO_PLACE)
        .alias(name)
        for name in names
    )
    return units[names[0]].to_numpy(), units[names[1]].to_numpy()


def rank_values(values: pl.Series) -> Labels:
    """Number values in their order, `NO_LABEL` for null; and the distinct ones, in that order."""
    ranks = (values.rank("dense").cast(pl.Int32) - 1).fill_null(NO_LABEL)
    return ranks.to_numpy(), values.drop_nulls().unique().sort()


def _label_columns(rows: pl.DataFrame, names: Iterable[str]) -> dict[str, Labels]:
    """Number the values of each column that has any."""
    some = (name for name in names if rows[name].null_count() < rows.height)
    return {name: rank_values(rows[name]) for name in some}


def _text_labels(name: str, column: Encoded, rows: Ints, settings: EventSettings) -> Labels:
    ranks, values = rank_values(read_labels(name, column.texts, settings))
    return column.take(ranks, NO_LABEL)[rows], values


def _plays_of_log(texts: pl.Series) -> Bytes:
    return _plays(read_event_types(texts))


def _plays(words: pl.Series) -> Bytes:
    """What each word of the contract says of playing."""
    stops, plays = words == PLAYBACK_STOP, words.str.starts_with("play")
    return np.select([stops, plays], [STOPS, ALWAYS], NEVER).astype(np.uint8)


def _kinds(texts: pl.Series) -> Bytes:
    return read_device_types(texts).to_physical().cast(pl.UInt8).to_numpy()


def _profile_bits(texts: pl.Series) -> Longs:
    bits = [1 << crc32(text.encode()) % 64 for text in texts]
    return np.array(bits, np.uint64)
