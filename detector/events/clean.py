"""Rows of a log → clean events, and rejects that say why."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zlib import crc32

import dataframely as dy
import numpy as np
import polars as pl

from detector.events.addresses import parse_addresses
from detector.events.cells import name_network
from detector.events.id_kernels import find_plain, mark_words
from detector.events.rows import LogRows, Rejects
from detector.events.words import (
    FAILED,
    is_playing,
    is_refusal,
    read_device_types,
    read_event_types,
)
from detector.kernels.arrays import Longs
from detector.kernels.texts import Encoded, mix
from detector.log_settings import EventSettings
from detector.schemas import Events

OLDEST = datetime(2000, 1, 1, tzinfo=UTC)
"""No streaming service is older: an earlier time is a default value or a wrong unit."""

SENTINELS = (
    *("", "0", "-1", "-", "null", "none", "nil", "nan", "n/a", "unknown", "undefined"),
    *("anonymous", "guest", "default", "(null)", "9774d56d682e549c", "000000000000000"),
    *("00000000-0000-0000-0000-000000000000", "00000000000000000000000000000000"),
    *("ffffffff-ffff-ffff-ffff-ffffffffffff", "02:00:00:00:00:00", "00:00:00:00:00:00"),
)
"""What programs write when they have no id: 9774d56d682e549c was one of millions of Android
phones, 02:00:00:00:00:00 is any iPhone. Taken for an id, each would tie strangers together."""

_SENTINEL_MARKS = mark_words(SENTINELS)
_NOT_OF_THE_ROW = (LogRows.file.name, LogRows.row.name, LogRows.ts_text.name)
_CONTROL = r"[\x00-\x1f\x7f\u0085\u2028\u2029\u202a-\u202e\u2066-\u2069]"


@dataclass(frozen=True)
class Window:
    """The days that are judged, and the last day that the log can speak of."""

    first_day: date
    last_day: date
    log_ends: date


@dataclass(frozen=True)
class CleanLog:
    """What became of some rows of a log."""

    events: dy.DataFrame[Events]
    fingerprints: pl.Series
    """One number per event: equal only where every column of the contract was equal."""
    files: pl.Series
    """Of each event, the file that its row stood in."""
    rejects: dy.DataFrame[Rejects]
    outside_window: int
    repairs: Mapping[str, int]

    def distinct_events(self) -> dy.DataFrame[Events]:
        """The events without repetitions: what is delivered twice happened once."""
        return Events.cast(self.events.filter(self.fingerprints.is_first_distinct()))


def clean_events(rows: pl.DataFrame, window: Window, settings: EventSettings) -> CleanLog:
    """Keep the rows that say who was where and when; refuse each other with its first reason.

    An address outweighs all other locations. A row whose address cannot be read is refused
    even if it has coordinates, as the two were made by one program; a row with a good address
    and impossible coordinates only loses these. A sign-in that failed is no use of the account,
    whoever tried; such rows are counted. Rows of days before the window (or after it,
    where the log goes on) are no rejects: they are counted and left out.

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
    read = _with_readings(rows, settings).with_columns(reason=_reason(window, settings))
    good = read.filter(pl.col(Rejects.reason.name).is_null())
    inside = good.filter(Events.ts.col.dt.date().is_between(window.first_day, window.last_day))
    return CleanLog(
        events=inside.select(Events.column_names()).pipe(Events.validate, cast=True),
        fingerprints=inside["fingerprint"],
        files=inside[LogRows.file.name],
        rejects=_rejects(rows, read[Rejects.reason.name], settings),
        outside_window=good.height - inside.height,
        repairs={
            "coordinates_dropped": inside.filter(_coordinates_dropped()).height,
            "durations_dropped": inside.filter("negative_duration").height,
        },
    )


def usable_ids(texts: pl.Series, whose: str, settings: EventSettings) -> pl.Series:
    """Tell which texts may be ids of an account or a device.

    Examples:
        >>> usable_ids(pl.Series(["ada", " unknown "]), "account", EventSettings()).to_list()
        [True, False]
    """
    plain = find_plain(texts, _SENTINEL_MARKS, settings.max_ids_chars)
    odd = texts.filter(pl.Series(~plain))
    wrong = (test for test, _ in _id_checks(pl.lit(odd), whose, settings))
    plain[~plain] = pl.select(~pl.any_horizontal(*wrong)).to_series().to_numpy()
    return pl.Series(plain)


