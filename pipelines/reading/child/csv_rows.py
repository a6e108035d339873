"""Rows of comma-separated values, as spreadsheets and databases write them.

The separator is the one that the header has most of. What a spreadsheet does to a file with
commas is undone: a semicolon at the end of each line, whole lines in quotes. Lines that do not
have the header's columns are None, so that the rows after them keep their numbers.
"""

import csv
from collections.abc import Iterator
from itertools import chain, repeat

from pipelines.reading.child.streams import Stream
from pipelines.reading.shared.mapping import refuse

Row = list[str] | None

MAX_LINES = 100
"""A row of more lines is none: somewhere a quote was not closed."""

_SEPARATORS = ",;\t|"
csv.field_size_limit(1 << 20)


def read_csv(stream: Stream) -> tuple[list[str], Iterator[Row]]:
    """Read the header; the rows follow one by one.

    Raises:
        UnmappedError: If there is no header.
    """
    lines = stream.lines()
    first = next((line for line in lines if line.strip()), "")
    separator = max(_SEPARATORS, key=first.count)
    reader = csv.reader(chain([first], lines), delimiter=separator)
    try:
        names = [name.strip() for name in _unwrapped(next(reader, list[str]()), separator)]
    except csv.Error as error:
        raise refuse("has no header that can be read") from error
    while names and not names[-1]:
        names.pop()
    if not names:
        raise refuse("is empty")
    return names, _rows(stream, reader, len(names), separator)


def _rows(stream: Stream, reader: Iterator[list[str]], width: int, separator: str) -> Iterator[Row]:
    """Rows as wide as the header; as many times None as a row that is damaged has lines."""
    while True:
        before, damaged = stream.line, False
        try:
            row = next(reader, None)
            if row and len(row) != width:
                row = _unwrapped(row, separator)
        except csv.Error:
            row, damaged = [""], True
        if row is None:
            return
        if not row and not stream.damaged:
            continue
        lines = stream.line - before
        damaged |= stream.damaged or lines > MAX_LINES or len(row) < width or any(row[width:])
        if row and separator != ";":
            row[-1] = row[-1].rstrip(";")
        yield from repeat(None, lines) if damaged else [row[:width]]


def _unwrapped(row: list[str], separator: str) -> list[str]:
    """The columns of a line that a spreadsheet took for one value."""
    if len(row) == 1 and separator in row[0]:
        row = next(csv.reader(row, delimiter=separator), list[str]())
    if row and separator != ";":
        row[-1] = row[-1].rstrip(";")
    return row
