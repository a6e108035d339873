"""The user's accounts table: opened in a child process, checked by rule, then trusted."""

from pathlib import Path

import dataframely as dy
import polars as pl

from detector.errors import DetectorError, InputError
from detector.events.accounts import ACCOUNT, COLUMNS, clean_records
from detector.schemas import AccountRecords
from detector.settings import ColumnSettings
from pipelines.reading.child.coercion import coerce
from pipelines.reading.child.opening import open_log, read_pieces
from pipelines.reading.pool import Workers
from pipelines.reading.shared.arrow import Schema, Table
from pipelines.reading.shared.mapping import Mapped, UnmappedError
from pipelines.reading.shared.messages import Failed, Problem, ReadPlan, Records, RecordsRequest
from pipelines.reading.shared.tables import append_table, open_writer, own_folder

UNUSED = ("signup_date", "status")
"""Known columns that no verdict hangs on: a cancelled account is judged as any other."""
_TEXT = pl.DataFrame(schema=dict.fromkeys(COLUMNS, pl.String))


def read_records(pool: Workers, table: Path | None, folder: Path) -> dy.DataFrame[AccountRecords]:
    """Read the accounts table, if there is one.

    Args:
        pool: Opens the file.
        table: Parquet, or CSV if its name ends so.
        folder: Where the workers may write.

    Raises:
        InputError: The table cannot be read, or would mislead.
    """
    if table is None:
        return AccountRecords.create_empty()
    out = folder / "records.parquet"
    for _, reply in pool.run([RecordsRequest(path=str(table.absolute()), out=str(out))]):
        if isinstance(reply, Failed):
            # The columns of a log can be mapped, those of this table cannot.
            hint = reply.problem.hint.partition("; map another column")[0] or (
                "--accounts takes Parquet or *.csv with an account_id and partner, plan, country "
                "or extra_members; a plain list of ids is for --only"
            )
            raise InputError(f"The accounts table {table} {reply.problem.text}.", hint=hint)
        if not isinstance(reply, Records):
            raise DetectorError("The accounts table was given no answer.")
    return clean_records(pl.read_parquet(out, glob=False))


def decode_records(request: RecordsRequest, plan: ReadPlan) -> Records:
    """Write the columns that are used as text; runs in a child process.

    Raises:
        UnmappedError: The file is no accounts table.
    """
    log = open_log(request.path)
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
