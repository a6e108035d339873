"""Row groups of files → their sightings, dealt into buckets of accounts, and their rejects."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polars as pl

from detector.events.clean import REASONS, CleanRows, Window, clean_rows, list_rejects
from detector.events.rows import LogRows
from detector.kernels.coded import CodedRows
from detector.schemas import Sightings
from detector.sightings.build import sight
from pipelines.reading.child.books import Books
from pipelines.reading.child.gathering import FileRows, gather_pieces
from pipelines.reading.child.parts import write_part
from pipelines.reading.child.rows import complete_rows, read_columns
from pipelines.reading.shared.enrichment import enrich_events
from pipelines.reading.shared.messages import (
    Decoded,
    DecodeRequest,
    DecodeTogether,
    ReadPlan,
    Together,
)
from pipelines.reading.shared.tables import own_folder


def decode_file(request: DecodeRequest, plan: ReadPlan) -> Decoded:
    """Reduce some row groups to sightings, in one file for each piece.

    Raises:
        UnmappedError: If the file is no longer the one that was surveyed.
    """
    return _decode([request], plan)[0]


def decode_together(request: DecodeTogether, plan: ReadPlan) -> Together:
    """Reduce files as if they were one; if any cannot be read, none is.

    Raises:
        UnmappedError: If a file is no longer the one that was surveyed.
    """
    return Together(files=_decode(request.files, plan))


def _decode(requests: Sequence[DecodeRequest], plan: ReadPlan) -> tuple[Decoded, ...]:
    one, books = requests[0], Books(requests)
    job = _Job(requests, plan, Window(one.first_day, one.last_day, one.log_ends))
    for piece in gather_pieces(requests, plan):
        _take_in(piece, job, books)
    return books.close()


@dataclass(frozen=True)
class _Job:
    """What all pieces have in common."""

    requests: Sequence[DecodeRequest]
    plan: ReadPlan
    window: Window


def _take_in(piece: FileRows, job: _Job, books: Books) -> None:
    """Clean the rows of a piece, write what they saw and which of them are refused."""
    coded = read_columns(piece.table, piece.layout.mapped, piece.layout.source)
    listed = None if job.plan.only is None else _account_list(job.plan.only)
    clean = clean_rows(coded, job.window, job.plan.events, listed)
    books.count(piece, coded, clean)
    if clean.events.rows.height:
        seen = sight(enrich_events(clean.events, job.plan), job.plan.events)
        inside = Sightings.day.col.is_between(job.window.first_day, job.window.last_day)
        seen = CodedRows(seen.rows.filter(inside), seen.texts)
        if seen.rows.height:
            with own_folder():
                books.parts.append(write_part(seen, job.requests[0].buckets, f"{books.out}.arrow"))
    _write_rejects(piece, coded, clean, job, books)


def _write_rejects(
    piece: FileRows, coded: CodedRows, clean: CleanRows, job: _Job, books: Books
) -> None:
    refused = clean.outcome.is_in(REASONS)
    if not refused.any():
        return
    files = pl.Series([request.file.name for request in job.requests])
    place, number = pl.Series(piece.file).filter(refused), pl.Series(piece.number).filter(refused)
    rows = complete_rows(CodedRows(coded.rows.filter(refused), coded.texts)).with_columns(
        files.gather(place).alias(LogRows.file.name), number.alias(LogRows.row.name)
    )
    rejects = list_rejects(rows, clean.outcome.filter(refused), job.plan.events)
    path = f"{books.out}-rejects.arrow"
    with own_folder():
        rejects.write_ipc(path, compression="lz4")
    books.rejects.append(path)


@cache
def _account_list(path: str) -> pl.Series:
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    return pl.Series(sorted({line for line in lines if line}), dtype=pl.String)
