"""The user's accounts table → the columns that are used, as text."""

from pathlib import Path

import polars as pl

from detector.events.accounts import COLUMNS
from detector.log_settings import ColumnSettings
from detector.schemas import ACCOUNT
from pipelines.reading.child.coercion import coerce
from pipelines.reading.child.opening import open_log, read_pieces
from pipelines.reading.shared.arrow import Schema, Table
from pipelines.reading.shared.mapping import Mapped, UnmappedError
from pipelines.reading.shared.messages import Problem, ReadPlan, Records, RecordsRequest
from pipelines.reading.shared.tables import append_table, open_writer, own_folder

UNUSED = ("status",)
"""Known columns that no verdict hangs on: a cancelled account is judged as any other."""
_TEXT = pl.DataFrame(schema=dict.fromkeys(COLUMNS, pl.String))


def decode_records(request: RecordsRequest, plan: ReadPlan) -> Records:
    """Write the columns that are used as text.

    Raises:
        UnmappedError: The file is no accounts table.
    """
    log = open_log(request.path)
    if log.notes:
        raise _refused(f"cannot be read whole: {log.notes[0]}", "mend these rows")
    mapped = Mapped({name: (name,) for name in COLUMNS if name in log.schema.names}, {})
    _check_columns(log.schema, mapped)
    with own_folder():
        writer = open_writer(_TEXT, Path(request.out))
    for piece in read_pieces(log, mapped, range(len(log.row_groups)), plan.chunk_rows):
        rows = _as_text(piece, mapped)
        with own_folder():
            append_table(writer, rows)
    with own_folder():
        writer.close()
    return Records()


def _check_columns(schema: Schema, mapped: Mapped) -> None:
    found = sorted(schema.names)
    twice = [name for name in mapped.steps if found.count(name) > 1]
    if twice:
        raise _refused(f"has several columns {twice[0]!r}", "keep one of them")
    if ACCOUNT not in mapped.steps:
        raise _refused(f"lacks the column {ACCOUNT!r}", f"rename one of its columns {found[:20]}")
    if len(mapped.steps) == 1 and not set(found) & set(UNUSED):
        wanted = ", ".join(COLUMNS[1:])
        raise _refused(
            f"says nothing of its accounts: it has none of the columns {wanted}",
            "to judge only the accounts of a list, give a text file of ids as --only",
        )


def _as_text(piece: Table, mapped: Mapped) -> pl.DataFrame:
    columns = [coerce(name, piece.column(name), ColumnSettings())[0] for name in mapped.steps]
    rows = pl.DataFrame(columns).with_columns(pl.all().cast(pl.String))
    lacking = [pl.lit(None, pl.String).alias(c) for c in COLUMNS if c not in mapped.steps]
    return rows.with_columns(lacking).select(COLUMNS)


def _refused(text: str, hint: str) -> UnmappedError:
    return UnmappedError(Problem(kind="missing", text=text, hint=hint))
