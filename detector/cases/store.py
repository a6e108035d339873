"""A case store, and the transactions in which it is read and written."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, Engine, select

from detector.cases import sqlite
from detector.cases.moving import Signature
from detector.cases.reading import Reading
from detector.cases.rows import HEAD
from detector.cases.sqlite import BEGIN
from detector.cases.telling import tell_busy, telling_failures
from detector.cases.writing import Writing

ISOLATION = "isolation_level"
BEGIN_READING = {BEGIN: "BEGIN", ISOLATION: "REPEATABLE READ"}
"""One moment, however many questions."""
BEGIN_WRITING = {BEGIN: "BEGIN IMMEDIATE", ISOLATION: "READ COMMITTED"}
"""SQLite has one lock for all writers; in PostgreSQL they lock the row of `rows.HEAD`."""


@dataclass(frozen=True)
class CaseStore:
    """Accounts under review over time, in a database; made by `detector.cases.open.open_store`."""

    engine: Engine
    turn: Lock = field(default_factory=Lock, init=False, repr=False, compare=False)
    """Whose turn it is to write among the threads of this process: they wake each other, where the
    database's own lock is only asked for again and again."""

    @contextmanager
    def reading(self) -> Generator[Reading]:
        """Look at the store as it is at one moment."""
        with self.transaction(BEGIN_READING) as connection:
            yield Reading(connection)

    @contextmanager
    def writing(self, actor: str, at_us: int, *, person: bool = False) -> Generator[Writing]:
        """Change the store, all or nothing; writers take turns.

        Args:
            actor: Who does it, for the history.
            at_us: When, in microseconds since 1970 UTC: nothing in here reads a clock.
            person: Whether somebody decided it. A program's step can never do what only a person
                may, so it is one unless said otherwise.

        Raises:
            CaseStoreError: The database failed, or another writer took too long.
        """
        if not self.turn.acquire(timeout=sqlite.BUSY_SECONDS):
            raise tell_busy()
        try:
            with self.transaction(BEGIN_WRITING) as connection:
                self._lock(connection)
                yield Writing(connection, Signature(actor, at_us, person))
        finally:
            self.turn.release()

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _lock(self, connection: Connection) -> None:
        if self.engine.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{sqlite.BUSY_SECONDS}s'")
            connection.execute(select(HEAD).with_for_update()).one()

    @contextmanager
    def transaction(self, options: Mapping[str, str]) -> Generator[Connection]:
        """A transaction for what this class does not offer, such as marking deliveries."""
        with telling_failures(self.engine), self.engine.connect() as connection:
            if self.engine.dialect.name == "sqlite":
                connection = connection.execution_options(**{BEGIN: options[BEGIN]})
            else:
                connection = connection.execution_options(isolation_level=options[ISOLATION])
            with connection.begin():
                yield connection
