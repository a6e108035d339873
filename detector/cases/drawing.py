"""Draws by lot that anybody with the key can repeat, and nobody without it can foresee."""

import hashlib
import hmac

import polars as pl
from sqlalchemy import select

from detector.cases.reading import Reading
from detector.cases.rows import MOVES
from detector.errors import InputError
from detector.schemas import Accounts

ACCOUNT = Accounts.account_id.name
WHOLE = 1 << 64


def draw_key(reading: Reading) -> bytes:
    """The store's own key for lots: of its first move, which reviewers are never shown.

    Whoever can read the database could foresee a lot, and could do worse.
    """
    first = select(MOVES.c.hash).where(MOVES.c.seq == 1)
    found = reading.connection.execute(first).scalar()
    return hashlib.sha256(f"lots {found or ''}".encode()).digest()


def lot(key: bytes, *words: str) -> int:
    """A number from 0 to 2^64 that follows from the key and some words alone.

    Examples:
        >>> lot(b"key", "ada", "run") == lot(b"key", "ada", "run") != lot(b"key", "adar", "un")
        True
    """
    said = "".join(f"{len(word)}:{word}" for word in words)
    return int.from_bytes(hmac.digest(key, said.encode(), "sha256")[:8], "big")


def is_drawn(share: float, key: bytes, *words: str) -> bool:
    """Whether the lot falls on what the words name: on such a share of all, in the long run.

    Examples:
        >>> is_drawn(1.0, b"key", "ada"), is_drawn(0.0, b"key", "ada")
        (True, False)
    """
    return lot(key, *words) < share * WHOLE


def sample_unflagged(accounts: pl.DataFrame, run: str, share: float, key: bytes) -> pl.Series:
    """Draw a share of the accounts that a run did not flag, for people to look at.

    Without them nobody knows what is missed. Another run draws others.

    Args:
        accounts: account_id, flagged.
        run: The run's fingerprint.
        share: Of the unflagged ones, from 0 to 1.
        key: From `draw_key`.

    Returns:
        Their ids, sorted.

    Raises:
        InputError: The accounts lack a column.

    Examples:
        >>> accounts = pl.DataFrame({"account_id": ["bob", "ada", "cy"],
        ...     "flagged": [False, False, True]})
        >>> sample_unflagged(accounts, "run-1", 1.0, b"key").to_list()
        ['ada', 'bob']
    """
    if missing := sorted({ACCOUNT, "flagged"} - set(accounts.columns)):
        raise InputError(f"The accounts lack the columns {missing}.", hint="give accounts.parquet")
    names = accounts.filter(~pl.col("flagged"))[ACCOUNT]
    drawn = [name for name in names if is_drawn(share, key, name, run)]
    return pl.Series(ACCOUNT, sorted(drawn), pl.String)
