"""Parquet files of a store, one per day, written side by side."""

from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import polars as pl

from detector.runs.files import flush_folder
from detector.store.table import DataFile
from pipelines.reading.shared.arrow import Table
from pipelines.reading.shared.tables import append_table, open_writer

DAYS_AT_ONCE = 200
"""Files that are open at one time; a log with stray dates may name thousands of days."""


@dataclass
class DayFiles:
    """Writes rows to the files of their days."""

    path_of: Callable[[date], Path]
    open: ExitStack
    _writers: dict[date, Table] = field(default_factory=dict[date, Table])
    _rows: dict[date, int] = field(default_factory=dict[date, int])

    def append(self, day: date, frame: pl.DataFrame) -> None:
        """Add rows to the end of a day's file."""
        if day not in self._writers:
            path = self.path_of(day)
            path.parent.mkdir(parents=True, exist_ok=True)
            self._writers[day] = self.open.enter_context(open_writer(frame, path))
        append_table(self._writers[day], frame)
        self._rows[day] = self._rows.get(day, 0) + frame.height

    def finished(self) -> list[DataFile]:
        """The files, complete and on the disk."""
        self.open.close()
        files = [self._file(day) for day in sorted(self._writers)]
        for path in {path for file in files for path in (file.path.parent, file.path)}:
            flush_folder(path)
        return files

    def _file(self, day: date) -> DataFile:
        path = self.path_of(day)
        return DataFile(path, day, self._rows[day], path.stat().st_size)


@contextmanager
def day_files(path_of: Callable[[date], Path]) -> Generator[DayFiles]:
    """Open files day by day as they are needed."""
    with ExitStack() as stack:
        yield DayFiles(path_of, stack)
