"""Tables of some accounts, kept until those of all others are there, and put together in order."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypeVar

import dataframely as dy
import polars as pl

from detector.runs.files import flush_folder
from detector.runs.run import ROWS_PER_GROUP as GROUP
from detector.runs.run import Run
from pipelines.reading.shared.arrow import pq

S = TypeVar("S", bound=dy.Schema)

ROWS_PER_GROUP, WIDE_ROWS_PER_GROUP = 1 << 13, 1 << 9
"""Of a piece's table: the fewest rows that are read of it at once. Wide are those of accounts, with
all their sentences: of 202 pieces, stretches of 8,192 such rows were 5.9 GiB."""

PORTIONS = 4
"""In which the rows that were read are given out."""

ROWS_HELD = 1 << 19
"""Of all pieces together, as long as there are not more of them than groups in so many rows."""

MANY = ROWS_HELD // ROWS_PER_GROUP
"""Pieces from which the fewest rows are read of each."""


@dataclass(frozen=True)
class Piece(Run):
    """A folder of scratch tables, in files that cost little to write."""

    of: int = MANY
    """How many there are: of fewer, more rows are read at once, and large groups cost less."""

    def part(self, name: str) -> "Piece":
        """A folder of its own for some of the tables; it is sealed with the piece."""
        return Piece(self.folder / name, self.of)

    def write(self, table: type[S], frame: dy.DataFrame[S]) -> None:
        """Write a table that is sorted by its key; it counts once the piece is sealed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        frame.write_parquet(
            self.path(table),
            compression="lz4",
            statistics=False,
            row_group_size=_rows_at_once(table, self.of),
        )

    def seal(self) -> None:
        """Declare the tables of this piece complete, so that a later attempt reuses them."""
        for path in self.folder.rglob("*.parquet"):
            flush_folder(path)
        super().seal()


@dataclass(frozen=True)
class Share:
    """A sorted table's rows."""

    rows: pl.LazyFrame

    def stretches(self, length: int) -> Iterator[pl.DataFrame]:
        """All of them, so many at a time."""
        size = self.rows.select(pl.len()).collect().item()
        for start in range(0, size, length):
            yield self.rows.slice(start, length).collect()


@dataclass(frozen=True)
class KeptShare(Share):
    """The rows of some keys in a table of a run."""

    table: type[dy.Schema]
    file: Path
    """The same rows, in large groups."""
    of: pl.Series
    """The first keys, sorted."""

    @classmethod
    def take(cls, run: Run, table: type[dy.Schema], keys: pl.Series) -> Self:
        """Those of some keys, sorted, from a run's table."""
        return cls(run.scan(table), table, run.path(table), keys)

    def stretches(self, length: int) -> Iterator[pl.DataFrame]:
        """Those of the keys, group by group; of a wide table among so many rows at a time."""
        is_wide = _is_wide(self.table)
        for rows in self._batches(length) if is_wide else super().stretches(GROUP):
            keys = rows[self.of.name]
            first = bisect_left(self.of, keys[0])
            near = self.of[first : bisect_right(self.of, keys[-1])].to_frame()
            yield rows.join(near, on=self.of.name, how="semi", maintain_order="left")

    def _batches(self, length: int) -> Iterator[pl.DataFrame]:
        """Each group decoded once, from end to end: held whole it is too large."""
        kinds = self.rows.collect_schema()
        with pq.ParquetFile(self.file) as file:
            for batch in file.iter_batches(length, use_threads=False):
                yield pl.DataFrame(batch).cast(kinds)


def merge(table: type[dy.Schema], parts: Sequence[Share]) -> Iterator[pl.DataFrame]:
    """Put tables together in the order of their first key, some rows at a time.

    Pieces lie interleaved in that order, as accounts are dealt to them by hash. Of each a stretch
    is held; what comes before the end of the shortest of them is complete and is given out.

    Args:
        table: What they are rows of.
        parts: Each sorted by its whole key; no first key is in two of them.

    Yields:
        Rows in order; all of one first key together.
    """
    key = table.primary_key()[0]
    length = _rows_at_once(table, len(parts))
    stretches = [RowsAhead(part, key, length) for part in parts]
    while stretches:
        for each in stretches:
            each.read_on()
        given, ends = 0, _ends(stretches)
        for end in ends:
            taken = [each.take_before(end) for each in stretches]
            if some := sum(rows.height for rows in taken):
                given += some
                # Nobody holds it while it is made use of.
                yield pl.concat(taken.pop() for _ in stretches).sort(key, maintain_order=True)
        for each in stretches:
            # The rows of one key fill it: nothing can be given out before the next begins.
            if not given and each.rows.height and each.last == ends[-1]:
                each.read_on(further=True)
        stretches = [each for each in stretches if each.rows.height or not each.is_ended]


def _ends(stretches: Sequence["RowsAhead"]) -> list[str | None]:
    """Keys before which all rows are there, the last of them at the end; None if all are there.

    Given out in several portions, they need not be held twice.
    """
    unread = [each for each in stretches if not each.is_ended]
    some = unread or [each for each in stretches if each.rows.height]
    if not some:
        return [None]
    shortest = min(some, key=lambda each: each.last)
    return [*shortest.steps(PORTIONS), shortest.last if unread else None]


def _rows_at_once(table: type[dy.Schema], parts: int) -> int:
    """Of each of so many parts; in powers of two, that stretches end with groups for one more."""
    least = WIDE_ROWS_PER_GROUP if _is_wide(table) else ROWS_PER_GROUP
    times = ROWS_HELD // ROWS_PER_GROUP // max(1, parts)
    return least << max(0, times.bit_length() - 1)


def _is_wide(table: type[dy.Schema]) -> bool:
    return any(column.dtype.is_nested() for column in table.columns().values())


class RowsAhead:
    """Rows of a sorted table that were read and not given out."""

    def __init__(self, share: Share, key: str, length: int) -> None:
        self._more, self._key, self._length = share.stretches(length), key, length
        self.rows = share.rows.head(0).collect()
        self.is_ended = False
        """Whether all was read."""

    def steps(self, count: int) -> list[str]:
        """Keys that part its rows into about so many of the same size."""
        keys = self.rows[self._key]
        return [str(keys[len(keys) * step // count]) for step in range(1, count)]

    @property
    def last(self) -> str:
        """The last key that was read of it and not given out."""
        return str(self.rows[self._key][-1])

    def read_on(self, *, further: bool = False) -> None:
        """Read a stretch where less than half of one is left, or one more.

        Read as soon as less than a whole one is left, half as many rows again are held.
        """
        least = self.rows.height * further + (self._length + 1) // 2
        while self.rows.height < least and not self.is_ended:
            more = next(self._more, None)
            self.is_ended = more is None
            self.rows = self.rows if more is None else pl.concat([self.rows, more])

    def take_before(self, end: str | None) -> pl.DataFrame:
        """Give out the rows whose key comes before another; all, if there is no such end."""
        count = self.rows.height
        if end is not None:
            count = bisect_left(self.rows[self._key], end)
        taken, self.rows = self.rows.head(count), self.rows.slice(count)
        return taken
