"""Write a world to a folder, as the log dump and the answers a detector is judged by."""

# pyarrow ships no types, and this is the only module that uses it.
# pyright: basic

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.worlds.build import World, build_chunks, merge_networks
from pipelines.worlds.settings import WorldSettings

DAYS_PER_FILE = 7


def simulate(settings: WorldSettings, folder: Path, *, files: int | None = None) -> None:
    """Simulate a world and write it chunk by chunk, so that memory stays bounded.

    Args:
        settings: The world to simulate.
        folder: Gets `events/*.parquet`, `accounts.parquet`, the truth tables and `settings.json`.
        files: Files that the events are split into, by day; by default one for each week. Rows
            are in order of time.
    """
    count = min(files or max(1, -(-settings.days // DAYS_PER_FILE)), settings.days)
    _write_parts(build_chunks(settings), settings, folder, count)


def _write_parts(parts: Iterator[World], settings: WorldSettings, folder: Path, files: int) -> None:
    records: list[pl.DataFrame] = []
    accounts: list[pl.DataFrame] = []
    devices: list[pl.DataFrame] = []
    networks: list[pl.DataFrame] = []
    file = _day(settings) * files // settings.days
    with EventFiles(folder / "events", "part-{:03d}") as events:
        for part in parts:
            events.add(part.events.with_columns(file=file))
            records.append(part.accounts)
            accounts.append(part.truth_accounts)
            devices.append(part.truth_devices)
            networks.append(part.truth_networks)
    pl.concat(records).write_parquet(folder / "accounts.parquet")
    pl.concat(accounts).write_parquet(folder / "truth_accounts.parquet")
    pl.concat(devices).write_parquet(folder / "truth_devices.parquet")
    merge_networks(networks).write_parquet(folder / "truth_networks.parquet")
    (folder / "settings.json").write_text(settings.model_dump_json(indent=2) + "\n")


def _day(settings: WorldSettings) -> pl.Expr:
    """The day of a row; those whose time was lost or spoilt are of the first or last one."""
    midnight = pl.lit(settings.first_day).cast(pl.Datetime("us"))
    day = (pl.col("ts") - midnight.dt.replace_time_zone("UTC")).dt.total_days().fill_null(0)
    return day.clip(0, settings.days - 1)


class EventFiles:
    """Several Parquet files, one for some days each; a chunk of accounts is a row group."""

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._name = folder, name
        self._writers: dict[int, pq.ParquetWriter] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for writer in self._writers.values():
            writer.close()

    def add(self, events: pl.DataFrame) -> None:
        """Append a chunk's rows to the files that their column `file` numbers."""
        for (file,), rows in events.group_by("file", maintain_order=True):
            table = rows.drop("file").to_arrow(compat_level=pl.CompatLevel.oldest())
            self._writer(int(str(file)), table.schema).write_table(table)

    def _writer(self, file: int, schema: pa.Schema) -> pq.ParquetWriter:
        if file not in self._writers:
            path = self._folder / f"{self._name.format(file)}.parquet"
            self._writers[file] = pq.ParquetWriter(path, schema, compression="zstd")
        return self._writers[file]
