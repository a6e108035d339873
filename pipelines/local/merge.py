"""Tables of some accounts, kept until those of all others are there, and put together in order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import dataframely as dy
import polars as pl

from detector.runs.files import flush_folder
from detector.runs.run import Run

S = TypeVar("S", bound=dy.Schema)


@dataclass(frozen=True)
class Piece(Run):
    """A folder of scratch tables, in files that cost little to write."""

    def part(self, name: str) -> "Piece":
        """A folder of its own for some of the tables; it is sealed with the piece."""
        return Piece(self.folder / name)

    def write(self, table: type[S], frame: dy.DataFrame[S]) -> None:
        """Write a table that is sorted by its key; it counts once the piece is sealed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        frame.write_parquet(self.path(table), compression="lz4", statistics=False)

    def seal(self) -> None:
        """Declare the tables of this piece complete, so that a later attempt reuses them."""
        for path in self.folder.rglob("*.parquet"):
            flush_folder(path)
        super().seal()


def merge(table: type[S], parts: Sequence[dy.LazyFrame[S]]) -> Iterator[pl.DataFrame]:
    """Put tables together in the order of their first key, some rows at a time.

    Pieces lie interleaved in that order, as accounts are dealt to them by hash.

    Args:
        table: What they are rows of.
        parts: Each sorted by its whole key; no first key is in two of them.
    """
    rows = pl.concat([table.create_empty().lazy(), *parts])
    return rows.sort(table.primary_key()[0], maintain_order=True).collect_batches()
