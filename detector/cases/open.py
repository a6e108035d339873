"""Open a case store, in a file or in PostgreSQL; the tables are made or brought up to date."""

import ssl
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, make_url
from sqlalchemy.exc import ArgumentError

from detector.cases.failures import CaseStoreError
from detector.cases.migrate import is_current, is_new, migrate
from detector.cases.sqlite import open_file
from detector.cases.store import BEGIN_READING, BEGIN_WRITING, CaseStore
from detector.cases.telling import describe, telling_failures
from detector.errors import SettingsError

FORMS = "cases.db, sqlite:////var/lib/household/cases.db or postgresql://USER@HOST/DATABASE"
ENCRYPTED = {"disable": False, "require": True, "verify-full": True}
"""By `sslmode`; what is encrypted is also verified, or anybody could answer for the database."""


def open_store(url: str, *, create: bool = True) -> CaseStore:
    """Open a case store, creating it or bringing its tables up to date in one transaction.

    Args:
        url: A path or a ``sqlite:///`` URL of a file on a local disk, or a ``postgresql://`` URL.
        create: Whether a new one is made where there is none.

    Returns:
        The store, which is closed at the end of a ``with`` block.

    Raises:
        CaseStoreError: It cannot be reached, must not be used as it is kept, was made by a newer
            version, or does not exist.
        SettingsError: The URL is none, or its driver is not installed.

    Examples:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder, open_store(f"{folder}/cases.db") as store:
        ...     with store.reading() as reading:
        ...         reading.count_states()
        {}
    """
    engine = _engine(url, create=create)
    try:
        _bring_up_to_date(engine, create=create)
    except BaseException:
        engine.dispose()
        raise
    return CaseStore(engine)


def _bring_up_to_date(engine: Engine, *, create: bool) -> None:
    """Look first, so that opening a store that is up to date waits for no writer."""
    with telling_failures(engine):
        store = CaseStore(engine)
        with store.transaction(BEGIN_READING) as connection:
            if is_current(connection):
                return
            if is_new(connection) and not create:
                raise _missing(engine)
        with store.transaction(BEGIN_WRITING) as connection:
            migrate(connection)


def _engine(url: str, *, create: bool) -> Engine:
    if "://" not in url:
        return _file(Path(url), create=create)
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise SettingsError("The URL of the case store is none.", hint=f"give {FORMS}") from error
    kind = parsed.get_backend_name()
    if kind == "sqlite" and parsed.database and parsed.database != ":memory:":
        return _file(Path(parsed.database), create=create)
    if kind in ("postgresql", "postgres"):
        return _server(parsed)
    raise SettingsError(f"A case store cannot be kept in {kind} so.", hint=f"give {FORMS}")


def _file(path: Path, *, create: bool) -> Engine:
    engine = open_file(path)
    if not create and not path.is_file():
        raise _missing(engine)
    return engine


def _server(url: URL) -> Engine:
    """By pg8000, which is Python alone; TLS as `sslmode` says."""
    options = dict(url.query)
    mode = str(options.pop("sslmode", "disable"))
    if unknown := sorted({*options} - {"unix_sock", "application_name"}):
        raise SettingsError(
            f"The URL of the case store has the unknown option {unknown[0]}.",
            hint="known are sslmode, unix_sock and application_name",
        )
    if mode not in ENCRYPTED:
        raise SettingsError(
            f"sslmode={mode} is unknown.", hint=f"known are {', '.join(sorted(ENCRYPTED))}"
        )
    arguments: dict[str, Any] = {}
    if ENCRYPTED[mode]:
        arguments["ssl_context"] = ssl.create_default_context()
    plain = url.difference_update_query(["sslmode"]).set(drivername="postgresql+pg8000")
    try:
        return create_engine(plain, connect_args=arguments, max_overflow=20)
    except ModuleNotFoundError as error:
        raise SettingsError(
            "A case store in PostgreSQL needs a library that is not installed.",
            hint="pip install 'household-detector[postgres]'",
        ) from error


def _missing(engine: Engine) -> CaseStoreError:
    return CaseStoreError(
        f"There is no case store in {describe(engine)}.",
        hint="household decide makes one; check the spelling of --cases",
    )
