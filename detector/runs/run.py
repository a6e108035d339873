"""A run's folder: tables that are whole or absent, and the stages that fill it."""

import logging
import re
import resource
import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast

import dataframely as dy
import polars as pl

from detector.errors import DetectorError
from detector.runs.files import replace_file
from detector.runs.manifest import Manifest, StageFigures

MANIFEST = "run.json"
SEAL = "whole"
ROWS_PER_GROUP = 1 << 17
ZSTD_LEVEL = 3

S = TypeVar("S", bound=dy.Schema)
log = logging.getLogger("household")


@dataclass(frozen=True)
class Run:
    """Reads and writes the tables of one folder; the schema names the file.

    Examples:
        >>> import tempfile
        >>> from detector.schemas import PlaceNetworks
        >>> home = PlaceNetworks.validate(
        ...     pl.DataFrame({"account_id": ["ada"], "network": ["192.0.2.7"], "place": [0]}),
        ...     cast=True)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     run = Run(Path(folder))
        ...     run.write(PlaceNetworks, home)
        ...     run.path(PlaceNetworks).name, run.scan(PlaceNetworks).collect().row(0)
        ('place_networks.parquet', ('ada', '192.0.2.7', 0))
    """

    folder: Path

    def path(self, table: type[dy.Schema]) -> Path:
        """`PlaceNetworks` is kept in ``place_networks.parquet``."""
        stem = re.sub(r"(?<!^)(?=[A-Z])", "_", table.__name__).lower()
        return self.folder / f"{stem}.parquet"

    def holds(self, table: type[dy.Schema]) -> bool:
        """Whether the table has been written; then it is whole."""
        return self.path(table).is_file()

    def scan(self, table: type[S]) -> dy.LazyFrame[S]:
        """Trusted without a check: only `write` puts files here.

        Raises:
            DetectorError: The folder does not hold the table.
        """
        if not self.holds(table):
            raise DetectorError(
                f"{self.folder} holds no {self.path(table).name}.",
                hint="name the folder that `household detect --out` wrote",
            )
        return table.cast(pl.scan_parquet(self.path(table), glob=False))

    def rows(self, table: type[dy.Schema]) -> int:
        """How many rows a table has."""
        return self.scan(table).select(pl.len()).collect().item()

    def write(self, table: type[S], frame: dy.DataFrame[S]) -> None:
        """Write the table whole, sorted by its key; equal rows give equal bytes."""
        self.write_sorted(table, [frame.sort(table.primary_key())])

    def write_sorted(self, table: type[S], frames: Iterable[pl.DataFrame]) -> None:
        """Write a table that comes in pieces, sorted by its key: the same bytes as in one.

        Args:
            table: Names the file, and the columns' types.
            frames: In order, in portions of any size; few rows of them are held at a time.
        """
        with replace_file(self.path(table)) as part:
            _write_parquet(table.create_empty(), (table.cast(frame) for frame in frames), part)

    def adopt(self, table: type[S], path: Path) -> None:
        """Write a table that a job left elsewhere, checked against its schema."""
        self.write(table, table.validate(pl.read_parquet(path, glob=False), cast=True))

    def part(self, name: str) -> "Run":
        """A folder of its own for one piece of the work, such as one bucket of accounts."""
        return Run(self.folder / name)

    def seal(self) -> None:
        """Declare the tables of this piece complete, so that a later attempt reuses them."""
        with replace_file(self.folder / SEAL) as part:
            part.touch()

    @property
    def is_sealed(self) -> bool:
        """Whether this piece was completed, by this process or by one that was killed."""
        return (self.folder / SEAL).is_file()

    def manifest(self) -> Manifest | None:
        """What the run was made from; None while it is unfinished.

        Raises:
            DetectorError: There is a manifest, but not one of ours.
        """
        path = self.folder / MANIFEST
        if not path.is_file():
            return None
        try:
            return Manifest.model_validate_json(path.read_bytes())
        except ValueError as error:
            problem = f"{path} is not the manifest of a run: {error}"
            raise DetectorError(problem, hint="give another --out, or --force") from error

    def finished(self) -> Manifest:
        """What the run was made from; only then are its tables of one piece.

        Raises:
            DetectorError: There is no such run, or it is not finished.
        """
        manifest = self.manifest()
        if manifest is None:
            raise DetectorError(
                f"{self.folder} holds no finished run: there is no {MANIFEST}.",
                hint="name a folder that `household detect LOG --out DIR` wrote; if it was "
                "stopped, give the same command again",
            )
        return manifest


