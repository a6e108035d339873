"""Tables of some accounts, kept until those of all others are there, and put together in order.

The accounts of a piece are dealt by hash, so that pieces lie interleaved in the order of keys. What
is put together is therefore cut into stretches of keys, and each stretch is read from every piece:
in memory is one stretch, however many pieces there are.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

import dataframely as dy
import polars as pl

from detector.runs.files import flush_folder
from detector.runs.run import Run
from pipelines.reading.shared.arrow import pa, pq

BATCHES_AT_ONCE = 1 << 8
"""Batches in a stretch, about, of all pieces together."""

BYTES_PER_BATCH = 1 << 17
"""What of a piece is read in one go, so that of a thousand pieces little is held; one key of each
batch is looked at to cut even stretches."""

ROWS_SAMPLED = 1 << 10
"""In a finished table one key of so many rows is looked at."""

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

    def rows(self, table: type[dy.Schema]) -> int:
        """How many rows a table has."""
        with pa.OSFile(str(self.path(table))) as source, pa.ipc.open_file(source) as file:
            return file.count_rows()

    def part(self, name: str) -> "Piece":
        """A folder of its own for some of the tables; it is sealed with the piece."""
        return Piece(self.folder / name)

    def write(self, table: type[S], frame: dy.DataFrame[S]) -> None:
        """Write a table that is sorted by its key; it counts once the piece is sealed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        write_rows(frame, self.path(table))

    def seal(self) -> None:
        """Declare the tables of this piece complete, so that a later attempt reuses them."""
        for path in self.folder.rglob("*.arrow"):
            flush_folder(path)
        super().seal()


def write_rows(frame: pl.DataFrame, path: Path) -> None:
    """Write a scratch file; packed, because the disk is slower than unpacking."""
    rows = max(1, frame.height * BYTES_PER_BATCH // max(1, int(frame.estimated_size())))
    frame.rechunk().write_ipc(path, compression="lz4", record_batch_size=rows)


def read_rows(path: Path) -> pl.DataFrame:
    """Read a scratch file whole."""
    with pa.OSFile(str(path)) as source, pa.ipc.open_file(source) as file:
        return pl.DataFrame(file.read_all())


class Sorted(Protocol):
    """Rows sorted by a first key, read from the first to the last."""

    def sample(self) -> pl.Series:
        """One key of each of even portions."""
        ...

    def before(self, high: str | None) -> pl.DataFrame:
        """The next rows, up to a key that is not among them; None for all that are left."""
        ...


class Written:
    """A table of a piece.

    It is not mapped into memory: with each page that is looked at, the system maps megabytes.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.batch = path, 0
        self.rest: pl.DataFrame | None = None

    def sample(self) -> pl.Series:
        """The first key of each batch."""
        key = pa.ipc.IpcReadOptions(included_fields=[0])
        with pa.OSFile(str(self.path)) as source, pa.ipc.open_file(source, options=key) as file:
            batches = (file.get_batch(number) for number in range(file.num_record_batches))
            keys = [batch.column(0)[0].as_py() for batch in batches if batch.num_rows]
        return pl.Series(keys, dtype=pl.String)

    def before(self, high: str | None) -> pl.DataFrame:
        """The next rows, up to a key that is not among them."""
        rows = self.rest
        if rows is None or not _reaches(rows, high):
            rows = self._read_on(rows, high)
        end = rows.height if high is None else rows.to_series(0).search_sorted(high, "left")
        self.rest = rows[end:]
        return rows[:end]

    def _read_on(self, rest: pl.DataFrame | None, high: str | None) -> pl.DataFrame:
        """Add batches to what is left of the last one, until the key is reached."""
        with pa.OSFile(str(self.path)) as source, pa.ipc.open_file(source) as file:
            found = [pl.DataFrame(file.schema.empty_table()) if rest is None else rest]
            while self.batch < file.num_record_batches and not _reaches(found[-1], high):
                found.append(pl.DataFrame(file.get_batch(self.batch)))
                self.batch += 1
        return pl.concat(found)


def _reaches(rows: pl.DataFrame, high: str | None) -> bool:
    return high is not None and rows.height > 0 and rows.item(-1, 0) >= high


class Kept:
    """A finished table of which some rows are taken over."""

    def __init__(self, path: Path, chosen: pl.DataFrame) -> None:
        """Take a file of Parquet, and in one column the first keys of the rows that count."""
        self.path, self.chosen = path, chosen
        self.low = ""

    def sample(self) -> pl.Series:
        """Some keys, those of rows that do not count included."""
        with pq.ParquetFile(self.path) as file:
            batches = file.iter_batches(columns=self.chosen.columns)
            keys = [pl.Series(batch.column(0))[::ROWS_SAMPLED] for batch in batches]
        return pl.concat([pl.Series(dtype=pl.String), *keys])

    def before(self, high: str | None) -> pl.DataFrame:
        """The next rows; row groups are passed over by their least and greatest keys."""
        key = pl.col(self.chosen.columns[0])
        rows = pl.scan_parquet(self.path, glob=False).filter(key >= self.low)
        if high is not None:
            rows, self.low = rows.filter(key < high), high
        return rows.join(self.chosen.lazy(), on=key, how="semi", maintain_order="left").collect()


def merge(table: type[S], parts: Sequence[Sorted]) -> Iterator[dy.DataFrame[S]]:
    """Put sorted parts together, stretch by stretch in the order of the first key.

    Args:
        table: What they are rows of.
        parts: No first key is in two of them.
    """
    return (_stretch(table, parts, high) for high in (*_cuts(parts), None))


def _cuts(parts: Sequence[Sorted]) -> Sequence[str]:
    """Keys at which to cut, so that each stretch has few rows."""
    samples = [pl.Series(dtype=pl.String), *(part.sample() for part in parts)]
    keys = pl.concat(samples).sort()
    return keys.gather_every(BATCHES_AT_ONCE, BATCHES_AT_ONCE).unique(maintain_order=True).to_list()


def _stretch(table: type[S], parts: Sequence[Sorted], high: str | None) -> dy.DataFrame[S]:
    alike = defaultdict[object, list[pl.DataFrame]](list)
    for part in parts:
        rows = part.before(high)
        alike[tuple(rows.schema.items())].append(rows)
    # A cast of each part's few rows would cost more than all else.
    found = (table.cast(pl.concat(some)) for some in alike.values())
    whole = pl.concat([table.create_empty(), *found])
    return table.cast(whole.sort(table.primary_key()[0], maintain_order=True))