def read_labels(name: str, texts: pl.Series, settings: EventSettings) -> pl.Series:
    """Read what a log says in one of the columns that describe a network.

    Examples:
        >>> read_labels("country", pl.Series(["us", "XX"]), EventSettings()).to_list()
        ['US', None]
    """
    rules = {
        LogRows.country.name: _country(),
        LogRows.connection_type.name: _connection(),
    }
    rule = rules[name] if name in rules else _short_text(name, settings)
    return pl.DataFrame({name: texts}).select(rule).to_series()


def fingerprint_rows(rows: pl.DataFrame) -> pl.Series:
    """One number per row: equal only where all columns of the log are equal.

    A column that is null, or not there at all, makes no difference.

    Examples:
        A row that was delivered twice has one fingerprint, where it stood makes no difference:

        >>> rows = pl.DataFrame({
        ...     "account_id": ["ada", "bob", "ada"], "city": ["Lyon", None, "Lyon"]})
        >>> first, second, third = fingerprint_rows(rows)
        >>> first == third, first == second
        (True, False)
    """
    columns = (column for column in rows if column.name not in _NOT_OF_THE_ROW)
    some = (column for column in columns if column.null_count() < rows.height)
    return pl.Series(join_hashes(rows.height, map(hash_column, some)), dtype=pl.UInt64)


def join_hashes(rows: int, hashes: Iterable[Longs]) -> Longs:
    """Make one number per row out of those of its columns, in whatever order they come."""
    total = np.zeros(rows, np.uint64)
    for each in hashes:
        total += each
    return total


def hash_column(column: pl.Series) -> Longs:
    """One number for each value, for each name of a column another one; 0 for null."""
    if column.dtype == pl.String:
        return Encoded.of_series(column).hashes(salt_of(column.name))
    numbers = (column + 0.0).reinterpret(signed=False) if column.dtype.is_float() else column
    bits = ~numbers.to_physical().cast(pl.Int64, wrap_numerical=True).fill_null(-1).to_numpy()
    return mix(bits.view(np.uint64), salt_of(column.name))


def salt_of(name: str) -> int:
    """Tell columns apart: the same text in another one is another fact."""
    return crc32(name.encode())


def _with_readings(rows: pl.DataFrame, settings: EventSettings) -> pl.DataFrame:
    """The rows beside what their texts mean."""
    addresses = parse_addresses(rows[LogRows.ip.name]).rename(
        {"network": "address", "reason": "address_reason"}
    )
    fingerprints = fingerprint_rows(rows)
    words = read_event_types(rows[LogRows.event_type.name])
    refused = is_refusal(rows[LogRows.outcome.name])
    good = good_coordinates()
    return (
        rows.join(
            addresses, left_on=LogRows.ip.name, right_on="text", how="left", maintain_order="left"
        )
        .with_columns(
            _country(),
            *(_short_text(name, settings) for name in (LogRows.city.name, LogRows.as_org.name)),
            _connection(),
            fingerprint=fingerprints,
            event_type=words,
            failed=(words == FAILED).fill_null(value=False) | (refused & ~is_playing(words)),
            device_type=read_device_types(rows[LogRows.device_type.name]),
            has_coordinates=LogRows.latitude.col.is_not_null()
            | LogRows.longitude.col.is_not_null(),
            latitude=pl.when(good).then(LogRows.latitude.col),
            longitude=pl.when(good).then(LogRows.longitude.col),
            negative_duration=(LogRows.duration_s.col < 0).fill_null(value=False),
            duration_s=pl.when(LogRows.duration_s.col >= 0).then(LogRows.duration_s.col),
        )
        .with_columns(network=name_network(settings))
    )


