"""Row groups of one file → sums of its events, dealt into buckets of accounts."""

from collections import Counter
from datetime import date

import numpy as np
from numpy.typing import NDArray

from pipelines.reading.adding import add_columns, find_inside
from pipelines.reading.arrow import Table, pa
from pipelines.reading.closer import Job, Rest, look_closer
from pipelines.reading.mapping import map_columns
from pipelines.reading.messages import Decoded, DecodeRequest, ReadPlan
from pipelines.reading.opening import open_log, read_identity, read_pieces, refuse, with_codes
from pipelines.reading.parts import write_part
from pipelines.reading.plain import (
    find_listed,
    find_plain,
    read_columns,
    read_networks,
    text_columns,
)
from pipelines.reading.survey import find_source
from pipelines.reading.tables import own_folder

HELD_ROWS = 100_000
"""Rows that are kept for a closer look before it is taken: a look costs the same for few."""


def decode_file(request: DecodeRequest, plan: ReadPlan) -> Decoded:
    """Add up some row groups, in one file of sums for each piece.

    Raises:
        UnmappedError: If the file is no longer the one that was surveyed.
    """
    file, source = request.file, find_source(request.file, plan)
    log = open_log(file.path)
    mapped = map_columns(log.schema, file, source, plan.explicit)
    job, row = Job(request, plan, source, mapped), request.first_row
    done, held = list[Decoded](), list[Rest]()
    coded = with_codes(log, text_columns(log.schema, mapped))
    for table in read_pieces(coded, mapped, request.row_groups, plan.chunk_rows):
        piece, rest = _add_plain(job, table, f"{request.out}-{len(done):05d}.arrow")
        done.append(piece)
        if len(rest):
            held.append(Rest(table.take(pa.array(rest)), rest + row))
        row += table.num_rows
        if sum(len(each.numbers) for each in held) >= HELD_ROWS:
            done.append(look_closer(job, held, f"{request.out}-{len(done):05d}"))
            held.clear()
    if held:
        done.append(look_closer(job, held, f"{request.out}-{len(done):05d}"))
    if read_identity(file.path) != request.identity:
        raise refuse("was changed while it was read", "wait until it is complete, and run again.")
    return _summed(done)


def _add_plain(job: Job, table: Table, out: str) -> tuple[Decoded, NDArray[np.int64]]:
    """Add up the rows that are plainly good; where the others are, that are asked for."""
    columns = read_columns(table, job.mapped, job.source)
    networks = read_networks(columns)
    listed = find_listed(columns, job.plan)
    plain = find_plain(columns, networks, job.window, job.plan) & listed
    inside = find_inside(columns, plain, job.window)
    added = None
    if len(inside.rows):
        added = add_columns(columns, networks, inside, job.plan.events, job.request.buckets)
    with own_folder():
        parts = (write_part(added, out),) if added else ()
    piece = Decoded(
        rows=table.num_rows,
        kept=added.kept if added else 0,
        outside_window=inside.outside,
        not_listed=int((~listed).sum()),
        rejected={},
        repairs=dict(inside.repairs),
        copies=added.copies if added else 0,
        days=dict(added.days) if added else {},
        parts=parts,
        rejects=(),
    )
    return piece, np.flatnonzero(listed & ~plain)


def _summed(pieces: list[Decoded]) -> Decoded:
    rejected: Counter[str] = Counter()
    repairs: Counter[str] = Counter()
    days: Counter[date] = Counter()
    for piece in pieces:
        rejected.update(piece.rejected)
        repairs.update(piece.repairs)
        days.update(piece.days)
    return Decoded(
        rows=sum(piece.rows for piece in pieces),
        kept=sum(piece.kept for piece in pieces),
        outside_window=sum(piece.outside_window for piece in pieces),
        not_listed=sum(piece.not_listed for piece in pieces),
        rejected=dict(rejected),
        repairs=dict(repairs),
        copies=sum(piece.copies for piece in pieces),
        days=dict(days),
        parts=tuple(part for piece in pieces for part in piece.parts),
        rejects=tuple(path for piece in pieces for path in piece.rejects),
    )
