"""What the reader and its child processes say to each other, as lines of JSON."""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from detector.log_settings import EventSettings, StageSettings
from pipelines.reading.shared.layouts import LogSource

READY = b"ready\n"
"""What a child says first."""


class ReadPlan(StageSettings):
    """What every child needs to know from its start."""

    sources: tuple[LogSource, ...]
    explicit: tuple[str, ...] = ()
    """Columns mapped by the user: absent ones are an error, a preset's optional ones are not."""

    events: EventSettings = EventSettings()
    look: bool = False
    """Whether the columns' values are looked at, to propose a mapping."""

    only: str | None = None
    mmdb: tuple[str, ...] = ()
    cidr: tuple[tuple[str, str], ...] = ()
    memory_mb: int
    chunk_rows: int


class LogFile(StageSettings):
    """One file of a log, by the name under which it is reported."""

    name: str
    path: str
    root: str | None = None
    """The folder searched, out of which no link may lead; None if the file itself was named."""
    constants: dict[str, str | None] = Field(default={})
    """From hive partitions such as ``country=US/``; ``@log``, the name of the log given; and
    ``@export``, the folder in it that holds the export of one person."""


class Identity(StageSettings):
    """What shows that a file was replaced or written to while it was read."""

    bytes: int
    mtime_ns: int
    inode: int


def read_identity(path: str) -> Identity:
    """Tell a file from another that takes its place."""
    stat = Path(path).stat()
    return Identity(bytes=stat.st_size, mtime_ns=stat.st_mtime_ns, inode=stat.st_ino)


class Problem(StageSettings):
    """Why a file cannot be read."""

    kind: Literal["file", "type", "missing", "work"]
    """`work`: no fault of the file; the run's own folder failed."""

    text: str
    hint: str = ""
    missing: tuple[str, ...] = ()
    found: tuple[str, ...] = ()
    proposed: dict[str, str] = Field(default={})
    """Of what is missing, what may be meant."""


class Look(StageSettings):
    """What was seen in some rows of a column: counts and shapes, none of its values."""

    rows: int
    """Those that hold a value."""
    nulls: int = 0
    distinct: int
    shares: dict[str, float] = Field(default={})
    """Of the rows that hold a value, how many have a shape: address, country, time, id, …"""
    low: float | None = None
    high: float | None = None
    sample: str = ""
    """How values are written: digits as 9, letters as a; words of a known kind as they are."""
    pairs: dict[str, int] = Field(default={})
    """With each other column, how many pairs of values there are."""


class SurveyRequest(StageSettings):
    """Look at the footer and the times of a file."""

    task: Literal["survey"] = "survey"
    file: LogFile


class FileSurvey(StageSettings):
    """What a file says of itself."""

    task: Literal["survey"] = "survey"
    identity: Identity
    sha256: str
    row_groups: tuple[int, ...] = ()
    """Rows of each row group."""
    columns: tuple[tuple[str, str], ...] = ()
    """Dotted names and their types."""
    mapped: dict[str, str] = Field(default={})
    proposed: dict[str, str] = Field(default={})
    """What other columns of the contract may be read from, where that was asked for."""
    looks: dict[str, Look] = Field(default={})
    """What the columns hold, where that was asked for."""
    days: dict[str, int] = Field(default={})
    """Rows of each day from 2000 on."""
    first_ts: str | None = None
    last_ts: str | None = None
    left_out: int = 0
    """Rows that a preset's filters leave out."""
    verified: bool = False
    """Whether damage would be noticed: checksums in the file, or a digest beside it."""
    notes: tuple[str, ...] = ()
    problem: Problem | None = None


class DecodeRequest(StageSettings):
    """Reduce some row groups of a file to sightings, dealt into buckets."""

    task: Literal["decode"] = "decode"
    file: LogFile
    number: int = 0
    """Of the file, in the order of the log's files."""
    identity: Identity
    row_groups: tuple[int, ...]
    first_row: int
    first_day: date
    last_day: date
    log_ends: date
    buckets: int
    out: str
    """Path that all files written begin with."""


class DecodeTogether(StageSettings):
    """Decode whole files as if they were one: many small ones then cost no more than a large."""

    task: Literal["together"] = "together"
    files: tuple[DecodeRequest, ...]


class Part(StageSettings):
    """One file of sightings, with a record batch for each bucket that has any."""

    path: str
    buckets: tuple[int, ...]
    rows: tuple[int, ...]


class Decoded(StageSettings):
    """What became of the rows of some row groups."""

    task: Literal["decode"] = "decode"
    rows: int
    kept: int
    rejected: dict[str, int]
    outside_window: int = 0
    not_listed: int = 0
    repairs: dict[str, int] = Field(default={})
    ids: tuple[str, ...] = ()
    """Files that tell which event id stands in which row, where the log has any."""
    days: dict[date, int] = Field(default={})
    """Rows that nothing is wrong with, by UTC day."""
    parts: tuple[Part, ...] = ()
    rejects: tuple[str, ...] = ()


class Together(StageSettings):
    """Of each file its own rows; what is known of all as one only, the first tells."""

    task: Literal["together"] = "together"
    files: tuple[Decoded, ...]


class RecordsRequest(StageSettings):
    """Read the accounts table."""

    task: Literal["records"] = "records"
    path: str
    out: str


class Records(StageSettings):
    """The accounts table was written as text."""

    task: Literal["records"] = "records"


class ReduceRequest(StageSettings):
    """Unite one bucket of accounts."""

    task: Literal["reduce"] = "reduce"
    parts: tuple[tuple[str, int], ...]
    """Files of sightings, and the number of the record batch in each."""
    out: str


class Reduced(StageSettings):
    """What a bucket holds."""

    task: Literal["reduce"] = "reduce"
    sightings: int


class Failed(StageSettings):
    """The task came to nothing, for a reason that can be told."""

    task: Literal["failed"] = "failed"
    problem: Problem


Request = Annotated[
    SurveyRequest | DecodeRequest | DecodeTogether | ReduceRequest | RecordsRequest,
    Field(discriminator="task"),
]
Reply = Annotated[
    FileSurvey | Decoded | Together | Reduced | Records | Failed, Field(discriminator="task")
]
