"""One transaction that changes a case store: it is written whole, or not at all."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl
from sqlalchemy import update

from detector.cases.audit import digest, encode_rows
from detector.cases.bulk import insert_frame, read_named, update_frame
from detector.cases.deciding import (
    ID,
    SEQ,
    WITHDRAWN_BY,
    WITHDRAWS,
    check_decisions,
    keep_new,
    take_back,
    to_hash,
    to_rows,
)
from detector.cases.failures import StaleCaseError
from detector.cases.moving import (
    MOVED,
    STANDING,
    CaseMoves,
    Signature,
    check_moves,
    join_standing,
    settle,
    stand_as_they_are,
)
from detector.cases.recording import Recording
from detector.cases.rows import CASES, DECISIONS, HEAD
from detector.cases.state import TAKES_BACK
from detector.cases.take_in import KNOWN, REOPEN_BITS, TakenRun, take_in
from detector.kinds import CaseState
from detector.plain_text import plain_text
from detector.policy.decisions import Decisions

FLAGGED = "flagged, and without a case"
REASONS = {
    "cleared": "A person looked at the account and found no sharing.",
    "exempt": "The account is exempt.",
    "overturned": "The appeal was granted.",
    "appealed": "The account holder appealed; nothing is done until the appeal is answered.",
    "withdrawn": "What was done is taken back.",
}
"""Why a treatment is taken back, in words that may leave the house: never a reviewer's note."""


