"""The chain of moves: each is hashed with the one before, so that none can be changed alone."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

GENESIS = "0" * 64
"""The hash before the first move."""

SHOWN = 3
"""Changed moves that are named; what follows a changed one is often changed too."""

TOLD = ("account_id", "actor", "at_us", "body", "from_state", "kind", "note", "seq", "to_state")
"""What is hashed of a move, as a JSON object with sorted keys: text and whole numbers only."""

_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


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
    return _ENCODER.encode(value)


def encode_rows(rows: pl.DataFrame) -> pl.Series:
    """The same for each row, as an object with sorted keys; of text and whole numbers.

    Examples:
        >>> encode_rows(pl.DataFrame({"b": [1], "a": ["\u00e9"], "c": None})).item()
        '{"a":"\u00e9","b":1,"c":null}'
    """
    return rows.select(pl.struct(sorted(rows.columns)).struct.json_encode()).to_series()


def digest(rows: pl.DataFrame) -> str:
    r"""One hash of many rows, in their order.

    Examples:
        >>> one = pl.DataFrame({"a": ["x"]})
        >>> digest(one) == hashlib.sha256(b'{"a":"x"}\n').hexdigest()
        True
    """
    found = hashlib.sha256()
    for text in encode_rows(rows):
        found.update(f"{text}\n".encode())
    return found.hexdigest()


def digest_again(rows: pl.DataFrame) -> str:
    """The same hash by the other way of writing rows down, so that one vouches for the other."""
    found = hashlib.sha256()
    for row in rows.iter_rows(named=True):
        found.update(f"{canonical(row)}\n".encode())
    return found.hexdigest()


def chain(moves: pl.DataFrame, last: Link) -> tuple[pl.DataFrame, Link]:
    """Number and hash moves after the last one.

    Args:
        moves: The columns of `TOLD` but `seq`.
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
    count = last.moves + moves.height
    numbered = moves.with_columns(seq=pl.int_range(last.moves + 1, count + 1, dtype=pl.Int64))
    hashes = [last.hash]
    for text in encode_rows(numbered.select(TOLD)):
        hashes.append(_hash(hashes[-1], text))
    linked = numbered.with_columns(
        previous=pl.Series(hashes[:-1], dtype=pl.String),
        hash=pl.Series(hashes[1:], dtype=pl.String),
    )
    return linked, Link(count, hashes[-1])


def link_one(told: Mapping[str, object], last: Link) -> tuple[dict[str, object], Link]:
    """The same of a single line, without a table's toll: people write one after the other.

    Examples:
        >>> told = {"at_us": 1, "actor": "ada", "kind": "move", "account_id": "a",
        ...     "from_state": "open", "to_state": "exempt", "note": "", "body": "{}"}
        >>> row, last = link_one(told, Link())
        >>> (pl.DataFrame([row]).equals(chain(pl.DataFrame([told]), Link())[0].select(*row)),
        ...     last.hash == row["hash"])
        (True, True)
    """
    numbered = {**told, "seq": last.moves + 1}
    end = Link(last.moves + 1, _hash(last.hash, canonical(numbered)))
    return {**numbered, "previous": last.hash, "hash": end.hash}, end


def find_breaks(moves: pl.DataFrame, end: Link) -> list[str]:
    """What is wrong with a chain, in words; nothing if it is whole.

    Args:
        moves: All of them, ordered by `seq`.
        end: Where the store says that the chain ends.

    Examples:
        >>> find_breaks(pl.DataFrame(schema={"previous": pl.String, "hash": pl.String,
        ...     **dict.fromkeys(TOLD, pl.String)}), Link(1, "ab"))
        ['The store says that it holds 1 moves; it holds 0.']
    """
    found = [
        f"Move {seq} is missing, or stands where it does not belong."
        for seq, should_be in zip(moves["seq"], range(1, moves.height + 1), strict=True)
        if seq != should_be
    ][:1]
    before = GENESIS
    changed: list[int] = []
    for row in moves.select(*TOLD, "previous", "hash").iter_rows(named=True):
        previous, own = row.pop("previous"), row.pop("hash")
        if previous != before or own != _hash(before, canonical(row)):
            changed.append(row["seq"])
        before = own
    found += [f"Move {seq} was changed after it was written." for seq in changed[:SHOWN]]
    if moves.height != end.moves:
        words = f"The store says that it holds {end.moves:,} moves; it holds {moves.height:,}."
        found.append(words)
    elif before != end.hash:
        found.append("The last move is not the one that the store says was the last.")
    return found


def _hash(previous: str, told: str) -> str:
    return hashlib.sha256(f"{previous}{told}".encode()).hexdigest()
