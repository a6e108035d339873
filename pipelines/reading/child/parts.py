"""Sightings of pieces of the log on our own disk, bucket by bucket of accounts."""

from collections.abc import Sequence
from pathlib import Path
from typing import cast

import numpy as np
import polars as pl

from detector.kernels.coded import CodedRows
from detector.kernels.shards import SHARDS, shards_of
from detector.kernels.tables import complete
from detector.schemas import Sightings
from detector.sightings.build import unite
from pipelines.reading.shared.arrow import Table, pa
from pipelines.reading.shared.messages import Part, Reduced, ReduceRequest
from pipelines.reading.shared.tables import own_folder, write_table

_BUCKET = "bucket"


def write_part(seen: CodedRows, buckets: int, path: str) -> Part:
    """Write the sightings of a piece, one record batch for each bucket that has any."""
    account = Sightings.account_id.name
    bucket = shards_of(seen.texts[account]).cast(pl.Int64) * buckets // SHARDS
    dealt = seen.rows.with_columns(bucket.gather(seen.rows[account]).alias(_BUCKET)).sort(_BUCKET)
    numbers, starts = np.unique(dealt[_BUCKET].to_numpy(), return_index=True)
    ends = [*starts[1:].tolist(), dealt.height]
    rows = CodedRows(dealt.drop(_BUCKET), seen.texts).decoded()
    kind = Sightings.device_type.col.to_physical()
    table = cast("Table", rows.with_columns(kind).to_arrow(compat_level=pl.CompatLevel.oldest()))
    table = table.combine_chunks()
    with pa.OSFile(path, "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        for start, end in zip(starts.tolist(), ends, strict=True):
            writer.write_batch(table.slice(start, end - start).to_batches()[0])
    sizes = tuple(end - start for start, end in zip(starts.tolist(), ends, strict=True))
    return Part(path=path, buckets=tuple(numbers.tolist()), rows=sizes)


def reduce_bucket(request: ReduceRequest) -> Reduced:
    """Unite all pieces of a bucket and write its sightings, sorted."""
    sightings = read_parts(request.parts)
    with own_folder():
        write_table(sightings, Path(request.out))
    return Reduced(sightings=sightings.height)


def read_parts(parts: Sequence[tuple[str, int]]) -> pl.DataFrame:
    """Unite one bucket of several pieces.

    Args:
        parts: Files, and which of their record batches.

    Returns:
        Columns of `Sightings`, sorted by key.
    """
    rows = pl.concat([_read_batch(*part) for part in parts], how="diagonal_relaxed")
    united = unite(rows.lazy()).sort(Sightings.primary_key()).collect(engine="streaming")
    kinds = Sightings.columns()[Sightings.device_type.name].dtype
    return complete(united.with_columns(Sightings.device_type.col.cat.to(kinds)), Sightings)


def _read_batch(path: str, batch: int) -> pl.DataFrame:
    """Mapped into memory: the file is our own, and no longer written to."""
    with pa.memory_map(path) as source, pa.ipc.open_file(source) as reader:
        return pl.DataFrame(pa.Table.from_batches([reader.get_batch(batch)]))
