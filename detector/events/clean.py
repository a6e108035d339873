"""Rows of a log → clean events, and of each other row the reason why it is none."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial

import dataframely as dy
import polars as pl

from detector.events.ids import ID_REASONS, find_id_reasons
from detector.events.labels import LABELS, good_coordinates, read_labels, told_coordinates
from detector.events.locate import LOCATION_REASONS, Located, locate
from detector.events.rows import LogRows, Rejects
from detector.events.words import (
    FAILED,
    is_playing,
    is_refusal,
    read_device_types,
    read_event_types,
)
from detector.kernels.coded import CodedRows, Encoded
from detector.kernels.tables import complete
from detector.kinds import DEVICE_TYPES
from detector.log_settings import EventSettings
from detector.schemas import Events

OLDEST = datetime(2000, 1, 1, tzinfo=UTC)
"""No streaming service is older: an earlier time is a default value or a wrong unit."""

KEPT, OUTSIDE, NOT_LISTED, FUTURE = "kept", "outside_window", "not_listed", "future_date"
_TIME_REASONS = ("unreadable_time", "null_time", "impossible_date", FUTURE)
REASONS = (*ID_REASONS, *_TIME_REASONS, FAILED, *LOCATION_REASONS)
"""Why a row is no event; the first that holds, in this order."""

GOOD = (KEPT, OUTSIDE)
"""What becomes of a row that nothing is wrong with."""

OUTCOMES = pl.Enum((*GOOD, NOT_LISTED, *REASONS))
"""What became of a row."""


@dataclass(frozen=True)
class Window:
    """The days that are judged, and the last day that the log can speak of."""

    first_day: date
    last_day: date
    log_ends: date


@dataclass(frozen=True)
class CleanRows:
    """What became of some rows of a log, and those that are events."""

    events: CodedRows
    """Columns as in `Events`, those that are told. Of the rows that are kept, and of those of a day
    beside the window, which may tell of what was played past midnight."""
    outcome: pl.Series
    """Of each row given, one of `OUTCOMES`."""
    repairs: Mapping[str, int]


@dataclass(frozen=True)
class CleanLog:
    """The same of a log in memory, with texts."""

    events: dy.DataFrame[Events]
    rejects: dy.DataFrame[Rejects]
    kept: int
    outside_window: int
    repairs: Mapping[str, int]


def clean_events(rows: pl.DataFrame, window: Window, settings: EventSettings) -> CleanLog:
    """Clean a log in memory: see `clean_rows`.

    Args:
        rows: Columns as in `LogRows`, in any order.
        window: From the log itself or from the caller; never from a clock.
        settings: Limits of ids and size of the cells.

    Examples:
        >>> from detector.events.rows import LogRows
        >>> rows = LogRows.create_empty().clear(2).with_columns(
        ...     file=pl.lit("a.parquet"), row=pl.int_range(2, dtype=pl.Int64),
        ...     ts=pl.lit(datetime(2026, 5, 1, 20, tzinfo=UTC)), account_id=pl.lit("ada"),
        ...     device_id=pl.lit("tv"), ip=pl.Series(["81.2.69.142", "10.0.0.1"]),
        ... )
        >>> may = Window(date(2026, 5, 1), date(2026, 5, 31), date(2026, 5, 31))
        >>> clean = clean_events(rows, may, EventSettings())
        >>> clean.events["network"].to_list(), clean.rejects["reason"].to_list()
        (['81.2.69.142'], ['private_address'])
    """
    coded = CodedRows.of(rows.drop(LogRows.file.name, LogRows.row.name))
    clean = clean_rows(coded, window, settings)
    events = complete(clean.events.decoded(), Events)
    return CleanLog(
        Events.validate(events, cast=True),
        list_rejects(rows, clean.outcome, settings),
        int((clean.outcome == KEPT).sum()),
        int((clean.outcome == OUTSIDE).sum()),
        clean.repairs,
    )


def clean_rows(
    coded: CodedRows, window: Window, settings: EventSettings, listed: pl.Series | None = None
) -> CleanRows:
    """Keep the rows that say who was where and when; tell of each other its first reason.

    An address outweighs all other locations. A row whose address cannot be read is refused
    even if it has coordinates, as the two were made by one program; a row with a good address
    and impossible coordinates only loses these. A sign-in that failed is no use of the account,
    whoever tried; such rows are counted. Rows of days before the window (or after it, where the
    log goes on, and of the day after its last, on which stops what was played past midnight) are
    no rejects: they count as outside.

    Args:
        coded: Rows as in `LogRows`, in any order, without `file` and `row`.
        window: From the log itself or from the caller; never from a clock.
        settings: Limits of ids and size of the cells.
        listed: The accounts asked for; None for all.
    """
    located = locate(coded, settings)
    outcome = coded.rows.select(_outcome(coded, located, window, settings, listed)).to_series()
    day = coded.rows[LogRows.ts.name].dt.date().cast(pl.Int32)
    near = day.is_between(_number(window.first_day) - 1, _number(window.last_day) + 1)
    tells = (outcome == KEPT) | ((outcome == OUTSIDE) & near)
    some = CodedRows(coded.rows.filter(tells), coded.texts)
    network = Encoded(located.network.codes.filter(tells), located.network.texts)
    told = {Events.network.name: network, **_read_texts(some, settings)}
    events = CodedRows.join(some.rows.select(_read_numbers(some)), told)
    return CleanRows(events, outcome, _count_repairs(some))


def _number(day: date) -> int:
    return (day - date(1970, 1, 1)).days


def _read_texts(kept: CodedRows, settings: EventSettings) -> dict[str, Encoded]:
    """What the texts of events mean; of labels the least code is the least text."""
    same = (LogRows.account_id.name, LogRows.device_id.name, LogRows.profile_id.name)
    found = {name: kept.encoded(name) for name in same if name in kept.texts}
    if (name := LogRows.event_type.name) in kept.texts:
        found[name] = kept.encoded(name).read(read_event_types)
    for name in LABELS:
        if name in kept.texts:
            read = kept.encoded(name).read(partial(read_labels, name, settings=settings))
            found[name] = read.in_order()
    return found


def _read_numbers(kept: CodedRows) -> Iterable[pl.Expr]:
    """The columns of events that hold no texts, as far as the log has them."""
    kinds, types = kept.work_out(LogRows.device_type.name, read_device_types), pl.Enum(DEVICE_TYPES)
    yield LogRows.ts.col
    # Filled with plain text, they would be told as text and come out as an Enum.
    unknown = pl.lit("unknown", types)
    yield kinds.cast(types).fill_null(unknown).alias(Events.device_type.name)
    good = good_coordinates(kept)
    rules = {
        LogRows.duration_s.name: LogRows.duration_s.col >= 0,
        LogRows.latitude.name: good,
        LogRows.longitude.name: good,
        LogRows.asn.name: pl.lit(value=True),
    }
    for name, rule in rules.items():
        if name in kept.rows.columns:
            yield pl.when(rule).then(pl.col(name)).alias(name)


def _count_repairs(kept: CodedRows) -> Mapping[str, int]:
    spoilt = kept.rows.select(
        coordinates_dropped=told_coordinates(kept) & ~good_coordinates(kept),
        durations_dropped=kept.told(LogRows.duration_s.name, pl.Int64) < 0,
    )
    return {column.name: int(column.sum()) for column in spoilt}


def _outcome(
    coded: CodedRows,
    located: Located,
    window: Window,
    settings: EventSettings,
    listed: pl.Series | None,
) -> pl.Expr:
    """What becomes of each row: the first thing that is wrong with it, or whether it counts."""
    account, device = LogRows.account_id.name, LogRows.device_id.name
    checks = [
        _name(coded.told(account, pl.UInt32).is_null(), "null_account"),
        coded.work_out(account, partial(find_id_reasons, whose="account", settings=settings)),
        _name(coded.told(device, pl.UInt32).is_null(), "null_device"),
        coded.work_out(device, partial(find_id_reasons, whose="device", settings=settings)),
        *_time_checks(coded, window),
        _name(_is_failed(coded), FAILED),
        pl.lit(located.reason),
    ]
    if listed is not None:
        known = coded.work_out(account, lambda ids: ids.is_in(listed.implode()))
        checks.insert(0, _name(~known.fill_null(value=False), NOT_LISTED))
    # Of most pieces most checks find nothing: what is left of them is quick to lay together.
    found = coded.rows.select(each.cast(OUTCOMES).alias(str(n)) for n, each in enumerate(checks))
    said = [pl.lit(column) for column in found if column.null_count() < len(column)]
    judged = LogRows.ts.col.dt.date().is_between(window.first_day, window.last_day)
    counts = pl.when(judged).then(pl.lit(KEPT, OUTCOMES)).otherwise(pl.lit(OUTSIDE, OUTCOMES))
    return pl.coalesce(*said, counts).alias("outcome")


def _name(test: pl.Expr, name: str) -> pl.Expr:
    return pl.when(test).then(pl.lit(name, OUTCOMES))


def _time_checks(coded: CodedRows, window: Window) -> Iterable[pl.Expr]:
    """What was played past midnight may stop on the day after the log's last."""
    ts = LogRows.ts.col
    yield _name(coded.told(LogRows.ts_text.name, pl.UInt32).is_not_null(), "unreadable_time")
    yield _name(ts.is_null(), "null_time")
    yield _name(ts < OLDEST, "impossible_date")
    yield _name(ts.dt.date().cast(pl.Int32) > _number(window.log_ends) + 1, FUTURE)


