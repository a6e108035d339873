"""Upkeep of a store: put each day's files together, delete what nobody needs any more."""

import time
import uuid
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import polars as pl

from detector.errors import DetectorError
from detector.store.columns import (
    LOG_DAY,
    SHARD,
    add_up,
    read_shards,
    shard_ranges,
    sort_stored,
    to_stored,
    with_shard,
)
from detector.store.table import (
    BESIDE,
    ConflictError,
    DataFile,
    Snapshot,
    commit,
    data_path,
    open_store,
    seen_path,
)
from pipelines.storing.additions import EVENT, SIGHTINGS_AT_ONCE
from pipelines.storing.day_files import day_files

FINGERPRINTS_AT_ONCE = 5_000_000


def compact(folder: Path) -> int:
    """Put the files of each day together, those of its fingerprints too.

    Each day is one transaction that changes nothing of what the store says: a crash leaves
    the day as it was or done, and ingests may go on meanwhile.

    Returns:
        The number of days that had more than one file.

    Raises:
        DetectorError: Another compaction is at work.
    """
    days = [day for day, files in _by_day(open_store(folder)).items() if len(files) > 1]
    for day in days:
        snapshot = open_store(folder)
        transaction = uuid.uuid4().hex
        old = _by_day(snapshot)[day]
        seen = snapshot.seen(day)
        merged = _merge_sightings(snapshot, day, old, transaction)
        _merge_fingerprints(folder, day, seen, transaction)
        try:
            commit(snapshot, transaction, merged, removed=old)
        except ConflictError as error:
            raise DetectorError(
                f"Another compaction of {folder} is at work.", hint="let one of them finish"
            ) from error
        for path in seen:
            path.unlink(missing_ok=True)
    return len(days)


def vacuum(folder: Path, hours: int) -> int:
    """Delete files that no transaction needs and that are older than so many hours.

    Those are files which compaction has replaced, and what killed ingests left behind. Choose
    more hours than an ingest or a run takes: what they are still at work on is not committed.

    Returns:
        The number of files deleted.
    """
    snapshot = open_store(folder)
    gone = snapshot.table.vacuum(hours, dry_run=False, enforce_retention_duration=False, full=True)
    oldest = time.time() - hours * 3600
    beside = [
        path
        for kind in ("ingests", "seen", "rejects")
        for path in sorted((folder / BESIDE / kind).rglob("*"))
        if path.is_file()
        and path.stat().st_mtime <= oldest
        and not snapshot.holds(path.name.lstrip(".").partition(".")[0])
    ]
    for path in beside:
        path.unlink(missing_ok=True)
    return len(gone) + len(beside)


def _by_day(snapshot: Snapshot) -> dict[date, list[DataFile]]:
    days: dict[date, list[DataFile]] = {}
    for file in snapshot.files:
        days.setdefault(file.log_day, []).append(file)
    return days


def _merge_sightings(
    snapshot: Snapshot, day: date, old: Sequence[DataFile], transaction: str
) -> list[DataFile]:
    number = -(-sum(file.rows for file in old) // SIGHTINGS_AT_ONCE)
    paths = [file.path for file in old]
    with day_files(lambda day: data_path(snapshot.folder, day, transaction)) as files:
        for first, last in shard_ranges(number):
            whole = with_shard(add_up(read_shards(paths, first, last).collect()))
            stored = sort_stored(to_stored(whole.with_columns(pl.lit(day).alias(LOG_DAY))))
            files.append(day, stored.drop(LOG_DAY))
        return files.finished()


def _merge_fingerprints(folder: Path, day: date, old: Sequence[Path], transaction: str) -> None:
    seen = pl.scan_parquet(list(old), glob=False, hive_partitioning=False)
    rows = seen.select(pl.len()).collect().item()
    with day_files(lambda day: seen_path(folder, day, transaction)) as files:
        for first, last in shard_ranges(-(-rows // FINGERPRINTS_AT_ONCE)):
            some = seen.filter(pl.col(SHARD).is_between(first, last))
            files.append(day, some.unique().sort(EVENT).collect())
        files.finished()