@dataclass
class StageRows:
    """What a stage tells of itself: rows taken in and given out."""

    rows_in: int = 0
    rows_out: int = 0


@dataclass(frozen=True)
class Draft(Run):
    """A run in the making. Its folder is scratch space; only `make_run` publishes it."""

    stages: list[StageFigures] = field(default_factory=list[StageFigures])

    @contextmanager
    def stage(self, name: str) -> Generator[StageRows]:
        """Measure a stage and log one line about it.

        Examples:
            >>> draft = Draft(Path("nowhere"))
            >>> with draft.stage("networks") as stage:
            ...     stage.rows_in, stage.rows_out = 120, 7
            >>> draft.stages[0].name, draft.stages[0].rows_out
            ('networks', 7)
        """
        rows, start = StageRows(), time.perf_counter()
        yield rows
        figures = StageFigures(
            name=name,
            rows_in=rows.rows_in,
            rows_out=rows.rows_out,
            seconds=round(time.perf_counter() - start, 3),
            peak_mib=_peak_mib(resource.RUSAGE_SELF),
            worker_peak_mib=_peak_mib(resource.RUSAGE_CHILDREN),
        )
        self.stages.append(figures)
        log.info(
            "%-12s %12s rows in %12s rows out %8.2f s %6d MiB",
            name,
            f"{figures.rows_in:,}",
            f"{figures.rows_out:,}",
            figures.seconds,
            max(figures.peak_mib, figures.worker_peak_mib),
        )


def _peak_mib(who: int) -> int:
    return resource.getrusage(who).ru_maxrss // 1024


def _write_parquet(like: pl.DataFrame, frames: Iterable[pl.DataFrame], path: Path) -> None:
    """Write Parquet whose pages carry checksums, with plain text columns.

    Polars cannot write page checksums, and without them one flipped bit is read as good
    data. Enums become text, which every reader knows.
    """
    import pyarrow.parquet as pq  # noqa: PLC0415 - only writers need it

    with pq.ParquetWriter(
        path,
        _as_arrow(like).schema,
        compression="zstd",
        compression_level=ZSTD_LEVEL,
        write_page_checksum=True,
        store_schema=False,
    ) as writer:
        for group in _row_groups(like, frames):
            writer.write_table(_as_arrow(group), row_group_size=ROWS_PER_GROUP)


def _row_groups(like: pl.DataFrame, frames: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Cut the rows anew; in one chunk each, because chunk borders would move page borders."""
    held = like.clear()
    for frame in frames:
        held = pl.concat([held, frame])
        while held.height >= ROWS_PER_GROUP:
            yield held.head(ROWS_PER_GROUP).rechunk()
            held = held.slice(ROWS_PER_GROUP)
    if held.height:
        yield held.rechunk()


def _as_arrow(frame: pl.DataFrame) -> Any:  # noqa: ANN401 - pyarrow ships no types
    """Texts go over without being copied; those within lists cannot yet."""
    import pyarrow as pa  # noqa: PLC0415 - only writers need it

    plain = frame.with_columns(pl.col(pl.Enum, pl.Categorical).cast(pl.String)).rechunk()
    copied, shared = pl.CompatLevel.oldest(), pl.CompatLevel.newest()
    columns: dict[str, Any] = {
        column.name: column.to_arrow(compat_level=copied if column.dtype.is_nested() else shared)
        for column in plain
    }
    return cast("Any", pa.table(columns))
