"""Row groups of one file → sums of its events, dealt into buckets of accounts."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import polars as pl

from detector.events import Window, clean_events
from detector.schemas import Rejects
from pipelines.reading.adding import Added, add_columns, add_events, find_inside
from pipelines.reading.arrow import Table, pa
from pipelines.reading.enrichment import enrich_events
from pipelines.reading.mapping import Mapped, map_columns
from pipelines.reading.messages import Decoded, DecodeRequest, LogSource, ReadPlan
from pipelines.reading.opening import open_log, read_identity, read_pieces, refuse
from pipelines.reading.parts import write_part
from pipelines.reading.plain import Mask, find_listed, find_plain, read_columns, read_networks
from pipelines.reading.rows import read_rows
from pipelines.reading.survey import find_source
from pipelines.reading.tables import own_folder


@dataclass(frozen=True)
class _Job:
    """What all pieces of a request share."""

    request: DecodeRequest
    plan: ReadPlan
    source: LogSource
    mapped: Mapped

    @property
    def window(self) -> Window:
        return Window(self.request.first_day, self.request.last_day, self.request.log_ends)


def decode_file(request: DecodeRequest, plan: ReadPlan) -> Decoded:
    """Add up some row groups, in one file of sums for each piece.

    Raises:
        UnmappedError: If the file is no longer the one that was surveyed.
    """
    file, source = request.file, find_source(request.file, plan)
    log = open_log(file.path)
    mapped = map_columns(log.schema, file, source, plan.explicit)
    job, row = _Job(request, plan, source, mapped), request.first_row
    done: list[Decoded] = []
    pieces = read_pieces(log, mapped, request.row_groups, plan.chunk_rows)
    for number, table in enumerate(pieces):
        done.append(_decode_piece(job, table, row, f"{request.out}-{number:05d}"))
        row += table.num_rows
    if read_identity(file.path) != request.identity:
        raise refuse("was changed while it was read", "wait until it is complete, and run again.")
    return _summed(done)


def _decode_piece(job: _Job, table: Table, row: int, out: str) -> Decoded:
    """Add up the rows that are plainly good together, the others after a closer look."""
    plan, buckets = job.plan, job.request.buckets
    columns = read_columns(table, job.mapped, job.source)
    networks = read_networks(columns)
    plain = find_plain(columns, networks, job.window, plan)
    listed = find_listed(columns, plan)
    rest = ~plain if listed is None else listed & ~plain
    plain = plain if listed is None else listed & plain
    inside = find_inside(columns, plain, job.window)
    parts: list[Added] = []
    if len(inside.rows):
        parts.append(add_columns(columns, networks, inside, plan.events, buckets))
    looked = _look_closer(job, table, row, rest, out) if rest.any() else None
    if looked and looked.added:
        parts.append(looked.added)
    with own_folder():
        written = [write_part(added, f"{out}-{i}.arrow") for i, added in enumerate(parts)]
    mended = Counter(inside.repairs)
    mended.update(looked.repairs if looked else {})
    return Decoded(
        rows=table.num_rows,
        kept=sum(added.kept for added in parts),
        outside_window=inside.outside + (looked.outside if looked else 0),
        not_listed=0 if listed is None else table.num_rows - int(listed.sum()),
        rejected=looked.rejected if looked else {},
        repairs=dict(mended),
        copies=sum(added.copies for added in parts),
        parts=tuple(written),
        rejects=looked.rejects if looked else (),
    )


@dataclass(frozen=True)
class _Looked:
    """What became of the rows that were looked at closely."""

    added: Added | None
    outside: int
    rejected: dict[str, int]
    repairs: dict[str, int]
    rejects: tuple[str, ...]


def _look_closer(job: _Job, table: Table, row: int, rest: Mask, out: str) -> _Looked:
    """Clean rows one by one; write the rejects in the project's own files."""
    plan = job.plan
    rows = read_rows(table.filter(pa.array(rest)), job.mapped, job.source.columns).with_columns(
        file=pl.lit(job.request.file.name), row=pl.Series(np.flatnonzero(rest) + row)
    )
    clean = clean_events(rows, job.window, plan.events)
    events = enrich_events(clean.events, plan)
    rejects = f"{out}-rejects.arrow"
    if clean.rejects.height:
        with own_folder():
            clean.rejects.write_ipc(rejects, compression="lz4")
    added = None
    if events.height:
        added = add_events(events, clean.fingerprints, plan.events, job.request.buckets)
    return _Looked(
        added,
        clean.outside_window,
        dict(Counter[str](clean.rejects[Rejects.reason.name])),
        dict(clean.repairs),
        (rejects,) if clean.rejects.height else (),
    )


def _summed(pieces: list[Decoded]) -> Decoded:
    rejected: Counter[str] = Counter()
    repairs: Counter[str] = Counter()
    for piece in pieces:
        rejected.update(piece.rejected)
        repairs.update(piece.repairs)
    return Decoded(
        rows=sum(piece.rows for piece in pieces),
        kept=sum(piece.kept for piece in pieces),
        outside_window=sum(piece.outside_window for piece in pieces),
        not_listed=sum(piece.not_listed for piece in pieces),
        rejected=dict(rejected),
        repairs=dict(repairs),
        copies=sum(piece.copies for piece in pieces),
        parts=tuple(part for piece in pieces for part in piece.parts),
        rejects=tuple(path for piece in pieces for path in piece.rejects),
    )
