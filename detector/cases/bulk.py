"""Whole frames into and out of the two databases, as fast as each of them goes.

SQLite takes tuples by ``executemany``, PostgreSQL its own COPY of CSV: a million rows are then a
matter of seconds. Dates travel as ISO text, times as whole microseconds.
"""

import io
from collections.abc import Sequence
from typing import Any

import polars as pl
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    CursorResult,
    Date,
    Float,
    Integer,
    Table,
    select,
)

CHUNK = 50_000
"""Rows handed over at a time: more would only take memory."""

FEW = 500
"""Rows up to which each is looked up."""

_TYPES: tuple[tuple[type[Any], type[pl.DataType]], ...] = (
    (Boolean, pl.Boolean),
    (BigInteger, pl.Int64),
    (Integer, pl.Int64),
    (Float, pl.Float64),
    (Date, pl.Date),
)


def frame_schema(table: Table) -> dict[str, type[pl.DataType]]:
    """What a table's columns are in a frame.

    Examples:
        >>> from detector.cases.rows import HEAD
        >>> frame_schema(HEAD)
        {'id': Int64, 'moves': Int64, 'hash': String, 'decisions': Int64}
    """
    return {column.name: _type_of(column) for column in table.columns}


def read_frame(
    connection: Connection, table: Table, where: str = "", columns: Sequence[str] = ()
) -> pl.DataFrame:
    """Read rows of a table.

    Args:
        connection: In a transaction.
        table: Which one.
        where: What follows FROM; of constants only, never of anything that was given.
        columns: Which of them; all by default.
    """
    schema = frame_schema(table)
    schema = {name: schema[name] for name in columns or schema}
    query = f"SELECT {_names(schema)} FROM {table.name} {where}"
    if _is_postgres(connection):
        return _copy_out(connection, query, schema)
    rows = connection.exec_driver_sql(query).cursor
    dates = [name for name, kind in schema.items() if kind == pl.Date]
    flags = [name for name, kind in schema.items() if kind == pl.Boolean]
    stored = {**schema, **dict.fromkeys(dates, pl.String), **dict.fromkeys(flags, pl.Int64)}
    parts = [pl.DataFrame(schema=stored)]
    while rows is not None and (chunk := rows.fetchmany(CHUNK)):
        parts.append(pl.DataFrame(chunk, schema=stored, orient="row"))
    return pl.concat(parts, rechunk=True).with_columns(
        pl.col(dates).str.to_date("%Y-%m-%d"), pl.col(flags).cast(pl.Boolean)
    )


def read_named(
    connection: Connection, table: Table, key: str, names: pl.Series, columns: Sequence[str] = ()
) -> pl.DataFrame:
    """Read the rows whose key has one of some values.

    Few are looked up one by one; for many, the whole table is read, which is then faster.

    Args:
        connection: In a transaction.
        table: Which one.
        key: A column that has an index.
        names: Its values.
        columns: Which columns, the key among them; all by default.
    """
    if names.len() > FEW:
        found = read_frame(connection, table, columns=columns)
        return found.join(names.unique().alias(key).to_frame(), on=key, how="semi")
    query = select(*(table.c[name] for name in columns or table.columns.keys()))
    rows = connection.execute(query.where(table.c[key].in_(names.to_list())))
    return select_frame(rows, table)


def select_frame(rows: CursorResult[*tuple[object, ...]], table: Table) -> pl.DataFrame:
    """What a query found, as a frame; for few rows."""
    schema = frame_schema(table)
    wanted = {name: schema[name] for name in rows.keys()}  # noqa: SIM118 - it has no other way
    return pl.DataFrame([tuple(row) for row in rows], schema=wanted, orient="row")


def insert_frame(connection: Connection, table: Table, frame: pl.DataFrame) -> None:
    """Add rows; columns that the frame lacks stay null."""
    schema = frame_schema(table)
    rows = frame.select(pl.col(name).cast(schema[name]) for name in schema if name in frame.columns)
    if _is_postgres(connection):
        _copy_in(connection, table.name, rows)
        return
    marks = ", ".join("?" * rows.width)
    _write(connection, f"INSERT INTO {table.name} ({_names(rows.columns)}) VALUES ({marks})", rows)


def update_frame(connection: Connection, table: Table, frame: pl.DataFrame, key: str) -> None:
    """Change the rows named by the key to what the frame's other columns say."""
    schema = frame_schema(table)
    changed = [name for name in frame.columns if name != key]
    rows = frame.select(pl.col(name).cast(schema[name]) for name in (*changed, key))
    if rows.is_empty():
        return
    if not _is_postgres(connection):
        new = ", ".join(f"{name} = ?" for name in changed)
        _write(connection, f"UPDATE {table.name} SET {new} WHERE {key} = ?", rows)
        return
    names, held = _names(rows.columns), f"{table.name}_new"
    new = ", ".join(f"{name} = {held}.{name}" for name in changed)
    connection.exec_driver_sql(
        f"CREATE TEMPORARY TABLE {held} ON COMMIT DROP AS SELECT {names} FROM {table.name} LIMIT 0"
    )
    _copy_in(connection, held, rows)
    connection.exec_driver_sql(f"ANALYZE {held}")
    connection.exec_driver_sql(
        f"UPDATE {table.name} SET {new} FROM {held} WHERE {table.name}.{key} = {held}.{key}"
    )
    connection.exec_driver_sql(f"DROP TABLE {held}")


def _type_of(column: Column[Any]) -> type[pl.DataType]:
    found = (kind for stored, kind in _TYPES if isinstance(column.type, stored))
    return next(found, pl.String)


def _is_postgres(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"


def _names(columns: Sequence[str] | dict[str, type[pl.DataType]]) -> str:
    """As in our own schema: none needs quotes."""
    return ", ".join(columns)


def _write(connection: Connection, statement: str, rows: pl.DataFrame) -> None:
    """The driver's own executemany: no statement is compiled, no value is looked at twice."""
    plain = rows.with_columns(pl.col(pl.Date).cast(pl.String), pl.col(pl.Boolean).cast(pl.Int64))
    for part in plain.iter_slices(CHUNK):
        connection.exec_driver_sql(statement, part.rows())


def _copy_in(connection: Connection, table: str, rows: pl.DataFrame) -> None:
    """An empty cell is null, a quoted one empty text: Polars and PostgreSQL agree on that."""
    statement = f"COPY {table} ({_names(rows.columns)}) FROM STDIN WITH (FORMAT csv)"
    for part in rows.iter_slices(CHUNK):
        stream = io.BytesIO(part.write_csv(include_header=False).encode())
        _copy(connection, statement, stream)


def _copy_out(
    connection: Connection, query: str, schema: dict[str, type[pl.DataType]]
) -> pl.DataFrame:
    stream = io.BytesIO()
    _copy(connection, f"COPY ({query}) TO STDOUT WITH (FORMAT csv)", stream)
    stream.seek(0)
    flags = [name for name, kind in schema.items() if kind == pl.Boolean]
    stored = {**schema, **dict.fromkeys(flags, pl.String)}
    if not stream.getbuffer().nbytes:
        return pl.DataFrame(schema=schema)
    text = pl.read_csv(stream, has_header=False, schema=stored)
    return text.with_columns(pl.col(flags) == "t")


def _copy(connection: Connection, statement: str, stream: io.BytesIO) -> None:
    """By a cursor of pg8000 itself, which takes a stream."""
    cursor: Any = connection.connection.cursor()
    cursor.execute(statement, stream=stream)
