"""Decoded events → the files of one ingest: fingerprints, and sightings of what is new."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path

import polars as pl

from detector.ledger import Days, sum_days
from detector.schemas import Events
from detector.settings import EventSettings
from detector.store import DataFile, Snapshot, data_path, seen_path
from detector.stored import LOG_DAY, SHARD, SHARDS, build_stored, sort_stored, to_stored
from pipelines.reading.decode import FINGERPRINT
from pipelines.storing.day_files import DAYS_AT_ONCE, day_files

TS = Events.ts.name
EVENT = [FINGERPRINT, TS]
"""What tells an event from all others: rows that are equal in both are copies of one."""

FINGERPRINTS_AT_ONCE = 5_000_000
SIGHTINGS_AT_ONCE = 1_000_000
_DAY = pl.col(TS).dt.date()


@dataclass(frozen=True)
class Staged:
    """The good events of some files, in the parts that decoding dealt them into."""

    parts: Mapping[int, Sequence[str]]
    """Files by bucket; no account is in two buckets."""
    good: Days
    """Events by day, copies included."""
    work: Path

    @property
    def rows(self) -> int:
        """Events, copies included."""
        return sum(self.good.values())

    @property
    def paths(self) -> list[str]:
        """All parts."""
        return [path for paths in self.parts.values() for path in paths]


def write_additions(
    snapshot: Snapshot, transaction: str, staged: Staged, settings: EventSettings
) -> tuple[list[DataFile], Days]:
    """Write the sightings of events that the store has not seen, and their fingerprints.

    Nothing of it counts before it is committed. Memory is bounded by a bucket of accounts
    and by fixed numbers of rows.

    Returns:
        The table's new files, and the new events by day.
    """
    if not staged.paths:
        return [], {}
    known = staged.work / "known.arrow"
    _write_fingerprints(snapshot, transaction, staged, known)
    reduced: list[Path] = []
    kept: list[Days] = []
    for bucket, paths in sorted(staged.parts.items()):
        fresh = _fresh_events(paths, known)
        kept.append(count_days(fresh.lazy()))
        reduced.append(staged.work / f"reduced-{bucket:05d}.arrow")
        stored = build_stored(Events.cast(fresh.drop(FINGERPRINT)), settings)
        to_stored(stored).write_ipc(reduced[-1], compression="lz4")
    return _write_sightings(snapshot.folder, transaction, reduced), sum_days(kept)


def count_days(events: pl.LazyFrame) -> Days:
    """Count events by UTC day."""
    return dict(events.group_by(_DAY).len().sort(TS).collect().iter_rows())


def _write_fingerprints(snapshot: Snapshot, transaction: str, staged: Staged, known: Path) -> None:
    """Write the fingerprints that are new, sorted, day by day; keep apart those that are not."""
    copies: list[pl.DataFrame] = []
    for days in batches(sorted(staged.good), DAYS_AT_ONCE):
        inside = _DAY.is_in(days)
        found = pl.scan_ipc(staged.paths).select(EVENT).filter(inside)
        seen = [path for day in days for path in snapshot.seen(day)]
        with day_files(lambda day: seen_path(snapshot.folder, day, transaction)) as files:
            for some in fingerprint_ranges(-(-staged.rows // FINGERPRINTS_AT_ONCE)):
                events = found.filter(some).unique().collect()
                if seen:
                    old = pl.scan_parquet(seen, glob=False, hive_partitioning=False).filter(some)
                    before = events.join(old.collect(), on=EVENT, how="semi")
                    events = events.join(before, on=EVENT, how="anti")
                    copies.append(before)
                for day, rows in by_day(events.with_columns(_DAY.alias(LOG_DAY))):
                    files.append(day, rows.sort(EVENT))
            files.finished()
    nothing = pl.DataFrame(schema={FINGERPRINT: pl.UInt64, TS: Events.ts.dtype})
    pl.concat([nothing, *copies]).write_ipc(known)


def fingerprint_ranges(number: int) -> Iterator[pl.Expr]:
    """Cut the space of fingerprints into so many equal parts, at least one."""
    number = max(number, 1)
    edges = [(1 << 64) * part // number for part in range(number + 1)]
    for low, high in pairwise(edges):
        yield pl.col(FINGERPRINT).is_between(pl.lit(low, pl.UInt64), pl.lit(high - 1, pl.UInt64))


def _fresh_events(paths: Sequence[str], known: Path) -> pl.DataFrame:
    events = pl.concat([pl.read_ipc(path) for path in sorted(paths)])
    once = events.unique(subset=EVENT, keep="any", maintain_order=False)
    return once.join(pl.read_ipc(known), on=EVENT, how="anti")


def _write_sightings(folder: Path, transaction: str, reduced: Sequence[Path]) -> list[DataFile]:
    """Turn what is sorted by bucket into files sorted by shard."""
    stored = pl.scan_ipc(list(reduced))
    days = stored.select(pl.col(LOG_DAY).unique().sort()).collect()[LOG_DAY].to_list()
    rows = stored.select(pl.len()).collect().item()
    written: list[DataFile] = []
    for some in batches(days, DAYS_AT_ONCE):
        with day_files(lambda day: data_path(folder, day, transaction)) as files:
            for first, last in shard_ranges(-(-rows // SIGHTINGS_AT_ONCE)):
                inside = pl.col(SHARD).is_between(first, last) & pl.col(LOG_DAY).is_in(some)
                for day, part in by_day(sort_stored(stored.filter(inside).collect())):
                    files.append(day, part)
            written += files.finished()
    return written


def shard_ranges(number: int) -> list[tuple[int, int]]:
    """First and last shard of so many equal parts, or of one shard each.

    Examples:
        >>> shard_ranges(2)
        [(0, 16383), (16384, 32767)]
    """
    number = min(max(number, 1), SHARDS)
    edges = [SHARDS * part // number for part in range(number + 1)]
    return [(low, high - 1) for low, high in pairwise(edges)]


def by_day(frame: pl.DataFrame) -> list[tuple[date, pl.DataFrame]]:
    """The rows of each day, without the column that says so."""
    parts = frame.partition_by(LOG_DAY, as_dict=True, include_key=False, maintain_order=True)
    return [(day, part) for (day,), part in sorted(parts.items())]


def batches(days: Sequence[date], number: int) -> list[Sequence[date]]:
    """So many days at a time."""
    return [days[start : start + number] for start in range(0, len(days), number)]
