# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
"""Tables of some accounts, kept until those of all others are there, and put together in order.

The accounts of a piece are dealt by hash, so that pieces lie interleaved in the order of keys. What
is put together is therefore cut into stretches of keys, and each stretch is read from every piece:
in memory is one stretch, however many pieces there are.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Protocol, TypeVar

import dataframely as dy
import polars as pl

from detector.files import replace_file
from detector.runs import Run
from pipelines.reading.arrow import pa, pq

ROWS_AT_ONCE = 1 << 19
"""Rows in a stretch, about."""

_SAMPLED = 1 << 10
"""Every so many rows one key is looked at to cut stretches of much the same length."""

S = TypeVar("S", bound=dy.Schema)


@dataclass(frozen=True)
class Piece(Run):
    """A folder of scratch tables: files that cost little to write, and of which parts are read."""

    def path(self, table: type[dy.Schema]) -> Path:
        """`PlaceNetworks` is kept in ``place_networks.arrow``."""
        return super().path(table).with_suffix(".arrow")

    def scan(self, table: type[S]) -> dy.LazyFrame[S]:
        """Trusted without a check: only `write` puts files here."""
        return table.cast(read_rows(self.path(table)).lazy())

    def write(self, table: type[S], frame: dy.DataFrame[S]) -> None:
        """Write a table that is sorted by its key."""
        with replace_file(self.path(table)) as part:
            write_rows(frame, part)


def write_rows(frame: pl.DataFrame, path: Path) -> None:
    """Write a frame as one stretch of memory, so that any of its rows are found at once."""
    frame.rechunk().write_ipc(path, record_batch_size=max(1, frame.height))


def read_rows(path: Path, first: int = 0, rows: int | None = None) -> pl.DataFrame:
    """Read some rows of a file of `write_rows`; what is not looked at stays on the disk."""
    with pa.memory_map(str(path)) as source, pa.ipc.open_file(source) as file:
        if not file.num_record_batches:
            return pl.DataFrame(file.schema.empty_table())
        return pl.DataFrame(file.get_batch(0).slice(first, rows))


class Sorted(Protocol):
    """Rows sorted by a first key, of which stretches can be read."""

    def sample(self, every: int) -> pl.Series:
        """Every so many-th key."""
        ...

    def between(self, low: str | None, high: str | None) -> pl.DataFrame:
        """The rows from one key on and before another one; None where there is no bound."""
        ...


@dataclass(frozen=True)
class Written:
    """A table of a piece."""

    path: Path

    def sample(self, every: int) -> pl.Series:
        """Every so many-th key."""
        return read_rows(self.path).to_series(0).gather_every(every)

    def between(self, low: str | None, high: str | None) -> pl.DataFrame:
        """The rows from one key on and before another one."""
        keys = read_rows(self.path).to_series(0)
        begin = 0 if low is None else keys.search_sorted(low, "left")
        end = len(keys) if high is None else keys.search_sorted(high, "left")
        return read_rows(self.path, begin, end - begin)


@dataclass(frozen=True)
class Kept:
    """A finished table of which some rows are taken over."""

    path: Path
    """Parquet; row groups are passed over by their least and greatest keys."""

    chosen: pl.DataFrame
    """One column: the first keys of the rows that count."""

    def sample(self, every: int) -> pl.Series:
        """Every so many-th key, those of rows that do not count included."""
        with pq.ParquetFile(self.path) as file:
            batches = file.iter_batches(columns=self.chosen.columns)
            keys = [pl.Series(batch.column(0))[::every] for batch in batches]
        return pl.concat([pl.Series(dtype=pl.String), *keys])

    def between(self, low: str | None, high: str | None) -> pl.DataFrame:
        """The rows from one key on and before another one."""
        key = self.chosen.columns[0]
        rows = pl.scan_parquet(self.path, glob=False)
        if low is not None:
            rows = rows.filter(pl.col(key) >= low)
        if high is not None:
            rows = rows.filter(pl.col(key) < high)
        chosen = self.chosen.lazy()
        return rows.join(chosen, on=key, how="semi", maintain_order="left").collect()


def merge(table: type[S], parts: Sequence[Sorted]) -> Iterator[dy.DataFrame[S]]:
    """Put sorted parts together, stretch by stretch in the order of the first key.

    Args:
        table: What they are rows of.
        parts: No first key is in two of them.
    """
    key = table.primary_key()[0]
    for low, high in pairwise((None, *_cuts(parts), None)):
        rows = [table.cast(part.between(low, high)) for part in parts]
        yield table.cast(pl.concat([table.create_empty(), *rows]).sort(key, maintain_order=True))


def _cuts(parts: Sequence[Sorted]) -> Sequence[str]:
    """Keys at which to cut, so that each stretch has few rows."""
    samples = [pl.Series(dtype=pl.String), *(part.sample(_SAMPLED) for part in parts)]
    keys, step = pl.concat(samples).sort(), max(1, ROWS_AT_ONCE // _SAMPLED)
    return keys.gather_every(step, step).unique(maintain_order=True).to_list()
