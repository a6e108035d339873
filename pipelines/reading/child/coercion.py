"""Columns of a file, of whatever type, as the contract's types: by rule, never by guess."""

from collections.abc import Callable
from typing import cast

import polars as pl

from detector.log_settings import ColumnSettings
from pipelines.reading.child.instants import PER_SECOND, read_counts, read_iso
from pipelines.reading.shared.arrow import Array, Kind, pa, pc
from pipelines.reading.shared.mapping import UnmappedError
from pipelines.reading.shared.messages import Problem

_NOT_ALONE = r"[,\[]|\.\d+:\d"
_PROXIES = r"^\s*([^,]*?)\s*,.*$"
_BRACKETS = r"^\s*\[([^\]]*)\](?::\d{1,5})?\s*$"
_PORT = r"(?i)^\s*((?:::ffff:)?\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}\s*$"
"""An IPv6 address without brackets may end in what looks like a port: it is left as it is."""
NAIVE_NOTE = "Times without a zone were taken as UTC."


def coerce(column: str, array: Array, columns: ColumnSettings) -> list[pl.Series]:
    """Read one column of the contract from an Arrow array.

    Returns:
        The column; for times, also `ts_text` (or the like) with what could not be read.

    Raises:
        UnmappedError: If the type does not serve.
    """
    plain = _plain(array)
    return _RULES[column](column, plain, columns)


def read_texts(column: str, array: Array) -> Array:
    """Read one column of texts as an Arrow array of large strings, or of codes of such.

    Raises:
        UnmappedError: If the type does not serve.
    """
    rule, array = _TEXT_RULES[column], _in_one(array)
    if not (pa.types.is_dictionary(array.type) and is_text(array.type.value_type)):
        return rule(column, _plain(array))
    return pa.DictionaryArray.from_arrays(array.indices, rule(column, array.dictionary))


def is_naive(column: str, kind: Kind) -> bool:
    """Whether a column holds times without a zone."""
    return column in ("ts", "ended_at") and pa.types.is_timestamp(kind) and kind.tz is None


def _plain(array: Array) -> Array:
    """Without dictionaries, views and extensions, which hold the same values."""
    array = _in_one(array)
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if isinstance(array, pa.ExtensionArray):
        array = array.storage
    return array


def _in_one(array: Array) -> Array:
    if not isinstance(array, pa.ChunkedArray):
        return array
    if array.num_chunks > 1:
        array = array.combine_chunks()
    if not isinstance(array, pa.ChunkedArray):
        return array
    return array.chunk(0) if array.num_chunks else pa.array([], array.type)


def _text(column: str, array: Array) -> Array:
    kind = array.type
    if not (is_text(kind) or pa.types.is_integer(kind) or pa.types.is_null(kind)):
        raise _unfit(column, kind, "text")
    return array.cast(pa.large_string())


def _outcome(column: str, array: Array) -> Array:
    kind = array.type
    if pa.types.is_boolean(kind):
        return array.cast(pa.string()).cast(pa.large_string())
    return _text(column, array)


def _address(column: str, array: Array) -> Array:
    """Of a list the first, whom the proxies after it speak for; without brackets or a port."""
    if not (is_text(array.type) or pa.types.is_null(array.type)):
        raise _unfit(column, array.type, "text such as '198.51.100.7'")
    texts = array.cast(pa.large_string())
    if not pc.any(pc.match_substring_regex(texts, _NOT_ALONE)).as_py():
        return texts
    alone = _series(column, texts)
    for pattern in (_PROXIES, _BRACKETS, _PORT):
        alone = alone.str.replace(pattern, "$1")
    return cast("Array", alone.to_arrow(compat_level=pl.CompatLevel.oldest()))


def _id(column: str, array: Array) -> Array:
    kind = array.type
    if pa.types.is_floating(kind):
        raise _unfit(
            column,
            kind,
            "text or whole numbers: beyond 2^53 different ids become one. Cast it where the "
            "log is written (a column of whole numbers with gaps becomes float in pandas)",
        )
    if pa.types.is_fixed_size_binary(kind) and kind.byte_width == 16:
        digits = _series(column, array.cast(pa.binary()).cast(pa.large_binary())).bin.encode("hex")
        return cast("Array", digits.to_arrow(compat_level=pl.CompatLevel.oldest()))
    if pa.types.is_decimal(kind) and kind.scale == 0:
        return array.cast(pa.string()).cast(pa.large_string())
    return _text(column, array)


def _texts(column: str, array: Array, columns: ColumnSettings) -> list[pl.Series]:
    return [_series(column, _TEXT_RULES[column](column, array))]


def _number(column: str, array: Array, columns: ColumnSettings) -> list[pl.Series]:
    """With a decimal comma as well, which German spreadsheets write."""
    if is_text(array.type):
        text = _series(column, array.cast(pa.large_string()))
        return [text.str.replace(r"^(\s*-?\d+),(\d+)\s*$", "$1.$2").cast(pl.Float64, strict=False)]
    return [_numbers(column, array, "numbers")]


def _whole(column: str, array: Array, columns: ColumnSettings) -> list[pl.Series]:
    if is_text(array.type):
        digits = _series(column, array.cast(pa.large_string())).str.extract(r"^(?:AS)?(\d{1,10})$")
        return [digits.cast(pl.Int64)]
    return [_numbers(column, array, "whole numbers").cast(pl.Int64, strict=False)]


