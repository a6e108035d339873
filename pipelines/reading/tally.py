"""Where the rows of a log went, in all, file by file and, if refused, one by one."""

import hashlib
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import polars as pl

from detector.events.rows import Rejects
from detector.runs.manifest import RowCounts
from pipelines.reading.options import FileRecord
from pipelines.reading.shared.mapping import CONTRACT
from pipelines.reading.shared.messages import LogFile
from pipelines.reading.shared.tables import append_table, open_writer
from pipelines.reading.steps import Pieces, Surveys

IDS_AT_ONCE = 10_000_000
"""Event ids that are compared in one go, about 1 GiB."""


def count_rows(pieces: Pieces) -> RowCounts:
    """Add up what became of all rows; one that was delivered twice counts twice."""
    done = pieces.all
    return RowCounts(
        read=sum(piece.rows for piece in done),
        kept=sum(piece.kept for piece in done),
        outside_window=sum(piece.outside_window for piece in done),
        not_listed=sum(piece.not_listed for piece in done),
        rejected=_summed(piece.rejected for piece in done),
        repairs=_summed(piece.repairs for piece in done),
    )


def describe_file(file: LogFile, surveys: Surveys, pieces: Pieces) -> FileRecord:
    """Tell what became of one file."""
    seen = surveys.seen.get(file.name)
    done = pieces.decoded.get(file.name, ())
    bad = pieces.bad.get(file.name)
    return FileRecord(
        path=file.name,
        bytes=seen.identity.bytes if seen else _size(Path(file.path)),
        sha256=seen.sha256 if seen else _digest(Path(file.path)),
        rows=sum(piece.rows for piece in done),
        kept=sum(piece.kept for piece in done),
        rejected=_summed(piece.rejected for piece in done),
        skipped=bad.text if bad else None,
        verified=seen.verified if seen else False,
    )


def find_notes(surveys: Surveys, pieces: Pieces) -> tuple[str, ...]:
    """What was assumed about the log, each said once."""
    good = surveys.good
    notes = {note for seen in good.values() for note in seen.notes}
    if left_out := sum(seen.left_out for seen in good.values()):
        notes.add(f"{left_out} rows were left out by the preset's filters.")
    for column in CONTRACT:
        without = sum(column not in seen.mapped for seen in good.values())
        if 0 < without < len(good):
            notes.add(f"{column!r} is not in {without} of {len(good)} files and null there.")
    for column in ("account_id", "device_id"):
        kinds = {dict(seen.columns).get(seen.mapped.get(column, "")) for seen in good.values()}
        if len({"int" in (kind or "").partition(", indices=")[0] for kind in kinds}) > 1:
            notes.add(
                f"{column!r} is a number in some files and text in others: 7 and '7' are "
                "taken for one, 7 and '007' for two."
            )
    if again := count_ids_used_again([path for piece in pieces.all for path in piece.ids]):
        notes.add(
            f"{again:,} rows bear the event id of an earlier row and say something else: what is "
            "read as event_id does not name one event. All of them were read."
        )
    return tuple(sorted(notes))


def count_ids_used_again(paths: Sequence[str]) -> int:
    """Count the rows whose event id an earlier row of the log has that says something else.

    Args:
        paths: Files with `at` (the place of a row in the log), `id` and `content`, as numbers.
    """
    if not paths:
        return 0
    rows = pl.scan_ipc(list(paths))
    parts = 1 + rows.select(pl.len()).collect().item() // IDS_AT_ONCE
    found = 0
    for part in range(parts):
        mine = rows.filter(pl.col("id") % parts == part)
        first = mine.group_by("id").agg(said=pl.col("content").sort_by("at").first())
        other = mine.join(first, on="id").filter(pl.col("content") != pl.col("said"))
        found += other.select(pl.len()).collect(engine="streaming").item()
    return found


def write_rejects(parts: Iterable[str], path: Path) -> None:
    """Write the rows refused, given in order of file and row, without holding them all at once."""
    with open_writer(Rejects.create_empty(), path) as writer:
        for part in parts:
            append_table(writer, pl.read_ipc(part))


def _summed(counts: Iterable[dict[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for each in counts:
        total.update(each)
    return dict(sorted((name, n) for name, n in total.items() if n))


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _digest(path: Path) -> str:
    """Of a file that killed its child: its bytes alone are harmless."""
    if not path.is_file() or not os.access(path, os.R_OK):
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
