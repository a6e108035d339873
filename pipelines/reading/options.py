"""What a caller may ask of the reader, and what it tells while it reads."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import dataframely as dy
from pydantic import Field

from detector.events.accounts import AccountRecords
from detector.log_settings import StageSettings
from detector.runs.manifest import RowCounts

MOST_ROWS, LEAST_ROWS = 1_000_000, 250_000
"""In a bucket, of which each costs .2 s however few accounts it holds."""


class CidrList(StageSettings):
    """A text file of address blocks that are all of one kind."""

    connection_type: str
    path: Path


class ReadOptions(StageSettings):
    """How a log is read; none of this changes what is found in it, but for the filters."""

    preset: str | None = None
    """Name of a file in pipelines/presets, or the path of one."""

    as_of: date | None = Field(default=None, ge=date(2000, 1, 1))
    """Judge the window that ends on this day, not on the log's last."""

    skip_bad_files: bool = False
    """Set files that cannot be read aside and go on with the others."""

    accounts: Path | None = None
    """Accounts table, Parquet or CSV: partner, plan, country and extra members by account."""

    only: Path | None = None
    """Text file: one account id per line; all other accounts are left out."""

    mmdb: tuple[Path, ...] = ()
    """MMDB files that fill in country, city, provider and connection where the log has none."""

    cidr: tuple[CidrList, ...] = ()
    """Lists of address blocks, of hosting companies for example."""

    threads: int = Field(default=1, ge=1)
    """Child processes at once; each uses one core."""

    memory_mb: int = Field(default=4096, ge=1024)
    """Address space of a child: a file that needs more is set aside."""

    deadline_s: int = Field(default=60, ge=1)
    """Seconds that a child may take for one piece of a file."""

    chunk_rows: int = Field(default=500_000, ge=1)
    """Rows decoded at once."""

    bucket_rows: int = Field(default=MOST_ROWS, ge=1)
    """Rows whose accounts are united, and judged, at once."""

    def buckets_for(self, rows: int) -> int:
        """How many buckets that many rows are dealt into: as many for each thread, if they pay.

        Examples:
            >>> ReadOptions(threads=2, bucket_rows=100).buckets_for(420)
            6
            >>> ReadOptions(threads=4).buckets_for(800_000)
            3
        """
        number = max(1, -(-rows // self.bucket_rows), min(self.threads, rows // LEAST_ROWS))
        return number if number < self.threads else -(-number // self.threads) * self.threads


def rows_that_fit(memory_mib: int, threads: int) -> int:
    """How many rows the children may hold each, so that all processes stay within a bound.

    Measured: each process needs about 300 MiB for its libraries, the parent as much again for
    the verdicts, and a child less than 1 KiB for each row that it reads.

    Examples:
        >>> rows_that_fit(4096, threads=2), rows_that_fit(1500, threads=2)
        (1000000, 153600)
    """
    spare = (memory_mib - 300 * (threads + 2)) // threads
    return min(MOST_ROWS, max(20_000, spare * 1024))


@dataclass(frozen=True)
class Progress:
    """How far the reading is: for a progress bar, not for decisions."""

    stage: str
    rows_done: int
    rows_total: int
    files_total: int


@dataclass(frozen=True)
class FileRecord:
    """One file of the log and what became of its rows."""

    path: str
    bytes: int
    sha256: str
    rows: int
    kept: int
    """Good rows inside the window."""
    rejected: dict[str, int]
    skipped: str | None
    """Why the file was set aside; None if it was read."""
    verified: bool = False
    """A checksum or a digest in it was held against every page read."""


@dataclass(frozen=True)
class LogReading:
    """A log as sightings, and the account of how it was read."""

    buckets: tuple[Path, ...]
    """Parquet files of Sightings, sorted by key; no account is in two of them."""
    rejects: Path
    records: dy.DataFrame[AccountRecords]
    """The accounts table, whole; empty if none was given."""
    files: tuple[FileRecord, ...]
    first_day: date
    last_day: date
    notes: tuple[str, ...]
    counts: RowCounts
