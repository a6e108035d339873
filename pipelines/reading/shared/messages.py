"""What the reader and its child processes say to each other, as lines of JSON."""

from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from detector.log_settings import ColumnSettings, EventSettings, StageSettings

READY = b"ready\n"
"""What a child says first."""

PARQUET_SUFFIXES = (".parquet", ".parq", ".pq")
_TEXTS: dict[str, Literal["csv", "json"]] = {
    **dict.fromkeys((".csv", ".tsv"), "csv"),
    **dict.fromkeys((".json", ".ndjson", ".jsonl"), "json"),
}
PACKED_SUFFIXES = (".gz", ".zst")
DIGEST_SUFFIX, DIGEST_LISTS = ".sha256", ("SHA256SUMS", "sha256sums.txt")
"""Files of digests, as `sha256sum` writes them: beside a file, or for all files of a folder."""


def file_kind(name: str) -> Literal["parquet", "csv", "json"] | None:
    """Tell by its name what a file is; None if that is nothing that is read here.

    Examples:
        >>> [file_kind(name) for name in ("a.PARQUET", "a.csv.gz", "a.jsonl", "a.parquet.gz")]
        ['parquet', 'csv', 'json', None]
    """
    lower = name.lower()
    if lower.endswith(PARQUET_SUFFIXES):
        return "parquet"
    for packed in PACKED_SUFFIXES:
        lower = lower.removesuffix(packed)
    return _TEXTS.get(Path(lower).suffix)


class Join(StageSettings):
    """Other files of the same export, which say more of the rows of this one."""

    files: tuple[str, ...]
    """Names or patterns; all that are there are taken together."""

    on: dict[str, str]
    """Columns that must be equal: here, and there."""

    nearest: tuple[str | tuple[str, ...], str] | None = None
    """Columns of times, here (the first that is there) and there: the nearest row is taken.
    Without them a row is taken only if it is the only one."""

    within_s: int = Field(default=1800, ge=0)
    """Rows further away than so many seconds speak of something else."""

    take: dict[str, str]
    """What a column is called here, and there; what is known already stays."""


class LogSource(StageSettings):
    """How the files of one name are laid out: one entry of a preset."""

    files: str | tuple[str, ...] = "*"
    """Patterns of the file's name."""

    folders: tuple[str, ...] = ()
    """Folders inside an export that hold its files: the folder above them is the export."""

    columns: ColumnSettings = ColumnSettings()
    constants: dict[str, str] = Field(default={})
    """Columns of the contract that are the same in every row."""

    filters: dict[str, tuple[str, ...]] = Field(default={})
    """Only rows with one of these values in a column are read, where the file has the column;
    `*` is any value, an empty text none. The others are left out, and counted."""

    joins: tuple[Join, ...] = ()
    """Of CSV and JSON files, in this order."""

    derived: dict[str, tuple[str, ...]] = Field(default={})
    """New columns of CSV and JSON files out of others: the first template of which each
    ``{column}`` has a value, or ``{column~pattern}`` a match, whose first group is taken."""

    def takes(self, name: str) -> bool:
        """Whether a file of this name is laid out so.

        Examples:
            >>> LogSource(files=("Plays*.csv", "plays.json")).takes("Plays-2026.csv")
            True
        """
        patterns = (self.files,) if isinstance(self.files, str) else self.files
        return any(fnmatchcase(name, pattern) for pattern in patterns)

    def export_of(self, path: Path) -> Path:
        """The folder that holds the whole export that a file belongs to."""
        folder = path.parent
        while folder.name in self.folders:
            folder = folder.parent
        return folder


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
    """What was seen in the first rows of a column."""

    rows: int
    """Those that hold a value."""
    distinct: int
    addresses: int
    """Values that are public addresses."""


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
    """Clean some row groups of a file and deal the events into buckets."""

    task: Literal["decode"] = "decode"
    file: LogFile
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
    """One file of sums, with a record batch for each bucket that has any."""

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
    copies: int = 0
    """Kept rows that stand in one piece more than once."""
    days: dict[date, int] = Field(default={})
    """Kept rows by UTC day."""
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
    """Add up one bucket of accounts."""

    task: Literal["reduce"] = "reduce"
    parts: tuple[tuple[str, int], ...]
    """Files of sums, and the number of the record batch in each."""
    rows: int
    slice_rows: int
    first_day: date
    last_day: date
    out: str


class Reduced(StageSettings):
    """What a bucket holds."""

    task: Literal["reduce"] = "reduce"
    copies: int
    """Events that stand in more than one piece."""
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
