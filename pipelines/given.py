"""Small tables that a user gives besides a log: labels, waves, hold-outs, results."""

from collections.abc import Collection
from pathlib import Path

import polars as pl

from detector.errors import InputError, MissingColumnsError
from detector.plain_text import plain_text

PARQUET = b"PAR1"
LINES = (".ndjson", ".jsonl")
SEPARATORS = (",", ";", "\t")
"""Spreadsheets write the second where a comma stands in numbers."""
_LONGEST_HEAD = 65_536
_SHOWN = 12
"""Columns of a file that a message names."""


def read_given(path: Path, columns: Collection[str], what: str) -> pl.DataFrame:
    """Read a Parquet, CSV or NDJSON file as text.

    Args:
        path: Its first bytes, or its suffix, say which; any other is read as CSV.
        columns: Those that must be there; others are kept.
        what: The file holds, for messages.

    Raises:
        InputError: There is no such file, or it cannot be read.
        MissingColumnsError: It lacks one of the columns.

    Examples:
        >>> read_given(Path("nowhere.csv"), ["account_id"], "The wave")
        Traceback (most recent call last):
        detector.errors.InputError: The wave nowhere.csv cannot be read: there is no such file.
        <BLANKLINE>
        Hint: give a CSV, NDJSON or Parquet file with the column account_id
    """
    names = " and ".join(sorted(columns))
    hint = f"give a CSV, NDJSON or Parquet file with the column{'s'[: len(columns) - 1]} {names}"
    if not path.is_file():
        raise InputError(f"{what} {path} cannot be read: there is no such file.", hint=hint)
    try:
        table = _read(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        first = (str(error).splitlines() or [""])[0]
        is_encoding = "utf-8" in first
        mend = "save it as UTF-8; in a spreadsheet, as CSV UTF-8" if is_encoding else hint
        raise InputError(f"{what} {path} cannot be read: {first}", hint=mend) from error
    if missing := set(columns) - set(table.columns):
        has = ", ".join(map(plain_text, table.columns[:_SHOWN]))
        raise MissingColumnsError(
            f"{path} lacks the columns {sorted(missing)}; it has {has}.",
            hint=f"{hint}, written like this",
        )
    nested = [name for name, kind in table.schema.items() if kind.is_nested()]
    return table.drop(nested).with_columns(pl.all().cast(pl.String))


def read_ids(path: Path) -> list[str]:
    """Read a list of ids, one on each line; each once, sorted."""
    return sorted({line for line in path.read_text(encoding="utf-8").splitlines() if line})


def _read(path: Path) -> pl.DataFrame:
    with path.open("rb") as file:
        is_parquet = file.read(len(PARQUET)) == PARQUET
    if is_parquet:
        return pl.read_parquet(path, glob=False)
    if path.suffix.lower() in LINES:
        return pl.read_ndjson(path, infer_schema_length=None)
    return pl.read_csv(path, infer_schema=False, glob=False, separator=_separator(path))


def _separator(path: Path) -> str:
    """What stands between the names of a CSV file's columns; a comma wins."""
    with path.open("rb") as file:
        head = file.readline(_LONGEST_HEAD).decode("utf-8", "replace")
    return next((each for each in SEPARATORS if each in head), SEPARATORS[0])