@dataclass(frozen=True)
class Writing(Recording):
    """A transaction that holds the store's only lock for writers; what it reads stays true.

    Ends with `CaseStore.writing`: everything is written, or after an error nothing is.
    """

    def move(self, moves: pl.DataFrame) -> None:
        """Move cases, each from the version that was looked at, and keep each move for ever.

        A case that becomes cleared, exempt, overturned, appealed or withdrawn takes back every
        treatment in force, in this same transaction.

        Args:
            moves: The columns of `CaseMoves`; `until` may be missing.

        Raises:
            RefusedMoveError: The state machine, or what a person decided, forbids one; none is
                made.
            StaleCaseError: Somebody decided about a case after the version that was looked at.
            UnknownCaseError: There is no such case.
        """
        padded = moves if "until" in moves.columns else moves.with_columns(until=None)
        self._go(CaseMoves.validate(padded, cast=True))

    def move_one(self, move: Mapping[str, Any]) -> None:
        """The same of one case: what people do one by one is checked without a table's toll.

        Args:
            move: The columns of `CaseMoves`, of their types.
        """
        self._go(CaseMoves.cast(pl.DataFrame([move])))

    def _go(self, wanted: pl.DataFrame) -> None:
        if wanted.is_empty():
            return
        both = join_standing(wanted, self._standing(wanted["account_id"]))
        self.check_versions(both)
        self._make(both)

    def bring(self, accounts: pl.Series, to_state: CaseState, note: str) -> None:
        """Move cases from wherever they stand now, all to one state: a step of a program.

        Raises:
            RefusedMoveError: The state machine, or what a person decided, forbids one; none is
                made.
        """
        if accounts.is_empty():
            return
        both = stand_as_they_are(self._standing(accounts), to_state, note)
        self._make(both.sort("account_id"))

    def open_cases(self, cases: pl.DataFrame, note: str) -> None:
        """Open a case for each account that has none.

        Args:
            cases: What the last run says of the accounts: the columns of `rows.CASES` from `run`.
            note: Why.
        """
        new = cases.with_columns(
            state=pl.lit("open"), episode=0, version=1, since=pl.lit(self.by.day)
        )
        insert_frame(self.connection, CASES, new)
        self.append(
            _told(
                new.with_columns(
                    from_state=pl.lit(None, pl.String),
                    note=pl.lit(note),
                    until=pl.lit(None, pl.Date),
                ),
                self.by,
            )
        )

    def take_in(
        self, accounts: pl.DataFrame, run: str, day: date, reopen_bits: float = REOPEN_BITS
    ) -> bool:
        """Take in what a run says of accounts; see `detector.cases.take_in`.

        Args:
            accounts: Its table of accounts.
            run: Its fingerprint.
            day: The last day that it judged.
            reopen_bits: How much more evidence opens a closed case again.

        Returns:
            Whether it was new; a run that was taken in before changes nothing.

        Raises:
            InputError: The accounts lack a column.
        """
        if self.has_run(run):
            return False
        taken_run = TakenRun(run, day, self.last_day(), self.by.day, reopen_bits)
        taken = take_in(self.read_cases(KNOWN), accounts, taken_run)
        self.update_evidence(taken.evidence)
        self.update_evidence(taken.unseen)
        if not taken.new.is_empty():
            self.open_cases(taken.new, FLAGGED)
        self.move(taken.moves)
        counts = {
            "accounts": accounts.height,
            "flagged": int(accounts["flagged"].sum()),
            "opened": taken.new.height,
            "reopened": taken.moves.height,
        }
        self.record_run(run, day, counts)
        return True

    def update_evidence(self, cases: pl.DataFrame) -> None:
        """Write what a run says of accounts: any columns of `rows.CASES` from `run` on."""
        update_frame(self.connection, CASES, cases, "account_id")

    def add_decisions(self, decisions: pl.DataFrame) -> int:
        """Write decisions, and with them the outbox; those that the store holds are passed over.

        They are numbered in the order in which they come, and delivered in it account by account.

        Args:
            decisions: The columns of `Decisions`.

        Returns:
            How many are new.

        Raises:
            RefusedDecisionError: One would treat an account that a person protects, or take back
                what never was; none is written.
        """
        new = keep_new(self.connection, Decisions.validate(decisions, cast=True))
        if new.is_empty():
            return 0
        check_decisions(self.connection, new)
        first = self.count_decisions() + 1
        rows = to_rows(new).with_columns(
            pl.int_range(first, first + new.height, dtype=pl.Int64).alias(SEQ)
        )
        insert_frame(self.connection, DECISIONS, rows)
        taken = rows.filter(pl.col(WITHDRAWS).is_not_null())
        undone = taken.select(pl.col(WITHDRAWS).alias(ID), pl.col(ID).alias(WITHDRAWN_BY))
        update_frame(self.connection, DECISIONS, undone, ID)
        last = first + new.height - 1
        self.connection.execute(update(HEAD).values(decisions=last))
        body = {"first": first, "last": last, "sha256": digest(to_hash(rows))}
        words = f"{new.height:,} decisions, of which {taken.height:,} take one back"
        self.record("decisions", body, words)
        return new.height

    def take_back(self, decisions: pl.DataFrame, *, rule: str, reason: str) -> int:
        """Take back decisions in force at once, and return how many; twice does nothing more."""
        return self.add_decisions(take_back(decisions, self.by.at, rule=rule, reason=reason))

    def check_versions(self, both: pl.DataFrame) -> None:
        """A person's decision stands although a program moved the case; no other way round.

        Args:
            both: account_id, the version that was looked at as `seen`, and `version` as it is.

        Raises:
            StaleCaseError: Somebody decided about a case after it was looked at.
        """
        for row in both.filter(pl.col("seen") != pl.col("version")).iter_rows(named=True):
            later = _later_moves(self.read_moves(row["account_id"]), row["seen"])
            if self.by.person:
                later = later.filter(pl.col("person"))
            if self.by.person and later.is_empty() and row["seen"] < row["version"]:
                continue
            raise StaleCaseError(
                f"The case of {plain_text(row['account_id'])!r} is no longer as it was looked at: "
                f"{_tell_last(later)}.",
                hint="look at it again, then decide",
            )

    def _make(self, both: pl.DataFrame) -> None:
        check_moves(both, self.by)
        moved = settle(both, self.by)
        update_frame(self.connection, CASES, moved.select(MOVED), "account_id")
        self.append(_told(moved, self.by))
        self._take_back(moved)

    def _standing(self, accounts: pl.Series) -> pl.DataFrame:
        return read_named(self.connection, CASES, "account_id", accounts, STANDING)

    def _take_back(self, moved: pl.DataFrame) -> None:
        for state in sorted(TAKES_BACK & set(moved["state"].unique())):
            accounts = moved.filter(pl.col("state") == state)["account_id"].to_list()
            in_force = self.decisions_in_force(accounts)
            self.take_back(in_force, rule=state, reason=REASONS[state])


def _told(moved: pl.DataFrame, by: Signature) -> pl.DataFrame:
    """Moves as rows of the chain; the body keeps what was known when it was made."""
    known = moved.select("episode", "evidence_bits", "run", "until", "version").with_columns(
        pl.col("until").cast(pl.String), person=pl.lit(by.person)
    )
    return moved.select(
        **{name: pl.lit(value) for name, value in by.signed.items()},
        kind=pl.lit("move"),
        account_id="account_id",
        from_state="from_state",
        to_state="state",
        note="note",
        body=encode_rows(known),
    )


def _later_moves(moves: pl.DataFrame, version: int) -> pl.DataFrame:
    told = moves.filter(moves["kind"] == "move").with_columns(
        person=pl.col("body").str.json_path_match("$.person") == "true",
        version=pl.col("body").str.json_path_match("$.version").cast(pl.Int64),
    )
    return told.filter(pl.col("version") > version)


def _tell_last(moves: pl.DataFrame) -> str:
    if moves.is_empty():
        return "it was never in that version"
    last = moves.row(-1, named=True)
    at = Signature(last["actor"], last["at_us"]).at
    return (
        f"{plain_text(last['actor'])} made it {last['to_state'].replace('_', ' ')} on "
        f"{at:%Y-%m-%d at %H:%M} UTC"
    )
