"""Pieces of a file as rows under the contract's names."""

from typing import cast

import polars as pl

from detector.events.rows import LogRows
from detector.log_settings import ColumnSettings
from pipelines.reading.child.coercion import NAIVE_NOTE, coerce, is_naive
from pipelines.reading.shared.arrow import Array, Table, pc
from pipelines.reading.shared.mapping import Mapped

_ENDED_AT = "ended_at"


def read_rows(table: Table, mapped: Mapped, columns: ColumnSettings) -> pl.DataFrame:
    """Bring the mapped columns of an Arrow table to the contract's names and types.

    Returns:
        All columns of `LogRows` but `file` and `row`; those that the log lacks are null.
    """
    series = [
        part
        for column, steps in mapped.steps.items()
        for part in coerce(column, walk(table, steps), columns)
    ]
    frame = pl.DataFrame(series) if series else pl.DataFrame({}, height=table.num_rows)
    frame = frame.with_columns(
        pl.lit(value, LogRows.columns()[column].dtype).alias(column)
        for column, value in mapped.constants.items()
        if column in LogRows.column_names()
    )
    if _ENDED_AT in frame.columns and LogRows.duration_s.name not in mapped.steps:
        lasted = pl.col(_ENDED_AT) - LogRows.ts.col
        frame = frame.with_columns(lasted.dt.total_seconds().alias(LogRows.duration_s.name))
    return _completed(frame)


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


def _completed(frame: pl.DataFrame) -> pl.DataFrame:
    wanted = {
        name: column.dtype
        for name, column in LogRows.columns().items()
        if name not in (LogRows.file.name, LogRows.row.name)
    }
    return frame.select(
        pl.col(name) if name in frame.columns else pl.lit(None, dtype).alias(name)
        for name, dtype in wanted.items()
    )
