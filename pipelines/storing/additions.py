"""Sightings of a log's pieces → the files of one ingest, one for each day."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import polars as pl

from detector.store.columns import DAY, sort_stored, to_stored
from detector.store.table import DataFile, data_path
from pipelines.reading.child.parts import read_parts
from pipelines.reading.pool import Batch
from pipelines.storing.day_files import DAYS_AT_ONCE, day_files


def write_additions(
    folder: Path, transaction: str, parts: Mapping[int, Sequence[Batch]], days: Sequence[date]
) -> list[DataFile]:
    """Write the sightings of some files; nothing of it counts before it is committed.

    What the store knows of them already makes no difference, as sightings are sets. Memory is
    bounded by a bucket of accounts.

    Args:
        folder: The store.
        transaction: The id under which they will count.
        parts: By bucket, which is a range of shards.
        days: All that may be there.
    """
    written = list[DataFile]()
    for some in batches(sorted(days), DAYS_AT_ONCE):
        with day_files(lambda day: data_path(folder, day, transaction)) as files:
            for _, batch in sorted(parts.items()):
                found = read_parts(batch).filter(pl.col(DAY).is_in(some))
                for day, rows in by_day(sort_stored(to_stored(found))):
                    files.append(day, rows)
            written += files.finished()
    return written


def by_day(frame: pl.DataFrame) -> list[tuple[date, pl.DataFrame]]:
    """The rows of each day, without the column that says so."""
    parts = frame.partition_by(DAY, as_dict=True, include_key=False, maintain_order=True)
    return [(day, part) for (day,), part in sorted(parts.items())]


def batches(days: Sequence[date], number: int) -> list[Sequence[date]]:
    """So many days at a time."""
    return [days[start : start + number] for start in range(0, len(days), number)]
