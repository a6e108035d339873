"""What kinds of files there are, and how those of one name are laid out."""

import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

from pydantic import Field

from detector.log_settings import ColumnSettings, StageSettings

TEMPLATE_PART = re.compile(r"\{([^{}~]+)(?:~((?:[^{}]|\{[\d,]+\})*))?\}")
"""A column's name in braces, and the pattern of which the first group is taken."""

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
