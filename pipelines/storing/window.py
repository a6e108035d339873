"""A window of a store, read as if it were the log that was ingested."""

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from shutil import rmtree

import dataframely as dy
import polars as pl

from detector.events.accounts import AccountRecords
from detector.events.clean import FUTURE, Window
from detector.events.rows import Rejects
from detector.events.window import find_window
from detector.runs.manifest import RowCounts
from detector.settings import Settings
from detector.sightings.build import merge_sightings
from detector.store.columns import SHARD, read_shards, shard_ranges
from detector.store.ledger import Ingest, IngestedFile, sum_days
from detector.store.table import Snapshot, rejects_path
from pipelines.reading.options import FileRecord, LogReading, ReadOptions
from pipelines.reading.plan import make_read_plan
from pipelines.reading.pool import ChildPool
from pipelines.reading.quality import check_kept, check_not_empty, check_rows
from pipelines.reading.records import read_records
from pipelines.reading.shared.tables import append_table, open_writer, write_table
from pipelines.storing.refusals import as_rejects
from pipelines.storing.upkeep import SIGHTINGS_AT_ONCE, by_day


@dataclass(frozen=True)
class StoredLog:
    """The files of a store that hold rows of the window: the log that is judged."""

    snapshot: Snapshot
    window: Window
    files: tuple[IngestedFile, ...]

    @cached_property
    def ingests(self) -> tuple[Ingest, ...]:
        """Those that brought the files."""
        keys = {file.key for file in self.files}
        return tuple(
            ingest
            for ingest in self.snapshot.ingests
            if any(file.key in keys for file in ingest.files)
        )

    @cached_property
    def names(self) -> dict[str, str]:
        """What to call each file, by its key: as if one log held them all."""
        if not self.files:
            return {}
        top = Path(os.path.commonpath([file.root for file in self.files]))
        named = {file.key: Path(file.path).relative_to(top).as_posix() for file in self.files}
        uses = Counter(named.values())
        # One path may have held other bytes on another day.
        return {
            file.key: name if uses[name] == 1 else f"{name}@{file.sha256[:8]}"
            for file in self.files
            for name in [named[file.key]]
        }


def find_log(snapshot: Snapshot, settings: Settings, options: ReadOptions) -> StoredLog:
    """Find the window, as it is found in a log, and the files with rows of its days or beside them.

    Raises:
        InputError: The store holds nothing to judge by.
    """
    # Two ingests at once may both have brought a file.
    files = list({file.key: file for ingest in snapshot.ingests for file in ingest.files}.values())
    check_not_empty(sum(file.rows for file in files))
    window = find_window(sum_days(file.days for file in files), options.as_of, settings)
    inside = [f for f in files if not f.days or any(_near(window, day) for day in f.days)]
    return StoredLog(
        snapshot, window, tuple(sorted(inside, key=lambda file: (file.path, file.key)))
    )


def read_window(log: StoredLog, settings: Settings, options: ReadOptions, work: Path) -> LogReading:
    """Read the window of a store into buckets of sightings, as `read_log` reads a log.

    Args:
        log: From `find_log`.
        settings: Of these, quality is used.
        options: Of these, the size of a bucket and the accounts table.
        work: A folder of the caller's, in which `reading` is made anew.

    Raises:
        InputError: If there is too little, too much of it was refused, or the accounts table
            cannot be read.
    """
    folder = work / "reading"
    rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    counts = _count(log, _write_rejects(log, folder / "rejects.parquet"))
    check_rows(counts, settings.quality)
    check_kept(counts, f"{log.window.first_day} to {log.window.last_day}")
    number = options.buckets_for(counts.kept)
    return LogReading(
        buckets=tuple(_write_buckets(log, number, folder)),
        rejects=folder / "rejects.parquet",
        records=_records(settings, options, folder),
        files=tuple(_record(log, file) for file in log.files),
        first_day=log.window.first_day,
        last_day=log.window.last_day,
        notes=tuple(sorted({note for ingest in log.ingests for note in ingest.notes})),
        counts=counts,
    )