def _count(column: str, array: Array, columns: ColumnSettings) -> list[pl.Series]:
    """As text, for a wrong number must be refused and not become none."""
    kind = array.type
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return [_series(column, array.cast(pa.float64())).fill_nan(None).cast(pl.String)]
    return [_series(column, _text(column, array))]


def _day(column: str, array: Array, columns: ColumnSettings) -> list[pl.Series]:
    """As text, for what is no day must be refused and not be forgotten."""
    if pa.types.is_timestamp(array.type):
        array = array.cast(pa.date32(), safe=False)
    if pa.types.is_date(array.type):
        array = array.cast(pa.large_string())
    return [_series(column, _text(column, array))]


def _duration(column: str, array: Array, columns: ColumnSettings) -> list[pl.Series]:
    kind = array.type
    if pa.types.is_duration(kind):
        seconds = _series(column, array.cast(pa.int64())) // PER_SECOND[kind.unit]
        return [seconds]
    if is_text(kind):
        return [_clock_time(_series(column, array.cast(pa.large_string())), columns)]
    if pa.types.is_integer(kind):
        whole = _series(column, array) // _per_second(columns)
        return [whole.cast(pl.Int64, strict=False)]
    numbers = _numbers(column, array, "numbers of seconds") // _per_second(columns)
    return [numbers.cast(pl.Int64, strict=False)]


def _per_second(columns: ColumnSettings) -> int:
    return PER_SECOND[columns.duration_unit or "s"]


def _clock_time(text: pl.Series, columns: ColumnSettings) -> pl.Series:
    """``h:mm:ss``, or a number in text."""
    fields = text.str.extract_groups(r"^(\d+):(\d\d):(\d\d)$").struct.unnest()
    hours, minutes, seconds = (fields[name].cast(pl.Int64) for name in fields.columns)
    number = text.cast(pl.Float64, strict=False) // _per_second(columns)
    clock = hours * 3600 + minutes * 60 + seconds
    return (
        pl.select(pl.coalesce(clock, number.cast(pl.Int64, strict=False)))
        .to_series()
        .alias(text.name)
    )


def _time(column: str, array: Array, columns: ColumnSettings) -> list[pl.Series]:
    kind = array.type
    if pa.types.is_timestamp(kind):
        return read_counts(column, _series(column, array.cast(pa.int64())), kind.unit)
    if is_text(kind):
        text = _series(column, array.cast(pa.large_string()))
        number = text.cast(pl.Float64, strict=False)
        if columns.ts_unit is None or number.null_count() == len(text):
            return read_iso(column, text)
        return read_counts(column, number, columns.ts_unit, text)
    if pa.types.is_null(kind):
        return read_counts(column, pl.Series(column, [None] * len(array), pl.Int64), "us")
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
        raise _unfit(column, kind, "a timestamp")
    if columns.ts_unit is None:
        raise UnmappedError(
            Problem(
                kind="type",
                text=f"has numbers ({kind}) without a unit in the time column {column!r}",
                hint='say what they count since 1970, for example: [columns] ts_unit = "ms"',
            )
        )
    return read_counts(column, _series(column, array), columns.ts_unit)


def _numbers(column: str, array: Array, wanted: str) -> pl.Series:
    kind = array.type
    if is_text(kind):
        return _series(column, array.cast(pa.large_string())).cast(pl.Float64, strict=False)
    if not (
        pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_decimal(kind)
        or pa.types.is_null(kind)
    ):
        raise _unfit(column, kind, wanted)
    return _series(column, array.cast(pa.float64()))


def _series(column: str, array: Array) -> pl.Series:
    return pl.Series(column, pl.from_arrow(array))


def is_text(kind: Kind) -> bool:
    """Whether a column holds text, or bytes that may be text."""
    return (
        pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_string_view(kind)
        or pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_binary_view(kind)
    )


def _unfit(column: str, kind: Kind, wanted: str) -> UnmappedError:
    return UnmappedError(
        Problem(
            kind="type",
            text=f"has type {kind} in the column for {column!r}",
            hint=f"{column!r} must be {wanted}; map another column under [columns].",
        )
    )


_TextRule = Callable[[str, Array], Array]
_TEXT_RULES: dict[str, _TextRule] = {
    **dict.fromkeys(("account_id", "device_id", "profile_id", "event_id"), _id),
    **dict.fromkeys(("event_type", "device_type", "country", "city"), _text),
    **dict.fromkeys(("as_org", "connection_type"), _text),
    **dict.fromkeys(("partner", "plan"), _text),
    "ip": _address,
    "outcome": _outcome,
}
TEXTS = tuple(name for name in _TEXT_RULES if name not in ("partner", "plan"))
"""The columns of a log that hold texts."""

_Rule = Callable[[str, Array, ColumnSettings], list[pl.Series]]
_RULES: dict[str, _Rule] = {
    **dict.fromkeys(_TEXT_RULES, _texts),
    **dict.fromkeys(("ts", "ended_at"), _time),
    **dict.fromkeys(("latitude", "longitude"), _number),
    "extra_members": _count,
    "signup_date": _day,
    "asn": _whole,
    "duration_s": _duration,
}
