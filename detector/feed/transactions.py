"""Transactions in which several deliverers do not get in each other's way."""

from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine


@contextmanager
def writing(engine: Engine) -> Generator[Connection]:
    """Open a transaction that writes; on SQLite it is the only one from its first line on.

    SQLite would else let two readers begin, and fail one of them when both come to write.
    """
    with engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            driver = connection.connection.dbapi_connection
            if not getattr(driver, "in_transaction", False):
                connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield connection