def _is_failed(coded: CodedRows) -> pl.Expr:
    """Whether a sign-in came to nothing."""
    failed = coded.work_out(LogRows.event_type.name, lambda t: read_event_types(t) == FAILED)
    refused = coded.work_out(LogRows.outcome.name, is_refusal)
    plays = coded.work_out(LogRows.event_type.name, lambda t: is_playing(read_event_types(t)))
    never = pl.lit(value=False)
    return pl.coalesce(failed, never) | (pl.coalesce(refused, never) & ~pl.coalesce(plays, never))


def list_rejects(
    rows: pl.DataFrame, outcome: pl.Series, settings: EventSettings
) -> dy.DataFrame[Rejects]:
    """List refused rows with what they held, each text cut to a length that can be shown.

    Args:
        rows: Columns as in `LogRows`.
        outcome: From `clean_rows`; those that are no refusal are left out.
        settings: The longest text shown.
    """
    refused = rows.with_columns(reason=outcome).filter(outcome.is_in(REASONS))
    names = [n for n in LogRows.column_names() if n not in (LogRows.file.name, LogRows.row.name)]
    texts = pl.col(pl.String).str.slice(0, settings.max_ids_chars)
    shown = refused.select(names).with_columns(texts, LogRows.ts.col.dt.to_string("iso"))
    return (
        refused.select(Rejects.file.col, Rejects.row.col, Rejects.reason.col.cast(pl.String))
        .with_columns(values=shown.select(pl.struct(names).struct.json_encode()).to_series())
        .sort(Rejects.primary_key())
        .pipe(Rejects.validate, cast=True)
    )
