"""Row groups of one file → clean events, dealt into buckets of accounts."""

from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path

import polars as pl

from detector.events import CleanLog, Window, clean_events
from detector.rows import Rows
from detector.schemas import Events, Rejects
from pipelines.reading.enrichment import enrich_events
from pipelines.reading.mapping import map_columns
from pipelines.reading.messages import Decoded, DecodeRequest, ReadPlan
from pipelines.reading.opening import open_log, read_identity, read_pieces, refuse
from pipelines.reading.rows import read_rows
from pipelines.reading.survey import find_source
from pipelines.reading.tables import own_folder

FINGERPRINT = "fingerprint"


def decode_file(request: DecodeRequest, plan: ReadPlan) -> Decoded:
    """Clean some row groups and write their events, one file per bucket.

    Raises:
        UnmappedError: If the file is no longer the one that was surveyed.
    """
    file, source = request.file, find_source(request.file, plan)
    window = Window(request.first_day, request.last_day, request.log_ends)
    log = open_log(file.path)
    mapped = map_columns(log.schema, file, source, plan.explicit)
    row = request.first_row
    done: list[Decoded] = []
    pieces = read_pieces(log, mapped, request.row_groups, plan.chunk_rows)
    for number, table in enumerate(pieces):
        rows = read_rows(table, mapped, source.columns).with_columns(
            file=pl.lit(file.name), row=pl.int_range(row, row + table.num_rows, dtype=pl.Int64)
        )
        row += table.num_rows
        clean = clean_events(_listed(rows, plan), window, plan.events)
        clean = replace(clean, events=enrich_events(clean.events, plan))
        with own_folder():
            out = f"{request.out}-{number:05d}"
            done.append(_written(clean, rows.height, out, request.buckets))
    if read_identity(file.path) != request.identity:
        raise refuse("was changed while it was read", "wait until it is complete, and run again.")
    return _summed(done)


def _listed(rows: pl.DataFrame, plan: ReadPlan) -> pl.DataFrame:
    """The rows of the accounts that the caller asked for."""
    if plan.only is None:
        return rows
    return rows.filter(Rows.account_id.col.is_in(_account_list(plan.only)))


@cache
def _account_list(path: str) -> tuple[str, ...]:
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    return tuple(sorted({line for line in lines if line}))


def _written(clean: CleanLog, rows: int, out: str, buckets: int) -> Decoded:
    """Write the events bucket by bucket, and the rejects, in the project's own files."""
    events = clean.events.with_columns(
        clean.fingerprints.alias(FINGERPRINT),
        bucket=Events.account_id.col.hash(seed=0) % buckets,
    )
    parts: list[tuple[int, str, int]] = []
    for (bucket,), part in events.partition_by("bucket", as_dict=True, include_key=False).items():
        path = f"{out}-{bucket:05d}.arrow"
        part.write_ipc(path, compression="lz4")
        parts.append((int(bucket), path, part.height))
    rejects = f"{out}-rejects.arrow"
    if clean.rejects.height:
        clean.rejects.write_ipc(rejects, compression="lz4")
    reasons = Counter[str](clean.rejects[Rejects.reason.name])
    judged = events.height + clean.outside_window + clean.rejects.height
    return Decoded(
        rows=rows,
        kept=events.height,
        outside_window=clean.outside_window,
        not_listed=rows - judged,
        rejected=dict(reasons),
        repairs=dict(clean.repairs),
        parts=tuple(sorted(parts)),
        rejects=(rejects,) if clean.rejects.height else (),
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
        parts=tuple(part for piece in pieces for part in piece.parts),
        rejects=tuple(path for piece in pieces for path in piece.rejects),
    )
