"""Bring a case store to the tables that this program knows, by Alembic, in one transaction."""

from pathlib import Path

from alembic.config import Config
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from detector.cases.failures import CaseStoreError

VERSIONS = "household_version"
"""The table that holds the last step taken; a name of our own, as a database may be shared."""

_FOLDER = Path(__file__).parent / "migrations"
_LOCK = 0x686F757365
"""Names this work among PostgreSQL's advisory locks: two that create a store take turns."""


def is_current(connection: Connection) -> bool:
    """Whether the store has all of our steps and none besides.

    Raises:
        CaseStoreError: A newer program made it.
    """
    steps, taken = _steps(), _taken(connection)
    known = {step.revision for step in steps.walk_revisions()}
    if not set(taken) <= known:
        raise CaseStoreError(
            "The case store was made by a newer version of this program.",
            hint="upgrade household-detector, or restore the backup made before it was upgraded",
        )
    return taken == steps.get_heads()


def is_new(connection: Connection) -> bool:
    """Whether no step was ever taken: nobody made a store here yet."""
    return not _taken(connection)


def migrate(connection: Connection) -> None:
    """Take the steps that are missing; a failure or a crash leaves the store as it was.

    Args:
        connection: In a transaction that no other writer can enter.

    Raises:
        CaseStoreError: A newer program made the store.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    if is_current(connection):
        return
    steps, taken = _steps(), _taken(connection)
    context = _context(connection)
    missing = steps.iterate_revisions("heads", taken[0] if taken else "base")
    for step in reversed([*missing]):
        with Operations.context(context):
            step.module.upgrade()
        context.stamp(steps, step.revision)


def _taken(connection: Connection) -> list[str]:
    if not inspect(connection).has_table(VERSIONS):
        return []
    return list(_context(connection).get_current_heads())


def _context(connection: Connection) -> MigrationContext:
    return MigrationContext.configure(connection, opts={"version_table": VERSIONS})


def _steps() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
