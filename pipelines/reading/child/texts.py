"""Files of texts, CSV or JSON, as tables: what the texts mean is decided later, by rule."""

from collections.abc import Iterator, Sequence, Sized
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import polars as pl

from pipelines.reading.child.csv_rows import read_csv
from pipelines.reading.child.json_rows import read_json
from pipelines.reading.child.streams import Stream
from pipelines.reading.shared.layouts import file_kind
from pipelines.reading.shared.mapping import refuse
from pipelines.reading.shared.messages import read_identity

MAX_COLUMNS = 5_000
MAX_BAD_SHARE = 0.5
BLOCK_BYTES = 32 << 20
_MISSING = ("", "NULL", "null", "\\N")
"""What stands for nothing: `NA` does not, it is Namibia."""
_SHOWN = 5

T = TypeVar("T")


@dataclass(frozen=True)
class Contents:
    """What a first pass over a file of texts found."""

    names: tuple[str, ...]
    rows: int
    bad: int
    """Rows that cannot be read; they keep their place, and hold nothing."""
    first_bad: tuple[int, ...]

    def notes(self, path: str) -> tuple[str, ...]:
        """Say which rows were lost."""
        if not self.bad:
            return ()
        shown = ", ".join(map(str, self.first_bad)) + (", …" if self.bad > _SHOWN else "")
        text = f"{self.bad} of {self.rows} rows of {Path(path).name!r} cannot be read: {shown}"
        return (f"{text} (counted from 0).",)


def read_contents(path: str) -> Contents:
    """Find the columns of a file and count its rows.

    Raises:
        UnmappedError: If it is neither CSV nor JSON, or most of its rows cannot be read.
    """
    return _contents(path, read_identity(path).model_dump_json())


@lru_cache(maxsize=64)
def _contents(path: str, _identity: str) -> Contents:
    names: dict[str, None] | list[str] = {}
    rows, bad = 0, list[int]()
    stream = Stream(path)
    if file_kind(path) == "json":
        for record in read_json(stream):
            if record is None:
                bad.append(rows)
            else:
                names.update(dict.fromkeys(record))
            _check_width(names)
            rows += 1
    else:
        names, found = read_csv(stream)
        _check_width(names)
        for row in found:
            if row is None:
                bad.append(rows)
            rows += 1
    if len(bad) > MAX_BAD_SHARE * rows:
        raise refuse(f"cannot be read: {len(bad)} of its {rows} rows are not as they should be")
    return Contents(tuple(names), rows, len(bad), tuple(bad[:_SHOWN]))


def _check_width(names: Sized) -> None:
    if len(names) > MAX_COLUMNS:
        raise refuse(f"has more than {MAX_COLUMNS} columns")


def read_frames(path: str, names: Sequence[str], rows: int) -> Iterator[pl.DataFrame]:
    """Yield some of the columns, as many rows at once as fit."""
    stream = Stream(path)
    if file_kind(path) == "json":
        for records in _blocks(stream, read_json(stream), rows):
            found = [record or {} for record in records]
            yield _frame({name: [record.get(name) for record in found] for name in names})
        return
    header, lines = read_csv(stream)
    nothing = [""] * len(header)
    for block in _blocks(stream, lines, rows):
        columns = list(zip(*(row or nothing for row in block), strict=True))
        frame = _frame({name: columns[header.index(name)] for name in names})
        yield frame.with_columns(pl.when(~pl.all().is_in(_MISSING)).then(pl.all()))


def _blocks(stream: Stream, found: Iterator[T], rows: int) -> Iterator[list[T]]:
    block, taken = list[T](), 0
    for row in found:
        block.append(row)
        if len(block) >= rows or stream.taken - taken > BLOCK_BYTES:
            yield block
            block, taken = list[T](), stream.taken
    if block:
        yield block


def _frame(columns: dict[str, Sequence[str | None]]) -> pl.DataFrame:
    return pl.DataFrame({name: _texts(values) for name, values in columns.items()})


def _texts(values: Sequence[str | None]) -> pl.Series:
    try:
        return pl.Series(values, dtype=pl.String)
    except UnicodeEncodeError:
        return pl.Series([value if _is_text(value) else None for value in values], dtype=pl.String)


def _is_text(value: str | None) -> bool:
    """JSON can spell halves of characters, which no text holds."""
    return value is None or not any("\ud800" <= c <= "\udfff" for c in value)
