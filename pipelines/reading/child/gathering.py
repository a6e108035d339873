"""Row groups of one file, or of several alike → pieces of rows that are added up as one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from detector.kernels.arrays import Ints
from pipelines.reading.child.filtering import find_kept
from pipelines.reading.child.opening import BATCH_BYTES, open_log, read_pieces, with_codes
from pipelines.reading.child.rows import text_columns
from pipelines.reading.child.survey import find_source
from pipelines.reading.shared.arrow import Table, pa
from pipelines.reading.shared.layouts import LogSource
from pipelines.reading.shared.mapping import Mapped, map_columns, refuse
from pipelines.reading.shared.messages import DecodeRequest, ReadPlan, read_identity


@dataclass(frozen=True)
class Layout:
    """Which columns of a file are what."""

    source: LogSource
    mapped: Mapped


@dataclass(frozen=True)
class FileRows:
    """Rows of one layout, as they were read."""

    layout: Layout
    table: Table
    file: Ints
    """Of each row, the place of its file among those asked for."""
    number: Ints
    """Of each row, its number in its file."""

    def taken(self, rows: Ints) -> "FileRows":
        """Some of the rows."""
        table = self.table.take(pa.array(rows))
        return FileRows(self.layout, table, self.file[rows], self.number[rows])

    def is_like(self, other: "FileRows") -> bool:
        """Whether the two can be joined."""
        return self.layout == other.layout and self.table.schema.equals(other.table.schema)


def gather_pieces(requests: Sequence[DecodeRequest], plan: ReadPlan) -> Iterator[FileRows]:
    """Read files one after the other; rows of small ones that are alike come together.

    Raises:
        UnmappedError: If a file is no longer the one that was surveyed.
    """
    held = list[FileRows]()
    rows, size = 0, 0
    for place, request in enumerate(requests):
        for piece in _read_file(place, request, plan):
            rows, size = rows + piece.table.num_rows, size + piece.table.nbytes
            full = rows > plan.chunk_rows or size > BATCH_BYTES
            if held and (full or not held[0].is_like(piece)):
                yield join_pieces(held)
                held.clear()
                rows, size = piece.table.num_rows, piece.table.nbytes
            held.append(piece)
    if held:
        yield join_pieces(held)


def join_pieces(pieces: Sequence[FileRows]) -> FileRows:
    """Make one piece of several of one layout; their texts share one dictionary."""
    if len(pieces) == 1:
        return pieces[0]
    tables = pa.concat_tables([piece.table for piece in pieces])
    return FileRows(
        pieces[0].layout,
        tables.unify_dictionaries().combine_chunks(),
        np.concatenate([piece.file for piece in pieces]),
        np.concatenate([piece.number for piece in pieces]),
    )


def _read_file(place: int, request: DecodeRequest, plan: ReadPlan) -> Iterator[FileRows]:
    file, source = request.file, find_source(request.file, plan)
    log = open_log(file.path, source, file.constants)
    layout = Layout(source, map_columns(log.schema, file, source, plan.explicit))
    coded = with_codes(log, text_columns(log.schema, layout.mapped))
    first = request.first_row
    for table in read_pieces(coded, layout.mapped, request.row_groups, plan.chunk_rows):
        rows: int = table.num_rows
        number = np.arange(first, first + rows)
        piece = FileRows(layout, table, np.full(rows, place), number)
        kept = find_kept(table, layout.mapped)
        yield piece if kept is None else piece.taken(kept)
        first += rows
    if read_identity(file.path) != request.identity:
        raise refuse("was changed while it was read", "wait until it is complete, and run again.")
