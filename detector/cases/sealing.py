"""Rows that the chain vouches for besides cases and decisions: none is changed without showing."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl
from sqlalchemy import Table, and_, delete, insert

from detector.cases.audit import canonical
from detector.cases.bulk import read_frame
from detector.cases.reading import Reading
from detector.cases.recording import Recording
from detector.cases.rows import FILTERS, GOLDEN, REVIEWS, SUSPENSIONS, USERS
from detector.plain_text import plain_text

SEALED = {table.name: table for table in (FILTERS, GOLDEN, REVIEWS, SUSPENSIONS, USERS)}
KINDS = (*("drop_filter", "golden", "lift", "review", "save_filter", "suspend", "undo", "user"),)
"""Lines of the chain that hold the hash of a row."""
SHOWN = 3
"""How many rows of a table are named."""

Key = tuple[str, ...]


@dataclass(frozen=True)
class ChainLine:
    """What the chain tells of a row that is written."""

    kind: str
    note: str = ""
    account_id: str | None = None
    told: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Text and whole numbers, for whoever reads the history."""


def write_sealed(writing: Recording, table: Table, row: Mapping[str, Any], line: ChainLine) -> None:
    """Write a row, in place of the one of its key, and its hash into the chain.

    Args:
        writing: A transaction of the store.
        table: One of `SEALED`.
        row: All of its columns.
        line: What the chain tells of it.
    """
    key = [column.name for column in table.primary_key]
    same = and_(*(table.c[name] == row[name] for name in key))
    writing.connection.execute(delete(table).where(same))
    writing.connection.execute(insert(table).values(**row))
    of = {"table": table.name, "key": [row[name] for name in key], "sha256": seal(row)}
    writing.record(line.kind, {**line.told, **of}, line.note, line.account_id)


def seal(row: Mapping[str, Any]) -> str:
    """One hash of all that a row says; a fraction is written as the shortest text that is it.

    Examples:
        >>> seal({"b": 0.5, "a": date(2026, 5, 1)}) == seal({"a": "2026-05-01", "b": 0.5})
        True
    """
    told = {name: str(of) if isinstance(of, date) else of for name, of in row.items()}
    return hashlib.sha256(canonical(told).encode()).hexdigest()


def find_unsealed(reading: Reading, moves: pl.DataFrame) -> list[str]:
    """Name rows that are not as the chain last told of them, or are missing, or were smuggled in.

    Args:
        reading: A look at the store.
        moves: The whole chain, in order.
    """
    told: dict[str, dict[Key, str]] = {name: {} for name in SEALED}
    for text in moves.filter(pl.col("kind").is_in(KINDS))["body"]:
        table, key, sha256 = _told(text)
        if table in told:
            told[table][key] = sha256
    return [
        f"The row {plain_text(' '.join(key))!r} of {name} is not as it was written."
        for name, table in SEALED.items()
        for key in _differing(told[name], _stored(reading, table))
    ]


def _stored(reading: Reading, table: Table) -> dict[Key, str]:
    names = [column.name for column in table.primary_key]
    rows = read_frame(reading.connection, table).iter_rows(named=True)
    return {tuple(str(row[name]) for name in names): seal(row) for row in rows}


def _differing(told: Mapping[Key, str], stored: Mapping[Key, str]) -> list[Key]:
    return sorted(key for key in {*told, *stored} if told.get(key) != stored.get(key))[:SHOWN]


def _told(text: str) -> tuple[str, Key, str]:
    """Of a line whose body may have been changed."""
    try:
        body = json.loads(text)
        return str(body["table"]), tuple(map(str, body["key"])), str(body["sha256"])
    except (ValueError, KeyError, TypeError):
        return "", (), ""
