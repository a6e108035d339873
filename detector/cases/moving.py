"""Check moves of cases against where the cases stand, and say what becomes of them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import dataframely as dy
import polars as pl

from detector.cases.failures import RefusedMoveError, UnknownCaseError
from detector.cases.state import (
    CLOSED,
    DATED,
    FRESH_STARTS,
    are_legal,
    name_next,
)
from detector.kinds import CaseState
from detector.plain_text import plain_text

STANDING = (
    "account_id",
    "state",
    "episode",
    "version",
    "until",
    "closed_bits",
    "evidence_bits",
    "flagged",
    "run",
)
"""The columns of a case that decide about its moves."""

MOVED = ("account_id", "state", "episode", "version", "since", "until", "closed_bits")
"""The columns of a case that a move changes."""

_HERE, _THERE = pl.col("state"), pl.col("to_state").cast(pl.String)


class CaseMoves(dy.Schema):
    """Where cases are to go: one move of one case."""

    account_id = dy.String(primary_key=True, min_length=1)
    to_state = dy.Enum(CaseState)
    version = dy.Int64(min=1, description="Of the case as it was when this was decided.")
    note = dy.String(description="Why, for whoever reads the case's history.")
    until = dy.Date(nullable=True, description="Last day of an exemption or an overturned appeal.")


@dataclass(frozen=True)
class Signature:
    """Who writes to the store, and when."""

    actor: str
    at_us: int
    person: bool = False
    """Whether it is somebody's own decision rather than a step of a program."""

    @property
    def at(self) -> datetime:
        """The time as such."""
        return datetime.fromtimestamp(self.at_us // 1_000_000, UTC).replace(
            microsecond=self.at_us % 1_000_000
        )

    @property
    def signed(self) -> dict[str, Any]:
        """As columns of moves."""
        return {"at_us": self.at_us, "actor": self.actor}

    @property
    def day(self) -> date:
        """The day on which it is done, UTC."""
        return self.at.date()


def join_standing(moves: pl.DataFrame, standing: pl.DataFrame) -> pl.DataFrame:
    """Put each move beside the case that it is about.

    Raises:
        UnknownCaseError: There is no such case.
    """
    both = moves.rename({"version": "seen"}).join(
        standing.select(STANDING), on="account_id", how="left", suffix="_now", maintain_order="left"
    )
    lost = both.filter(_HERE.is_null())["account_id"]
    if lost.len():
        raise UnknownCaseError(
            f"There is no case of the account {plain_text(lost[0])!r}{_more(lost.len())}.",
            hint="household cases list",
        )
    return both


def stand_as_they_are(standing: pl.DataFrame, to_state: CaseState, note: str) -> pl.DataFrame:
    """The same for cases that are all to go to one state, from the version that they now have."""
    return standing.rename({"until": "until_now"}).with_columns(
        to_state=pl.lit(str(to_state)),
        seen=pl.col("version"),
        note=pl.lit(note),
        until=pl.lit(None, pl.Date),
    )


def check_moves(both: pl.DataFrame, by: Signature) -> None:
    """Refuse a move that the state machine does not know, or that somebody's decision rules out.

    Args:
        both: From `join_standing`.
        by: Who moves them.

    Raises:
        RefusedMoveError: At least one of the moves may not be made; then none is.
    """
    wrong = both.filter(~are_legal(_HERE, _THERE, person=by.person))
    if not wrong.is_empty():
        row = wrong.row(0, named=True)
        here, there = CaseState(row["state"]), row["to_state"]
        who = "" if by.person else " by itself"
        raise RefusedMoveError(
            f"The case of {plain_text(row['account_id'])!r} is {_word(here)} and cannot become "
            f"{_word(there)}{who}{_more(wrong.height)}.",
            hint=f"from {_word(here)} it may become {_word(name_next(here, person=by.person))}",
        )
    if not by.person:
        _check_held(both, by.day)


def settle(both: pl.DataFrame, by: Signature) -> pl.DataFrame:
    """What becomes of the cases: the columns of `MOVED`, and of `STANDING` as they were.

    Args:
        both: From `join_standing`, checked.
        by: Who moves them.
    """
    fresh = [f"{here}>{there}" for here, there in sorted(FRESH_STARTS)]
    pair = pl.concat_str(_HERE, pl.lit(">"), _THERE)
    return both.with_columns(
        from_state=_HERE,
        state=_THERE,
        episode=pl.col("episode") + pair.is_in(fresh),
        version=pl.col("version") + 1,
        since=pl.lit(by.day),
        until=pl.when(_THERE.is_in(sorted(DATED))).then(pl.col("until")),
        closed_bits=pl.when(_THERE.is_in(sorted(CLOSED)))
        .then(pl.col("evidence_bits"))
        .otherwise("closed_bits"),
    )


def _check_held(both: pl.DataFrame, day: date) -> None:
    """An automatic step leaves what a person decided only where that has run out."""
    dated = _HERE.is_in(sorted(DATED)) & ~(pl.col("until_now") < day).fill_null(value=False)
    closed = _HERE.is_in(sorted(CLOSED)) & ~(
        pl.col("flagged") & (pl.col("evidence_bits") > pl.col("closed_bits"))
    ).fill_null(value=False)
    held = both.filter(dated | closed)
    if held.is_empty():
        return
    row = held.row(0, named=True)
    until = f" until {row['until_now']}" if row["until_now"] else ""
    raise RefusedMoveError(
        f"The case of {plain_text(row['account_id'])!r} is {_word(row['state'])}{until}, which no "
        f"automatic step undoes{_more(held.height)}.",
        hint="it opens again when that has run out, or on clearly more evidence",
    )


def _word(state: str) -> str:
    return state.replace("_", " ")


def _more(rows: int) -> str:
    return f", and {rows - 1:,} more" if rows > 1 else ""