def _records(
    settings: Settings, options: ReadOptions, folder: Path
) -> dy.DataFrame[AccountRecords]:
    """Read the accounts table, in a child process as any file that comes from elsewhere."""
    if options.accounts is None:
        return AccountRecords.create_empty()
    plan = folder / "plan.json"
    plan.write_text(make_read_plan(settings, options).model_dump_json(), encoding="utf-8")
    with ChildPool(plan, 1, options.deadline_s) as pool:
        return read_records(pool, options.accounts, folder)


def _in(window: Window, day: date) -> bool:
    return window.first_day <= day <= window.last_day


def _near(window: Window, day: date) -> bool:
    """Whether it is one of its days or beside them."""
    return (window.first_day - day).days <= 1 and (day - window.last_day).days <= 1


def _write_rejects(log: StoredLog, path: Path) -> Counter[str]:
    """Write the rejects, ingest by ingest; how many there are of each reason."""
    reasons, names = Counter[str](), dict(log.names)
    with open_writer(Rejects.create_empty(), path) as writer:
        for ingest in log.ingests:
            mine = {f.key: names.pop(f.key) for f in ingest.files if f.key in names}
            refusals = pl.read_parquet(rejects_path(log.snapshot.folder, ingest.id), glob=False)
            rejects = as_rejects(refusals, mine, log.window.log_ends)
            reasons.update(rejects[Rejects.reason.name])
            append_table(writer, rejects)
    return reasons


def _count(log: StoredLog, rejected: Counter[str]) -> RowCounts:
    """Where the rows went, told by the days that the ingests counted."""
    window = log.window
    good = sum_days(file.good for file in log.files)
    inside = sum(rows for day, rows in good.items() if _in(window, day))
    late = sum(rows for day, rows in good.items() if (day - window.log_ends).days > 1)
    read = sum(file.rows for file in log.files)
    not_listed = sum(file.not_listed for file in log.files)
    outside = sum(good.values()) - inside - late
    # Good rows of days that were only later found to be strays are not among the rejects.
    missing = read - not_listed - inside - outside - rejected.total()
    repairs: Counter[str] = Counter()
    for ingest in log.ingests:
        repairs.update(ingest.repairs)
    return RowCounts(
        read=read,
        kept=inside,
        outside_window=outside,
        not_listed=not_listed,
        rejected=dict(sorted((rejected + Counter({FUTURE: missing})).items())),
        repairs=dict(sorted(repairs.items())),
    )


def _write_buckets(log: StoredLog, number: int, folder: Path) -> Iterable[Path]:
    """Write the sightings of one part of the shards after the other, several parts per pass."""
    window = log.window
    files = [file for file in log.snapshot.files if _in(window, file.day)]
    paths = by_day(files)
    together = max(1, SIGHTINGS_AT_ONCE * number // max(1, sum(file.rows for file in files)))
    ranges = shard_ranges(number)
    for start in range(0, len(ranges), together):
        some = ranges[start : start + together]
        stored = read_shards(paths, some[0][0], some[-1][1]).collect()
        for first, last in some:
            mine = stored.filter(pl.col(SHARD).is_between(first, last)).drop(SHARD)
            part = merge_sightings([mine])
            if part.height:
                path = folder / f"sightings-{first:05d}.parquet"
                write_table(part, path)
                yield path


def _record(log: StoredLog, file: IngestedFile) -> FileRecord:
    good: Sequence[int] = [rows for day, rows in file.good.items() if _in(log.window, day)]
    return FileRecord(
        path=log.names[file.key],
        bytes=file.bytes,
        sha256=file.sha256,
        rows=file.rows,
        kept=sum(good),
        rejected={},
        skipped=None,
        verified=file.verified,
    )
