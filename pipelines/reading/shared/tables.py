"""The reader's own Parquet files: checksummed pages, and the same bytes for the same rows."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import dataframely as dy
import polars as pl

from detector.schemas import Sightings
from pipelines.reading.shared.arrow import Table, pq

ROWS_PER_GROUP = 131_072


class WorkFolderError(Exception):
    """The run's own folder cannot be written to; no file of the log is at fault."""


@contextmanager
def own_folder() -> Generator[None]:
    """Tell failures of our own disk from those of the log's."""
    try:
        yield
    except OSError as error:
        raise WorkFolderError(f"cannot write to the run's folder: {error}") from error


def write_table(frame: pl.DataFrame, path: Path) -> None:
    """Write a sorted frame; in one chunk, because chunk borders would move page borders.

    It is read whole and soon, and then deleted: looking for repeated values costs more than
    it saves.
    """
    with open_writer(frame, path, use_dictionary=False, write_statistics=False) as writer:
        append_table(writer, frame)


def open_writer(like: pl.DataFrame, path: Path, **options: bool) -> Table:
    """Open a writer for frames like this one."""
    return pq.ParquetWriter(
        path,
        _arrow(like.clear()).schema,
        compression="lz4",
        write_page_checksum=True,
        store_schema=False,
        **options,
    )


def append_table(writer: Table, frame: pl.DataFrame) -> None:
    """Write a further frame."""
    writer.write_table(_arrow(frame), row_group_size=ROWS_PER_GROUP)


def read_bucket(path: Path) -> dy.DataFrame[Sightings]:
    """Read one bucket of sightings, sorted by key, as `read_log` wrote it."""
    # In one piece, of which rows are taken several times as fast.
    return Sightings.cast(pl.read_parquet(path)).rechunk()


def _arrow(frame: pl.DataFrame) -> Table:
    """With enums as text, which every reader knows."""
    plain = frame.with_columns(pl.col(pl.Enum).cast(pl.String)).rechunk()
    table = cast("Table", plain.to_arrow(compat_level=pl.CompatLevel.oldest()))
    return table.combine_chunks()
