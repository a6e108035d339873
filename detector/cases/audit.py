"""The chain of moves: each is hashed with the one before, so that none can be changed alone."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import polars as pl

GENESIS = "0" * 64
"""The hash before the first move."""

TOLD = (
    "at_us",
    "actor",
    "kind",
    "account_id",
    "from_state",
    "to_state",
    "note",
    "body",
)
"""What a move is about, in the order in which it is hashed, after its number."""


@dataclass(frozen=True)
class Link:
    """How long a chain is, and the hash of its last move."""

    moves: int = 0
    hash: str = GENESIS


def canonical(value: object) -> str:
    """One way to write a value down: the same everywhere, so that it can be hashed.

    Examples:
        >>> canonical({"b": [1, None], "a": "é"})
        '{"a":"é","b":[1,null]}'
    """
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(rows: Iterable[tuple[object, ...]]) -> str:
    """One hash of many rows, in their order."""
    found = hashlib.sha256()
    for row in rows:
        found.update(canonical(row).encode())
        found.update(b"\n")
    return found.hexdigest()


def chain(moves: pl.DataFrame, last: Link) -> tuple[pl.DataFrame, Link]:
    """Number and hash moves after the last one.

    Args:
        moves: The columns of `TOLD`.
        last: Where the chain ends so far.

    Returns:
        The same with `seq`, `previous` and `hash`, and where the chain then ends.

    Examples:
        >>> one = pl.DataFrame({"at_us": [1], "actor": "ada", "kind": "move", "account_id": "a",
        ...     "from_state": "open", "to_state": "exempt", "note": "", "body": "{}"})
        >>> linked, last = chain(one, Link())
        >>> last.moves, linked["hash"].item() == last.hash
        (1, True)
    """
    hashes = [last.hash, *_hashes(moves.select(TOLD).iter_rows(), last)]
    linked = moves.with_columns(
        seq=pl.int_range(last.moves + 1, last.moves + moves.height + 1, dtype=pl.Int64),
        previous=pl.Series(hashes[:-1], dtype=pl.String),
        hash=pl.Series(hashes[1:], dtype=pl.String),
    )
    return linked, Link(last.moves + moves.height, hashes[-1])


def find_breaks(moves: pl.DataFrame, end: Link) -> list[str]:
    """What is wrong with a chain, in words; nothing if it is whole.

    Args:
        moves: All of them, ordered by `seq`.
        end: Where the store says that the chain ends.

    Examples:
        >>> find_breaks(pl.DataFrame(schema={"seq": pl.Int64, "previous": pl.String,
        ...     "hash": pl.String, **dict.fromkeys(TOLD, pl.String)}), Link(1, "ab"))
        ['The store says that it holds 1 moves; it holds 0.']
    """
    found = [
        f"Move {seq} is missing, or stands where it does not belong."
        for seq, should_be in zip(moves["seq"], range(1, moves.height + 1), strict=True)
        if seq != should_be
    ][:1]
    hashes = [GENESIS, *moves["hash"]]
    again = _hashes(moves.select(TOLD).iter_rows(), Link(), trusted=hashes)
    rows = zip(moves["seq"], moves["previous"], moves["hash"], hashes, again, strict=False)
    changed = (
        seq for seq, previous, own, before, hashed in rows if (previous, own) != (before, hashed)
    )
    found += [f"Move {seq} was changed after it was written." for seq in list(changed)[:3]]
    if moves.height != end.moves:
        found.append(
            f"The store says that it holds {end.moves:,} moves; it holds {moves.height:,}."
        )
    elif hashes[-1] != end.hash:
        found.append("The last move is not the one that the store says was the last.")
    return found


def _hashes(
    rows: Iterator[tuple[object, ...]], last: Link, trusted: list[str] | None = None
) -> Iterator[str]:
    """Hash each row after the one before, as hashed here or, to find what changed, as stored."""
    previous = last.hash
    for at, row in enumerate(rows):
        told = canonical([last.moves + at + 1, *row])
        before = trusted[at] if trusted else previous
        previous = hashlib.sha256(f"{before}{told}".encode()).hexdigest()
        yield previous
