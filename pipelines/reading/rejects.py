"""The rejects of all files in one table."""

from collections.abc import Iterable
from pathlib import Path

import polars as pl

from detector.schemas import Rejects
from pipelines.reading.shared.tables import append_table, open_writer


def write_rejects(parts: Iterable[str], path: Path) -> None:
    """Write rejects, given in order of file and row, without holding them all at once."""
    with open_writer(Rejects.create_empty(), path) as writer:
        for part in parts:
            append_table(writer, pl.read_ipc(part))
