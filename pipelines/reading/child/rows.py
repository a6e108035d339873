"""Pieces of a file as rows under the contract's names."""

from typing import cast

import polars as pl

from detector.events.rows import LogRows
from detector.kernels.coded import CodedRows, Encoded
from detector.kernels.tables import complete
from detector.log_settings import ColumnSettings
from pipelines.reading.child.coercion import (
    NAIVE_NOTE,
    TEXTS,
    coerce,
    is_naive,
    is_text,
    read_texts,
)
from pipelines.reading.shared.arrow import Array, Schema, Table, pc
from pipelines.reading.shared.mapping import Mapped
from pipelines.reading.shared.messages import LogSource

_ENDED_AT = "ended_at"
_UNIQUE = LogRows.event_id.name


def read_columns(table: Table, mapped: Mapped, source: LogSource) -> CodedRows:
    """Bring the mapped columns of an Arrow table to the contract's names and types.

    Returns:
        Columns of `LogRows` but `file` and `row`, those that the file tells; texts as codes.
    """
    texts = {
        name: (Encoded.one_each if name == _UNIQUE else Encoded.of)(
            read_texts(name, walk(table, steps))
        )
        for name, steps in mapped.steps.items()
        if name in TEXTS
    }
    rows: int = table.num_rows
    for name, value in mapped.constants.items():
        if name in TEXTS and value is not None:
            codes = pl.zeros(rows, pl.UInt32, eager=True)
            texts[name] = Encoded(codes, pl.Series([value], dtype=pl.String))
    numbers = _read_numbers(table, mapped, source.columns)
    read = {c.name: Encoded.of_series(c) for c in numbers if c.dtype == pl.String}
    return CodedRows.join(numbers.drop(read), texts | read)


def complete_rows(coded: CodedRows) -> pl.DataFrame:
    """All columns of `LogRows` but `file` and `row`, with texts; null where the log has none."""
    return complete(coded.decoded(), LogRows).drop(LogRows.file.name, LogRows.row.name)


def text_columns(schema: Schema, mapped: Mapped) -> list[str]:
    """The file's own names of its columns of texts that repeat, but those in structs or lists."""
    ways = (way for name, way in mapped.steps.items() if name in TEXTS and name != _UNIQUE)
    names = {str(way[0]) for way in ways if len(way) == 1}
    return sorted(name for name in names if is_text(schema.field(name).type))


def _read_numbers(table: Table, mapped: Mapped, columns: ColumnSettings) -> pl.DataFrame:
    """Times and numbers; what could not be read of a time stands beside it as text."""
    series = [
        part
        for column, steps in mapped.steps.items()
        if column not in TEXTS
        for part in coerce(column, walk(table, steps), columns)
    ]
    frame = pl.DataFrame(series) if series else pl.DataFrame({}, height=table.num_rows)
    frame = frame.with_columns(
        pl.lit(value).cast(LogRows.columns()[column].dtype, strict=False).alias(column)
        for column, value in mapped.constants.items()
        if column in LogRows.column_names() and column not in TEXTS
    )
    if _ENDED_AT in frame.columns and LogRows.duration_s.name not in mapped.steps:
        lasted = pl.col(_ENDED_AT) - LogRows.ts.col
        frame = frame.with_columns(lasted.dt.total_seconds().alias(LogRows.duration_s.name))
    names = [n for n in frame.columns if n in LogRows.column_names()]
    told = [n for n in names if n == LogRows.ts.name or frame[n].null_count() < frame.height]
    return frame.select(told)


def naive_notes(table: Table, mapped: Mapped) -> tuple[str, ...]:
    """Say once what was assumed about times."""
    naive = any(is_naive(column, walk(table, way).type) for column, way in mapped.steps.items())
    return (NAIVE_NOTE,) if naive else ()


def walk(table: Table, steps: tuple[str | int, ...]) -> Array:
    """Follow a way through structs and lists to an Arrow array."""
    array: Array = table.column(steps[0])
    for step in steps[1:]:
        if isinstance(step, str):
            array = pc.struct_field(array, step)
        else:
            items = pl.Series(pl.from_arrow(array))
            array = cast("Array", items.list.get(step, null_on_oob=True).to_arrow())
    return array
