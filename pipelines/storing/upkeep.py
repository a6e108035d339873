"""Upkeep of a store: put each day's files together, delete what nobody needs any more."""

import time
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from detector.errors import DetectorError
from detector.sightings.build import merge_sightings
from detector.store.columns import DAY, SHARD, read_shards, shard_ranges, sort_stored, to_stored
from detector.store.table import (
    BESIDE,
    ConflictError,
    DataFile,
    commit,
    data_path,
    open_store,
)
from pipelines.storing.day_files import day_files

SIGHTINGS_AT_ONCE = 1_000_000


def compact(folder: Path) -> int:
    """Put the files of each day together.

    Each day is one transaction that changes nothing of what the store says: a crash leaves
    the day as it was or done, and ingests may go on meanwhile.

    Returns:
        The number of days that had more than one file.

    Raises:
        DetectorError: Another compaction is at work.
    """
    days = [day for day, files in by_day(open_store(folder).files).items() if len(files) > 1]
    for day in days:
        snapshot = open_store(folder)
        transaction = uuid.uuid4().hex
        old = [file for file in snapshot.files if file.day == day]
        merged = _merge(snapshot.folder, day, old, transaction)
        try:
            commit(snapshot, transaction, merged, removed=old)
        except ConflictError as error:
            raise DetectorError(
                f"Another compaction of {folder} is at work.", hint="let one of them finish"
            ) from error
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
        for kind in ("ingests", "rejects")
        for path in sorted((folder / BESIDE / kind).rglob("*"))
        if path.is_file()
        and path.stat().st_mtime <= oldest
        and not snapshot.holds(path.name.lstrip(".").partition(".")[0])
    ]
    for path in beside:
        path.unlink(missing_ok=True)
    return len(gone) + len(beside)


def by_day(files: Iterable[DataFile]) -> dict[date, list[Path]]:
    """Where the sightings of each day are."""
    days = defaultdict[date, list[Path]](list)
    for file in files:
        days[file.day].append(file.path)
    return dict(days)


def _merge(folder: Path, day: date, old: Sequence[DataFile], transaction: str) -> list[DataFile]:
    number = -(-sum(file.rows for file in old) // SIGHTINGS_AT_ONCE)
    with day_files(lambda day: data_path(folder, day, transaction)) as files:
        for first, last in shard_ranges(number):
            found = read_shards(by_day(old), first, last).drop(SHARD).collect()
            files.append(day, sort_stored(to_stored(merge_sightings([found]))).drop(DAY))
        return files.finished()
