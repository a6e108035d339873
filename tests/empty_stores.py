"""Case stores with nothing in them, ready sooner than new ones: a process makes its tables once.

That tables are made is asked by `tests/detector/cases/test_open.py`, of stores that are new.
"""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import insert, select

from detector.cases.open import open_store
from detector.cases.rows import HEAD, METADATA
from detector.cases.store import BEGIN_WRITING, CaseStore


def open_empty(path: Path) -> CaseStore:
    """Open a store in a file that is not there yet."""
    path.write_bytes(_new_file())
    return open_store(str(path))


@dataclass(frozen=True)
class Served:
    """A store on a server, and the row that a new one holds."""

    store: CaseStore
    head: dict[str, Any]

    def emptied(self) -> CaseStore:
        """The store as it was when it was new."""
        with self.store.transaction(BEGIN_WRITING) as connection:
            for table in METADATA.sorted_tables:
                connection.execute(table.delete())
            connection.execute(insert(HEAD), self.head)
        return self.store


@contextmanager
def open_served(url: str) -> Generator[Served]:
    """Make a store on a server for as long as a process tests."""
    with open_store(url) as store:
        with store.transaction(BEGIN_WRITING) as connection:
            head = connection.execute(select(HEAD)).mappings().one()
        yield Served(store, dict(head))


@cache
def _new_file() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "cases.db"
        open_store(str(path)).close()
        return path.read_bytes()
