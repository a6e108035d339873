"""Say in plain words what a database refused, without the password that opens it."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from detector.cases.failures import CaseStoreError
from detector.plain_text import plain_text

BUSY = "database is locked"
LOCK_TIMEOUT = "canceling statement due to lock timeout"


@contextmanager
def telling_failures(engine: Engine) -> Generator[None]:
    """Turn a failure of the database into one of ours.

    Raises:
        CaseStoreError: The database failed.
    """
    dialect: Any = engine.dialect
    try:
        yield
    except (SQLAlchemyError, dialect.loaded_dbapi.Error) as error:
        words = _words(error)
        if BUSY in words or LOCK_TIMEOUT in words:
            raise tell_busy() from error
        raise CaseStoreError(
            f"The case store {describe(engine)} failed: {_hidden(engine, words)}",
            hint="nothing was changed; mend this, then repeat the command",
        ) from error


def tell_busy() -> CaseStoreError:
    """What is said where another writer took too long."""
    return CaseStoreError(
        "Another program is writing to the case store, and did not end in time.",
        hint="wait for it, then repeat the command: nothing was changed",
    )


def describe(engine: Engine) -> str:
    """Where the store is: a file, or a database without its password."""
    if engine.dialect.name == "sqlite":
        return str(engine.url.database)
    return engine.url.render_as_string(hide_password=True)


def _words(error: BaseException) -> str:
    """What the database itself said, not the statement or the values that it was given."""
    cause: Any = getattr(error, "orig", None) or error
    first = cause.args[0] if cause.args else cause
    told: Mapping[str, str] | str = first
    return told.get("M", "") if isinstance(told, Mapping) else str(told)


def _hidden(engine: Engine, words: str) -> str:
    password = engine.url.password
    return plain_text(words.replace(str(password), "***") if password else words)
