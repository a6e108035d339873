"""Prove that nothing in a case store was changed behind its back."""

import json
from dataclasses import dataclass

import polars as pl

from detector.cases.audit import digest_again, find_breaks
from detector.cases.checkpoint import Checkpoint
from detector.cases.deciding import ID, SEQ, WITHDRAWN_BY, WITHDRAWS, to_hash
from detector.cases.reading import Reading
from detector.cases.sealing import find_unsealed
from detector.cases.store import CaseStore
from detector.plain_text import plain_text

SHOWN = 3
"""How many of each kind are named."""


@dataclass(frozen=True)
class Verified:
    """What was looked at, and what is wrong with it."""

    moves: int
    decisions: int
    breaks: tuple[str, ...]
    """In words; empty if the store is whole."""


@dataclass(frozen=True)
class _Batch:
    """Decisions that were written together, as the chain tells of them."""

    first: int
    last: int
    sha256: str


def verify_chain(store: CaseStore, checkpoint: Checkpoint | None = None) -> Verified:
    """Follow the chain from its first move, and hold against it what the store says.

    Without a checkpoint, an end that was cut off and a chain that was written anew cannot be told
    from the truth.

    Args:
        store: An open store.
        checkpoint: Where the chain once was, read with its key.
    """
    with store.reading() as reading:
        moves = reading.read_moves()
        decisions = reading.read_stored_decisions()
        breaks = (
            *find_breaks(moves, reading.end_of_chain()),
            *_check_against(moves, decisions.height, checkpoint),
            *_check_cases(reading, moves),
            *_check_decisions(decisions, moves, reading.count_decisions()),
            *find_unsealed(reading, moves),
        )
    return Verified(moves.height, decisions.height, breaks)


def _check_against(moves: pl.DataFrame, decisions: int, checkpoint: Checkpoint | None) -> list[str]:
    if checkpoint is None:
        return []
    if moves.height < checkpoint.moves or decisions < checkpoint.decisions:
        return [
            f"The end was cut off: there were {checkpoint.moves:,} moves and "
            f"{checkpoint.decisions:,} decisions at the checkpoint, now there are "
            f"{moves.height:,} and {decisions:,}."
        ]
    if checkpoint.moves and moves["hash"][checkpoint.moves - 1] != checkpoint.hash:
        return [f"Moves up to {checkpoint.moves:,} were written anew since the checkpoint."]
    return []


def _check_cases(reading: Reading, moves: pl.DataFrame) -> list[str]:
    """Each case stands where its last move led."""
    told = moves.filter(moves["kind"] == "move").unique("account_id", keep="last")
    led = told.select(
        "account_id", "to_state", version_led=_whole("version"), episode_led=_whole("episode")
    )
    cases = reading.read_cases(["account_id", "state", "version", "episode"])
    both = cases.join(led, on="account_id", how="full", coalesce=True)
    same = (
        pl.col("state").eq_missing(pl.col("to_state"))
        & pl.col("version").eq_missing(pl.col("version_led"))
        & pl.col("episode").eq_missing(pl.col("episode_led"))
    )
    wrong = both.filter(~same)["account_id"].sort().head(SHOWN)
    return [
        f"The case of {plain_text(account)!r} is not where its last move led." for account in wrong
    ]


def _whole(name: str) -> pl.Expr:
    """A number of a move's body; null if that was changed to something else."""
    return pl.col("body").str.json_path_match(f"$.{name}").cast(pl.Int64, strict=False)


def _check_decisions(decisions: pl.DataFrame, moves: pl.DataFrame, count: int) -> list[str]:
    """Each batch has the hash that the chain keeps of it, and nothing is outside of a batch."""
    told, found, last = to_hash(decisions), list[str](), 0
    for seq, text in moves.filter(moves["kind"] == "decisions").select("seq", "body").rows():
        batch = _batch(text)
        rows = told.slice(last, max(batch.last - last, 0))
        if rows[SEQ].to_list() != [*range(batch.first, batch.last + 1)] or (
            digest_again(rows) != batch.sha256
        ):
            found.append(f"Decisions {last + 1:,} to {batch.last:,} were changed (move {seq:,}).")
        last = max(last, batch.last)
    if not last == count == decisions.height:
        found.append(f"{last:,} decisions were made; the store holds {decisions.height:,}.")
    return [*found[:SHOWN], *_check_withdrawals(decisions)]


def _check_withdrawals(decisions: pl.DataFrame) -> list[str]:
    """What is taken back says by what, and the other way round."""
    taken = decisions.filter(pl.col(WITHDRAWS).is_not_null())
    by = taken.select(pl.col(WITHDRAWS).alias(ID), pl.col(ID).alias("by"))
    both = decisions.select(ID, WITHDRAWN_BY).join(by, on=ID, how="left")
    wrong = both.filter(~pl.col(WITHDRAWN_BY).eq_missing(pl.col("by")))[ID].sort().head(SHOWN)
    return [f"Whether decision {one} is in force was changed." for one in wrong]


def _batch(text: str) -> _Batch:
    """Of a move whose body may have been changed."""
    try:
        told = json.loads(text)
        return _Batch(int(told["first"]), int(told["last"]), str(told["sha256"]))
    except (ValueError, KeyError, TypeError):
        return _Batch(1, 0, "")
