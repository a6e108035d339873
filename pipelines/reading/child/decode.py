"""Row groups of files → sums of their events, dealt into buckets of accounts."""

from collections.abc import Sequence

import numpy as np

from pipelines.reading.child.adding import add_columns, find_inside
from pipelines.reading.child.books import Books
from pipelines.reading.child.careful import Job, look_closer
from pipelines.reading.child.fast import find_listed, find_plain, read_columns, read_networks
from pipelines.reading.child.gathering import FileRows, gather_pieces
from pipelines.reading.child.sum_files import write_part
from pipelines.reading.shared.messages import (
    Decoded,
    DecodeRequest,
    DecodeTogether,
    ReadPlan,
    Together,
)
from pipelines.reading.shared.tables import own_folder

HELD_ROWS = 100_000
"""Rows that are kept for a closer look before it is taken: a look costs the same for few."""


def decode_file(request: DecodeRequest, plan: ReadPlan) -> Decoded:
    """Add up some row groups, in one file of sums for each piece.

    Raises:
        UnmappedError: If the file is no longer the one that was surveyed.
    """
    return _decode([request], plan)[0]


def decode_together(request: DecodeTogether, plan: ReadPlan) -> Together:
    """Add up files as if they were one; if any cannot be read, none is.

    Raises:
        UnmappedError: If a file is no longer the one that was surveyed.
    """
    return Together(files=_decode(request.files, plan))


def _decode(requests: Sequence[DecodeRequest], plan: ReadPlan) -> tuple[Decoded, ...]:
    job, books, held = Job(requests, plan), Books(requests), list[FileRows]()
    for piece in gather_pieces(requests, plan):
        if held and (_waiting(held) >= HELD_ROWS or not held[0].is_like(piece)):
            look_closer(job, held, books)
            held.clear()
        if (rest := _add_plain(job, piece, books)).table.num_rows:
            held.append(rest)
    if held:
        look_closer(job, held, books)
    return books.close()


def _waiting(held: Sequence[FileRows]) -> int:
    return sum(piece.table.num_rows for piece in held)


def _add_plain(job: Job, piece: FileRows, books: Books) -> FileRows:
    """Add up the rows that are plainly good; the others that are asked for are left."""
    layout = piece.layout
    columns = read_columns(piece.table, layout.mapped, layout.source)
    networks = read_networks(columns)
    listed = find_listed(columns, job.plan)
    plain = find_plain(columns, networks, job.window, job.plan) & listed
    inside = find_inside(columns, plain, job.window)
    books.rows += books.by_file(piece.file)
    books.kept += books.by_file(piece.file[inside.rows])
    books.outside_window += inside.outside
    books.not_listed += int((~listed).sum())
    books.repairs.update(inside.repairs)
    if len(inside.rows):
        added = add_columns(columns, networks, inside, job.plan.events, job.buckets)
        with own_folder():
            books.add(added, write_part(added, f"{books.out}.arrow"))
    return piece.taken(np.flatnonzero(listed & ~plain))
