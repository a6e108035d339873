"""Decisions as the store keeps them: numbered, never twice, and taken back by another one."""

from datetime import datetime

import dataframely as dy
import polars as pl
from sqlalchemy import Connection

from detector.cases.bulk import FEW, read_frame, read_named
from detector.cases.failures import RefusedDecisionError
from detector.cases.rows import CASES, DECISIONS
from detector.cases.state import UNTREATABLE
from detector.kinds import Treatment
from detector.plain_text import plain_text
from detector.policy.decisions import Decisions, identify

ID, SEQ, ACCOUNT = Decisions.decision_id.name, DECISIONS.c.seq.name, Decisions.account_id.name
WITHDRAWS, WITHDRAWN_BY = Decisions.withdraws.name, DECISIONS.c.withdrawn_by.name
STORED_TIME = DECISIONS.c.not_before_us.name

IN_FORCE = f"{WITHDRAWS} IS NULL AND {WITHDRAWN_BY} IS NULL AND treatment <> '{Treatment.NONE}'"
"""What holds of a decision that was neither taken back nor takes one back."""

HASHED = tuple(column.name for column in DECISIONS.columns if column.name != WITHDRAWN_BY)
"""What a decision says; who took it back is told by the one that did."""


def to_rows(decisions: pl.DataFrame) -> pl.DataFrame:
    """Decisions as the database keeps them."""
    return decisions.with_columns(
        pl.col(Decisions.treatment.name).cast(pl.String),
        Decisions.not_before.col.dt.epoch("us").alias(STORED_TIME),
    ).drop(Decisions.not_before.name)


def from_rows(rows: pl.DataFrame) -> pl.DataFrame:
    """Stored decisions: the columns of `Decisions`, then `seq` and `withdrawn_by`."""
    time = pl.from_epoch(pl.col(STORED_TIME), time_unit="us").dt.replace_time_zone("UTC")
    typed = rows.with_columns(time.alias(Decisions.not_before.name)).cast(
        {Decisions.treatment.name: Decisions.treatment.dtype, "episode": pl.UInt32}
    )
    return typed.select(*Decisions.column_names(), SEQ, WITHDRAWN_BY).sort(SEQ)


def keep_new(connection: Connection, decisions: pl.DataFrame) -> pl.DataFrame:
    """Leave out the decisions that the store holds already: doing them again does nothing."""
    known = read_named(connection, DECISIONS, ID, decisions[ID], [ID])
    return decisions.join(known, on=ID, how="anti", maintain_order="left")


def check_decisions(connection: Connection, decisions: pl.DataFrame) -> None:
    """Refuse what would treat an account that a person protects, or take back what never was.

    Raises:
        RefusedDecisionError: At least one may not be written; then none is.
    """
    new = decisions.filter(pl.col(WITHDRAWS).is_null(), Decisions.treatment.col != Treatment.NONE)
    spared = _read_protected(connection, new[ACCOUNT])
    wrong = new.join(spared, on=ACCOUNT)
    if not wrong.is_empty():
        row = wrong.row(0, named=True)
        raise RefusedDecisionError(
            f"{row['treatment']} was decided for {plain_text(row[ACCOUNT])!r}, whose case is "
            f"{row['state']}; {wrong.height:,} such decisions.",
            hint="decide by the cases as they are now: read them in the same transaction",
        )
    taken = decisions.filter(pl.col(WITHDRAWS).is_not_null())
    if taken.is_empty():
        return
    known = read_named(connection, DECISIONS, ID, taken[WITHDRAWS], [ID, WITHDRAWS])
    undone = known.filter(pl.col(WITHDRAWS).is_null()).select(ID)
    there = pl.concat([undone, new.select(ID)]).rename({ID: WITHDRAWS})
    lost = taken.join(there, on=WITHDRAWS, how="anti")
    if not lost.is_empty():
        raise RefusedDecisionError(
            f"A withdrawal names the decision {lost[WITHDRAWS][0]}, which the store does not hold.",
            hint="withdraw what decisions_in_force() lists",
        )


def _read_protected(connection: Connection, accounts: pl.Series) -> pl.DataFrame:
    """Which of some accounts a person protects, and how; of many accounts only those are read."""
    if accounts.len() > FEW:
        states = ", ".join(f"'{state}'" for state in sorted(UNTREATABLE))
        return read_frame(connection, CASES, f"WHERE state IN ({states})", [ACCOUNT, "state"])
    cases = read_named(connection, CASES, ACCOUNT, accounts, [ACCOUNT, "state"])
    return cases.filter(pl.col("state").is_in(sorted(UNTREATABLE)))


def take_back(
    in_force: pl.DataFrame, at: datetime, *, rule: str, reason: str
) -> dy.DataFrame[Decisions]:
    """Compensate decisions: one for each, about the same thing, that takes it back at once.

    Args:
        in_force: Decisions, as `decisions_in_force` gives them.
        at: When they end; a withdrawal is never put off.
        rule: In a word, why.
        reason: In a sentence that may leave the house.
    """
    undone = in_force.select(Decisions.column_names()).with_columns(
        Decisions.decision_id.col.alias(WITHDRAWS),
        rule=pl.lit(rule),
        reason=pl.lit(reason),
        as_of=pl.lit(at.date()),
        not_before=pl.lit(at).cast(Decisions.not_before.dtype),
    )
    return Decisions.validate(undone.with_columns(identify(undone)), cast=True)


def to_hash(rows: pl.DataFrame) -> pl.DataFrame:
    """What is hashed of stored decisions: text and whole numbers."""
    return rows.select(HASHED).with_columns(pl.col(pl.Date).cast(pl.String))
