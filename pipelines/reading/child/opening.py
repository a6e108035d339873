"""Opening one untrusted file: what it is, whether it is a trap, and its rows in pieces.

Runs in child processes only. Parquet is decoded by PyArrow with page checksums and full
validation, as Polars panics or aborts on damaged files; memory maps are never used, since
a file that is cut short meanwhile would kill the process.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import polars as pl

from pipelines.reading.child.footers import check_footer
from pipelines.reading.child.shaping import ExportFile
from pipelines.reading.child.streams import MAX_RATIO, SMALL_BYTES
from pipelines.reading.child.texts import MAX_COLUMNS, read_contents, read_frames
from pipelines.reading.shared.arrow import Footer, Schema, Table, pa, pq
from pipelines.reading.shared.layouts import LogSource, file_kind
from pipelines.reading.shared.mapping import Mapped, refuse

MAX_ROWS_PER_BYTE = 50
BATCH_BYTES = 256 << 20
SMALL_ROWS = 2_000_000
"""A file with fewer rows is no bomb."""

_DISGUISES = (
    (b"\x1f\x8b", "gzip"),
    (b"PK\x03\x04", "a zip archive"),
    (b"ORC", "ORC"),
    (b"Obj\x01", "Avro"),
    (b"ARROW1", "an Arrow file"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"PARE", "encrypted Parquet"),
    (b"version https://git-lfs", "a Git LFS pointer instead of the file"),
    (b"%PDF", "PDF"),
    (b"SQLite format 3", "SQLite"),
)


@dataclass(frozen=True)
class OpenLog:
    """A file whose footer (or rows of texts) has been read and found harmless."""

    schema: Schema
    row_groups: tuple[int, ...]
    parquet: Table
    path: str
    export: ExportFile | None = None
    notes: tuple[str, ...] = ()


def open_log(
    path: str, source: LogSource | None = None, constants: Mapping[str, str | None] | None = None
) -> OpenLog:
    """Read the footer of a Parquet file, or the columns of a CSV or JSON file.

    Args:
        path: Its name says what it is; Parquet is known by its first bytes, too.
        source: How a preset lays such a file out.
        constants: What is known of all its rows.

    Raises:
        UnmappedError: If it is another kind of file, cut short, or a decompression bomb.
    """
    if file_kind(path) in ("csv", "json"):
        return _open_texts(path, ExportFile(source or LogSource(), Path(path), constants or {}))
    _check_magic(path)
    parquet = pq.ParquetFile(pa.OSFile(path), page_checksum_verification=True, pre_buffer=False)
    _check_size(parquet.metadata, Path(path).stat().st_size)
    check_footer(parquet.metadata)
    groups = range(parquet.metadata.num_row_groups)
    rows = tuple(parquet.metadata.row_group(g).num_rows for g in groups)
    return OpenLog(parquet.schema_arrow, rows, parquet, path)


def with_codes(log: OpenLog, columns: Sequence[str]) -> OpenLog:
    """The same file, its texts read as the dictionaries and codes in which they are stored.

    Where they are stored plainly, the decoder makes the dictionary.
    """
    if log.parquet is None:
        return log
    parquet = pq.ParquetFile(
        pa.OSFile(log.path),
        metadata=log.parquet.metadata,
        read_dictionary=list(columns),
        page_checksum_verification=True,
        pre_buffer=False,
    )
    return replace(log, parquet=parquet)


def read_pieces(log: OpenLog, mapped: Mapped, groups: Sequence[int], rows: int) -> Iterator[Table]:
    """Yield the mapped columns as validated Arrow tables of at most some rows."""
    if log.parquet is None:
        yield from _read_texts(log, mapped, rows)
        return
    footer, leaves = log.parquet.metadata, mapped.leaves
    batches = log.parquet.iter_batches(
        batch_size=min(rows, _rows_that_fit(footer, leaves)),
        row_groups=list(groups),
        columns=leaves,
        use_threads=False,
    )
    for batch in batches:
        table = pa.Table.from_batches([batch])
        table.validate(full=True)
        yield table


def _rows_that_fit(footer: Footer, leaves: Sequence[str]) -> int:
    """Fewer rows at once where they are long."""
    groups = [footer.row_group(g) for g in range(footer.num_row_groups)]
    chunks = [group.column(c) for group in groups for c in range(footer.num_columns)]
    ways = tuple(f"{leaf}." for leaf in leaves)
    read = [c for c in chunks if f"{c.path_in_schema}.".startswith(ways)]
    size = sum(chunk.total_uncompressed_size for chunk in read)
    return max(1, BATCH_BYTES * max(1, footer.num_rows) // max(1, size))


def _check_magic(path: str) -> None:
    """Name what the file is instead of Parquet."""
    with Path(path).open("rb") as file:
        head = file.read(512)
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 4))
        tail = file.read(4)
    if size == 0:
        raise refuse("is empty (0 bytes)")
    if tail == b"PARE":
        raise refuse("is encrypted Parquet")
    if head[:4] == b"PAR1" and tail != b"PAR1":
        raise refuse("is cut short: the Parquet footer is missing")
    if head[:4] != b"PAR1":
        raise refuse(f"is not Parquet but {_disguise(head)}")


def _disguise(head: bytes) -> str:
    named = next((name for magic, name in _DISGUISES if head.startswith(magic)), None)
    if named:
        return named
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:15].lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml")):
        return "a web page"
    if start.startswith((b"{", b"[")):
        return "JSON"
    if b"\x00" not in head and b"," in head:
        return "text, perhaps CSV"
    return "something else (unknown first bytes)"


def _check_size(footer: Footer, size: int) -> None:
    """Refuse from the footer alone what would fill the memory."""
    if footer.num_columns > MAX_COLUMNS:
        raise refuse(f"has {footer.num_columns} columns; at most {MAX_COLUMNS} are read")
    groups = [footer.row_group(g) for g in range(footer.num_row_groups)]
    if footer.num_rows < 0 or sum(g.num_rows for g in groups) != footer.num_rows:
        raise refuse("has a footer that contradicts itself")
    if footer.num_rows > max(SMALL_ROWS, MAX_ROWS_PER_BYTE * size):
        raise refuse(f"claims {footer.num_rows} rows in {size} bytes, like a decompression bomb")
    unpacked = sum(g.total_byte_size for g in groups)
    if unpacked > max(SMALL_BYTES, MAX_RATIO * size):
        raise refuse(f"claims to unpack {size} bytes into {unpacked}, like a decompression bomb")


def _open_texts(path: str, export: ExportFile) -> OpenLog:
    contents = read_contents(path)
    names = dict.fromkeys((*contents.names, *export.names)) if export.names else contents.names
    schema = pa.schema([(name, pa.large_string()) for name in names])
    return OpenLog(schema, (contents.rows,), None, path, export, contents.notes(path))


def _read_texts(log: OpenLog, mapped: Mapped, rows: int) -> Iterator[Table]:
    export = cast("ExportFile", log.export)
    own = [name for name in log.schema.names if name not in export.names]
    names = [name for name in mapped.leaves if name in own] if export.is_plain else own
    for frame in read_frames(log.path, list(dict.fromkeys(names)), rows):
        found = frame if export.is_plain else export.complete(frame)
        yield found.select(mapped.leaves).to_arrow(compat_level=pl.CompatLevel.oldest())