def good_coordinates() -> pl.Expr:
    """On the globe, and not where the equator meets Greenwich: nobody lives at 0, 0.

    A latitude beyond 90 is most often a longitude in the wrong column; it is not turned
    round, since a pair that looks right may then be as wrong.

    Examples:
        >>> rows = pl.DataFrame({"latitude": [45.76, 0.0, 120.0], "longitude": [4.84, 0.0, 4.84]})
        >>> rows.select(good_coordinates()).to_series().to_list()
        [True, False, False]
    """
    lat, lon = LogRows.latitude.col, LogRows.longitude.col
    on_globe = lat.is_finite() & lon.is_finite() & (lat.abs() <= 90) & (lon.abs() <= 180)
    return on_globe & ((lat.abs() > 0.01) | (lon.abs() > 0.01))


def _coordinates_dropped() -> pl.Expr:
    return pl.col("has_coordinates") & Events.latitude.col.is_null()


def _country() -> pl.Expr:
    """Two letters in upper case, also out of "US (United States)"; other names as they are."""
    text = LogRows.country.col.str.strip_chars().str.replace(r"^([A-Za-z]{2}) \(.*\)$", "$1")
    upper = text.str.to_uppercase()
    nowhere = upper.is_in(("", "XX", "ZZ", "--", "-", "UNKNOWN", "NULL", "NONE", "N/A"))
    return pl.when(~nowhere).then(pl.when(text.str.len_chars() == 2).then(upper).otherwise(text))


def _connection() -> pl.Expr:
    return LogRows.connection_type.col.str.strip_chars().str.to_lowercase()


def _short_text(name: str, settings: EventSettings) -> pl.Expr:
    text = pl.col(name).str.replace_all(_CONTROL, " ").str.strip_chars()
    return pl.when(text != "").then(text.str.slice(0, settings.max_ids_chars)).alias(name)


def _reason(window: Window, settings: EventSettings) -> pl.Expr:
    """The first thing that is wrong with a row; null if nothing is."""
    blank = LogRows.ip.col.str.strip_chars() == ""
    checks = (
        *_id_checks(LogRows.account_id.col, "account", settings),
        *_id_checks(LogRows.device_id.col, "device", settings),
        (LogRows.ts_text.col.is_not_null(), "unreadable_time"),
        (LogRows.ts.col.is_null(), "null_time"),
        (LogRows.ts.col < OLDEST, "impossible_date"),
        (LogRows.ts.col.dt.date() > window.log_ends, "future_date"),
        (pl.col("failed"), FAILED),
    )
    return pl.coalesce(
        *(pl.when(test).then(pl.lit(name)) for test, name in checks),
        pl.when(pl.col("address").is_null() & ~blank).then(pl.col("address_reason")),
        pl.when(Events.network.col.is_null()).then(
            pl.when(pl.col("has_coordinates"))
            .then(pl.lit("bad_coordinates"))
            .otherwise(pl.lit("no_location"))
        ),
    )


def _id_checks(
    name: pl.Expr, whose: str, settings: EventSettings
) -> tuple[tuple[pl.Expr, str], ...]:
    return (
        (name.is_null(), f"null_{whose}"),
        (name.str.strip_chars().str.to_lowercase().is_in(SENTINELS), f"sentinel_{whose}"),
        (name.str.len_chars() > settings.max_ids_chars, "overlong_id"),
        (name.str.contains(_CONTROL), "damaged_id"),
    )


def _rejects(
    rows: pl.DataFrame, reason: pl.Series, settings: EventSettings
) -> dy.DataFrame[Rejects]:
    """The refused rows with what they held, each text cut to a length that can be shown."""
    refused = rows.with_columns(reason=reason).filter(Rejects.reason.col.is_not_null())
    names = [n for n in LogRows.column_names() if n not in (LogRows.file.name, LogRows.row.name)]
    texts = pl.col(pl.String).str.slice(0, settings.max_ids_chars)
    shown = refused.select(names).with_columns(texts, LogRows.ts.col.dt.to_string("iso"))
    return (
        refused.select(Rejects.file.col, Rejects.row.col, Rejects.reason.col)
        .with_columns(values=shown.select(pl.struct(names).struct.json_encode()).to_series())
        .sort(Rejects.primary_key())
        .pipe(Rejects.validate, cast=True)
    )
