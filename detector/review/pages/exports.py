"""The whole filtered set as a file: every row, counted, and harmless in a spreadsheet."""

import re
from collections.abc import Iterator
from tempfile import NamedTemporaryFile
from typing import Any, cast

import numpy as np
import polars as pl
import pyarrow.parquet as pq
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response, StreamingResponse

from detector.kernels.tables import harmless
from detector.review.access.people import Need
from detector.review.filters import read_filter
from detector.review.index import Numbers
from detector.review.web import Visit, Way

OPEN: Any = pq.ParquetFile
WRITE: Any = pq.ParquetWriter
"""pyarrow ships no types."""
AT_ONCE = 1 << 12
"""Rows; of an account there may be thousands of letters."""
ROWS = "X-Rows"


def export_csv(visit: Visit) -> Response:
    """CSV as RFC 4180 has it, streamed: a million rows need no memory."""
    rows = _rows(visit)
    headers = _headers(rows, "csv")
    return StreamingResponse(
        _lines(visit, rows), media_type="text/csv; charset=utf-8", headers=headers
    )


def export_parquet(visit: Visit) -> Response:
    """The same with its types; as Parquet is read by programs, texts stay as they are."""
    rows = _rows(visit)
    file = NamedTemporaryFile(suffix=".parquet", delete=True)  # noqa: SIM115 - sent, then closed
    writer: Any = None
    for frame in _frames(visit, rows):
        table = cast("Any", frame.to_arrow(compat_level=pl.CompatLevel.oldest()))
        writer = writer or WRITE(file.name, table.schema, compression="zstd")
        writer.write_table(table)
    if writer is not None:
        writer.close()
    return FileResponse(
        file.name,
        media_type="application/vnd.apache.parquet",
        headers=_headers(rows, "parquet"),
        background=BackgroundTask(file.close),
    )


def _rows(visit: Visit) -> Numbers:
    """The rows of the filter, in the order of the file; that they were taken is kept."""
    desk = visit.desk
    wanted = read_filter(visit.request.url.query)
    rows = np.sort(desk.queues.rows(wanted, desk.standings.now()))
    if desk.store is not None:
        with desk.store.writing(visit.person.name, desk.clock(), person=True) as writing:
            body = {"query": wanted.query, "rows": int(rows.size)}
            writing.record("export", body, f"took {rows.size:,} accounts")
    return rows


def _headers(rows: Numbers, kind: str) -> dict[str, str]:
    name = f"accounts-{rows.size}-rows.{kind}"
    return {"Content-Disposition": f'attachment; filename="{name}"', ROWS: str(rows.size)}


def _frames(visit: Visit, rows: Numbers) -> Iterator[pl.DataFrame]:
    """A few thousand rows at a time; one frame without rows, so that a file has its columns."""
    index = visit.desk.index
    with OPEN(index.path, metadata=index.footer, pre_buffer=False) as file:
        if not rows.size:
            yield cast("pl.DataFrame", pl.from_arrow(file.schema_arrow.empty_table()))
        start = 0
        for batch in file.iter_batches(batch_size=AT_ONCE, use_threads=False):
            end = start + batch.num_rows
            low, high = np.searchsorted(rows, (start, end))
            if high > low:
                yield cast("pl.DataFrame", pl.from_arrow(batch))[rows[low:high] - start]
            start = end


def _lines(visit: Visit, rows: Numbers) -> Iterator[str]:
    head = True
    for frame in _frames(visit, rows):
        nested = {name: kind for name, kind in frame.schema.items() if kind == pl.List}
        flat = frame.with_columns(_flat(name, kind) for name, kind in nested.items())
        told = harmless(flat).write_csv(include_header=head, line_terminator="\r\n")
        yield re.sub(r"\x00", "\ufffd", told)
        head = False


def _flat(name: str, kind: pl.DataType) -> pl.Expr:
    """A list as one cell; of what has parameters beside it, the code."""
    if isinstance(kind, pl.List) and isinstance(kind.inner, pl.Struct):
        coded = pl.element().struct.field("code")
        return pl.col(name).list.eval(coded).list.join("; ")
    return pl.col(name).cast(pl.List(pl.String)).list.join("; ")


WAYS = (
    Way("/export.csv", "GET", Need.EXPORT, export_csv),
    Way("/export.parquet", "GET", Need.EXPORT, export_parquet),
)
