"""Sums of a log's pieces → the files of one ingest: fingerprints, and sightings of what is new."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from detector.sightings.sums import log_day, told_day

from detector.kernels.arrays import Codes
from detector.kernels.texts import shards_of
from detector.schemas import Sightings
from detector.store.columns import LOG_DAY, PRINT, SHARD, sort_stored, to_stored, with_shard
from detector.store.ledger import Days, sum_days
from detector.store.table import DataFile, Snapshot, data_path, seen_path
from pipelines.reading.child.sum_files import Merged, merge_parts
from pipelines.storing.day_files import DAYS_AT_ONCE, DayFiles, day_files

EVENT = [SHARD, PRINT]
"""What tells an event from all others of its day: rows equal in both are copies of one."""

SIGHTINGS_AT_ONCE = 1_000_000


@dataclass(frozen=True)
class Staged:
    """The sums of some files, in the buckets that decoding dealt them into."""

    parts: Mapping[int, Sequence[tuple[str, int, int]]]
    """By bucket, which is a range of shards: file, record batch, rows."""
    good: Days
    """Events by day, copies included."""
    slice_rows: int
    """Larger buckets are added up some days at a time."""


def write_additions(
    snapshot: Snapshot, transaction: str, staged: Staged
) -> tuple[list[DataFile], Days]:
    """Write the sightings of events that the store has not seen, and their fingerprints.

    Nothing of it counts before it is committed. Memory is bounded by a bucket of accounts.

    Returns:
        The table's new files, and the new events by day.
    """
    written: list[DataFile] = []
    kept: list[Days] = []
    for days in batches(sorted(staged.good), DAYS_AT_ONCE):
        with (
            day_files(lambda day: data_path(snapshot.folder, day, transaction)) as data,
            day_files(lambda day: seen_path(snapshot.folder, day, transaction)) as seen,
        ):
            for _, parts in sorted(staged.parts.items()):
                for merged in _slices(parts, staged.slice_rows):
                    kept.append(_add(snapshot, merged, days, (data, seen)))
            seen.finished()
            written += data.finished()
    return written, sum_days(kept)


def _slices(parts: Sequence[tuple[str, int, int]], slice_rows: int) -> Iterator[Merged]:
    number = -(-sum(rows for _, _, rows in parts) // slice_rows)
    for remainder in range(number):
        found = sorted((path, batch) for path, batch, _ in parts)
        yield merge_parts(found, (number, remainder), apart=True)


def _add(
    snapshot: Snapshot, merged: Merged, days: Sequence[date], files: tuple[DayFiles, DayFiles]
) -> Days:
    """Add what a bucket has of some days to their files; the new events by day.

    What copies say beside their counts the store holds already, in a sighting of one key.
    """
    events = _events(merged)
    gone = ~events[LOG_DAY].is_in(days) | _known(snapshot, events, days)
    if gone.any():
        merged = merged.without(gone.to_numpy())
        events = events.filter(~gone)
    data, seen = files
    for day, rows in by_day(sort_stored(_stored(merged))):
        data.append(day, rows)
    own = events.filter("own").drop("own")
    for day, rows in by_day(own.unique().sort(LOG_DAY, *EVENT)):
        seen.append(day, rows)
    return dict(own.group_by(LOG_DAY).len().sort(LOG_DAY).iter_rows())


def _events(merged: Merged) -> pl.DataFrame:
    """Of each fingerprint the event's day and shard, and if the sum is of that day itself."""
    sums = merged.sums
    row = np.repeat(np.arange(len(sums.keys.day)), np.diff(sums.prints.ends))
    day = sums.keys.day[row]
    return pl.DataFrame(
        {
            SHARD: pl.Series(shards_of(merged.texts[0])[sums.keys.account[row]], dtype=pl.Int16),
            PRINT: sums.prints.prints & ~np.uint64(1),
            LOG_DAY: _dates(log_day(day)),
            "own": log_day(day) == told_day(day),
        }
    )


def _known(snapshot: Snapshot, events: pl.DataFrame, days: Sequence[date]) -> pl.Series:
    """Whether the store holds the event already."""
    found = [pl.Series(LOG_DAY, [], pl.Date).to_frame().lazy()]
    low, high = events[SHARD].min(), events[SHARD].max()
    for day in days:
        if paths := snapshot.seen(day):
            seen = pl.scan_parquet(paths, glob=False, hive_partitioning=False)
            inside = seen.filter(pl.col(SHARD).is_between(low, high))
            found.append(inside.with_columns(pl.lit(day).alias(LOG_DAY)))
    if len(found) == 1:
        return pl.repeat(value=False, n=events.height, eager=True)
    asked = events.lazy().select(*EVENT, LOG_DAY).unique()
    seen = pl.concat(found[1:]).join(asked, on=[*EVENT, LOG_DAY], how="semi").unique()
    known = seen.with_columns(known=True).collect(engine="streaming")
    marked = events.join(known, on=[*EVENT, LOG_DAY], how="left", maintain_order="left")
    return marked["known"].fill_null(value=False)


def _stored(merged: Merged) -> pl.DataFrame:
    sightings = merged.sightings()
    numbers = sightings[Sightings.day.name].to_physical().to_numpy()
    return to_stored(
        with_shard(
            sightings.with_columns(
                _dates(told_day(numbers)).alias(Sightings.day.name),
                _dates(log_day(numbers)).alias(LOG_DAY),
            )
        )
    )


def _dates(days: Codes) -> pl.Series:
    return pl.Series(days).cast(pl.Date)


def by_day(frame: pl.DataFrame) -> list[tuple[date, pl.DataFrame]]:
    """The rows of each day, without the column that says so."""
    parts = frame.partition_by(LOG_DAY, as_dict=True, include_key=False, maintain_order=True)
    return [(day, part) for (day,), part in sorted(parts.items())]


def batches(days: Sequence[date], number: int) -> list[Sequence[date]]:
    """So many days at a time."""
    return [days[start : start + number] for start in range(0, len(days), number)]
