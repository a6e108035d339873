"""What each ingest brought into a store: kept beside the table, valid once it is committed."""

from collections import Counter
from collections.abc import Iterable
from datetime import date

from pydantic import Field

from detector.runs.manifest import Record, hash_json

Days = dict[date, int]
"""Rows by UTC day."""


class IngestedFile(Record):
    """One file of a log, and where its rows went."""

    path: str
    """Absolute, as it was when the file was ingested."""
    root: str
    """The folder that the log was given as, or that the file was in."""
    bytes: int
    sha256: str
    rows: int
    days: Days = Field(default={})
    """All rows whose time can be read and is not before 2000: what the window is found by."""
    good: Days = Field(default={})
    """Usable rows."""
    not_listed: int = 0
    verified: bool = False
    """As in `InputFile`."""

    @property
    def key(self) -> str:
        """The same path with the same bytes is the same file.

        Examples:
            >>> may = IngestedFile(path="/logs/may", root="/logs", bytes=4, sha256="ab", rows=1)
            >>> may.key == may.model_copy(update={"rows": 2}).key
            True
            >>> may.key == may.model_copy(update={"sha256": "cd"}).key
            False
        """
        return file_key(self.path, self.sha256)


class Ingest(Record):
    """One transaction: some files, whole, and nothing else."""

    id: str
    files: tuple[IngestedFile, ...]
    log_ends: date
    """The last day of the log as far as it was then known: good rows of later days are also
    kept as they stood, in case these days prove to be strays."""
    rejected: dict[str, int] = Field(default={})
    """Rows by the reason they were refused for, later days aside."""
    repairs: dict[str, int] = Field(default={})
    set_aside: dict[str, str] = Field(default={})
    """Files that could not be read, and why: not in the store, to be ingested once mended."""
    notes: tuple[str, ...] = ()

    def document(self) -> dict[str, object]:
        """What a program or a person wants to know of it."""
        return {
            "files": len(self.files),
            "rows": sum(file.rows for file in self.files),
            "usable": sum(sum(file.good.values()) for file in self.files),
            "days": len(sum_days(file.good for file in self.files)),
            "rejected": self.rejected,
            "set_aside": self.set_aside,
        }


def file_key(path: str, sha256: str) -> str:
    """A name for one path with one content."""
    return hash_json([path, sha256])


def sum_days(counts: Iterable[Days]) -> Days:
    """Add up rows by day.

    Examples:
        >>> sum_days([{date(2026, 5, 1): 2}, {date(2026, 5, 1): 3}])
        {datetime.date(2026, 5, 1): 5}
    """
    total: Counter[date] = Counter()
    for days in counts:
        total.update(days)
    return dict(sorted(total.items()))
