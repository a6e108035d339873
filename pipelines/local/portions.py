# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
"""Scratch tables cut into numbered portions, each of which is read alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Self

import numpy as np
import polars as pl

from detector.kernels.arrays import Codes, Longs
from detector.kernels.texts import hash_texts
from detector.networks.numbers import Numbers
from pipelines.reading.shared.arrow import Batch, pa


@dataclass(frozen=True)
class Portions:
    """A table in a file, a batch for each portion."""

    path: Path
    like: pl.DataFrame
    """No rows, but all columns: those that say nothing are not in the file."""

    @classmethod
    def deal(cls, frame: pl.DataFrame, number: Codes, count: int, path: Path) -> Self:
        """Write a table, given the portion of each row and how many portions there are."""
        order = np.argsort(number, kind="stable")
        return cls.write(frame[order], np.bincount(number, minlength=count).tolist(), path)

    @classmethod
    def write(cls, frame: pl.DataFrame, sizes: Sequence[int], path: Path) -> Self:
        """Write a table whose portions lie one after the other."""
        silent = [c.name for c in frame if frame.height and c.null_count() == frame.height]
        # In other layouts each portion would bring along the texts of all.
        layout = pl.CompatLevel.oldest()
        table = frame.drop(silent).rechunk().to_arrow(compat_level=layout).combine_chunks()
        (rows,) = table.to_batches() or [pa.RecordBatch.from_pylist([], schema=table.schema)]
        packed = pa.ipc.IpcWriteOptions(compression="lz4")
        with (
            pa.OSFile(str(path), "wb") as sink,
            pa.ipc.new_file(sink, table.schema, options=packed) as writer,
        ):
            for first, size in zip(accumulate(sizes, initial=0), sizes, strict=False):
                writer.write_batch(rows.slice(first, size))
        return cls(path, frame.clear())

    def read(self, number: int) -> pl.DataFrame:
        """Read one portion."""
        return read_together([self], number)[0]

    def batch(self, number: int, *, key_only: bool) -> Batch:
        """One portion as it is in the file; of all columns, or of the first alone."""
        columns = pa.ipc.IpcReadOptions(included_fields=[0] if key_only else None)
        with pa.OSFile(str(self.path)) as source, pa.ipc.open_file(source, options=columns) as file:
            return file.get_batch(number)


def read_together(
    tables: Sequence[Portions], number: int, *, key_only: bool = False
) -> tuple[pl.DataFrame, Sequence[int]]:
    """Read one portion of each of many tables of the same columns.

    Args:
        tables: One at least.
        number: Of the portion.
        key_only: Leave out all columns but the first.

    Returns:
        All rows, table by table, and how many there are of each.
    """
    batches = [table.batch(number, key_only=key_only) for table in tables]
    each = [pa.Table.from_batches([batch]) for batch in batches]
    rows = pl.DataFrame(pa.concat_tables(each, promote_options="default"))
    like = tables[0].like[:, :1] if key_only else tables[0].like
    silent = [
        pl.lit(None, dtype).alias(name)
        for name, dtype in like.schema.items()
        if name not in rows.columns
    ]
    return rows.with_columns(silent).select(like.columns), [batch.num_rows for batch in batches]


def deal_networks(networks: pl.Series, count: int) -> Codes:
    """Deal networks out by a hash of their block, so that each block stays in one portion."""
    return _dealt(Numbers.of(networks).blocks(), count)


def deal_texts(texts: pl.Series, count: int) -> Codes:
    """Deal texts out by their hash."""
    return _dealt(hash_texts(texts), count)


def _dealt(values: Longs, count: int) -> Codes:
    mixed = values * np.uint64(0x9E3779B185EBCA87)
    return ((mixed >> np.uint64(32)) % np.uint64(count)).astype(np.int32)
