"""Refused rows in a store: whether a day is after the log's end is only known when it is read."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path

import dataframely as dy
import polars as pl

from detector.events.clean import FUTURE
from detector.events.rows import Rejects
from detector.runs.files import flush_folder
from detector.store.table import rejects_path
from pipelines.reading.shared.tables import append_table, open_writer
from pipelines.reading.steps import Pieces

_EARLIER = ("null_account", "null_device", "sentinel_account", "sentinel_device", "overlong_id",
            "damaged_id", "unreadable_time", "null_time", "impossible_date")  # fmt: skip
"""Reasons that are found before the day is looked at."""


class Refusals(dy.Schema):
    """A row that could not be used, or could not if its day proves to be after the log's end."""

    file = dy.String(primary_key=True, description="Key of the file; see `detector.store.ledger`.")
    row = dy.Int64(primary_key=True, min=0)
    reason = dy.String(nullable=True, description="Null: nothing else is wrong with the row.")
    values = dy.String()


def write_refusals(
    folder: Path, transaction: str, keys: Mapping[str, str], pieces: Pieces, late: Pieces
) -> None:
    """Write the rejects of an ingest, and the good rows after the log's last day."""
    path = rejects_path(folder, transaction)
    path.parent.mkdir(parents=True, exist_ok=True)
    with open_writer(Refusals.create_empty(), path) as writer:
        for part in _by_file(keys, pieces, late):
            append_table(writer, part)
    flush_folder(path)
    flush_folder(path.parent)


def _by_file(keys: Mapping[str, str], pieces: Pieces, late: Pieces) -> Iterator[pl.DataFrame]:
    """The refused rows of each file, in the order in which files were read."""
    refused, after = _Refused(pieces), _Refused(late)
    for name in pieces.decoded:
        mine, future = refused.of(name), after.of(name).filter(Rejects.reason.col == FUTURE)
        good = future.join(mine, on=Rejects.row.name, how="anti").with_columns(
            reason=pl.lit(None, pl.String)
        )
        both = pl.concat([mine, good]).sort(Rejects.row.name)
        if both.height and name in keys:
            yield both.with_columns(file=pl.lit(keys[name]))


class _Refused:
    """The refused rows of files; what files that were read as one have, the first of them tells."""

    def __init__(self, pieces: Pieces) -> None:
        self._pieces = pieces.decoded
        self._held = dict[tuple[object, ...], pl.DataFrame]()

    def of(self, name: str) -> pl.DataFrame:
        """The rows of a file; all are asked for, in the order in which they were read."""
        paths = [path for piece in self._pieces.get(name, ()) for path in piece.rejects]
        if paths:
            rows = pl.concat(pl.read_ipc(path) for path in paths)
            self._held = rows.partition_by(Rejects.file.name, as_dict=True)
        return self._held.get((name,), Rejects.create_empty())


def as_rejects(
    refusals: pl.DataFrame, names: Mapping[str, str], log_ends: date
) -> dy.DataFrame[Rejects]:
    """Say why rows are refused by a log that ends on this day.

    Args:
        refusals: `Refusals` of any files.
        names: What to call each file, by its key; refusals of other files are left out.
        log_ends: Rows of later days are refused for that, but those of the day after.
    """
    day = Rejects.values.col.str.json_path_match("$.ts").str.slice(0, 10).str.to_date(strict=False)
    late = (day - log_ends > timedelta(days=1)) & ~Rejects.reason.col.is_in(_EARLIER).fill_null(
        value=False
    )
    reason = pl.when(late.fill_null(value=False)).then(pl.lit(FUTURE)).otherwise(Rejects.reason.col)
    return (
        refusals.filter(Rejects.file.col.is_in(list(names)))
        .with_columns(Rejects.file.col.replace_strict(names, return_dtype=pl.String), reason=reason)
        .filter(Rejects.reason.col.is_not_null())
        .select(Rejects.column_names())
        .sort(Rejects.primary_key())
        .pipe(Rejects.validate, cast=True)
    )
