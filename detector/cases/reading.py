"""What a case store can be asked; each answer is of one moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl
from sqlalchemy import Connection, Select, Table, and_, select

from detector.cases.audit import Link
from detector.cases.bulk import read_frame, read_named, select_frame
from detector.cases.deciding import IN_FORCE, from_rows
from detector.cases.failures import UnknownCaseError
from detector.cases.rows import CASES, DECIDES, DECISIONS, FEEDBACK, HEAD, MOVES, RUNS
from detector.kinds import CaseState, Treatment
from detector.plain_text import plain_text

GIVEN = ("decision_id", "account_id", "treatment", "episode", "not_before_us", "withdrawn_by")
"""What is asked of treatments that were decided before."""


@dataclass(frozen=True)
class CaseFilter:
    """Which cases are listed, and how many at a time."""

    states: Sequence[CaseState] = ()
    partner: str | None = None
    country: str | None = None
    after: str = ""
    """The last account of the page before."""
    limit: int = 50


@dataclass(frozen=True)
class Stand:
    """Where a case stands."""

    state: CaseState
    version: int


@dataclass(frozen=True)
class Reading:
    """A look at a case store: frames out, nothing changed."""

    connection: Connection

    def read_cases(
        self, columns: Sequence[str] = (), states: Sequence[CaseState] = ()
    ) -> pl.DataFrame:
        """Every case, with some columns of `rows.CASES` or all, sorted by account.

        Args:
            columns: The account and others; of a million cases all take several seconds.
            states: Only of cases that stand there; by default of all.
        """
        where = f"WHERE state IN ({_quoted(states)})" if states else ""
        return read_frame(self.connection, CASES, where, columns).sort("account_id")

    def list_cases(self, wanted: CaseFilter) -> pl.DataFrame:
        """A page of the cases, sorted by account."""
        asked = [CASES.c.account_id > wanted.after]
        if wanted.states:
            asked.append(CASES.c.state.in_([str(state) for state in wanted.states]))
        if wanted.partner is not None:
            asked.append(CASES.c.partner == wanted.partner)
        if wanted.country is not None:
            asked.append(CASES.c.country == wanted.country)
        query = select(CASES).where(and_(*asked)).order_by(CASES.c.account_id).limit(wanted.limit)
        return self._select(query, CASES)

    def count_states(self) -> dict[str, int]:
        """How many cases stand where."""
        states = read_frame(self.connection, CASES, columns=["state"])["state"]
        return dict(states.value_counts().sort("state").iter_rows())

    def find_case(self, account_id: str) -> pl.DataFrame:
        """One case, as a frame of one row.

        Raises:
            UnknownCaseError: There is none of this account.
        """
        found = self._select(select(CASES).where(CASES.c.account_id == account_id), CASES)
        if found.is_empty():
            raise _unknown(account_id)
        return found

    def find_stand(self, account_id: str) -> Stand:
        """Where a case stands: all that whoever answers needs of it.

        Raises:
            UnknownCaseError: There is none of this account.
        """
        wanted = select(CASES.c.state, CASES.c.version).where(CASES.c.account_id == account_id)
        found = self.connection.execute(wanted).first()
        if found is None:
            raise _unknown(account_id)
        return Stand(CaseState(found.state), found.version)

    def read_moves(self, account_id: str | None = None) -> pl.DataFrame:
        """The history of one account, or of all, in order."""
        if account_id is None:
            return read_frame(self.connection, MOVES).sort("seq")
        wanted = select(MOVES).where(MOVES.c.account_id == account_id)
        return self._select(wanted.order_by(MOVES.c.seq), MOVES)

    def read_told(self, kind: str) -> pl.DataFrame:
        """What happened of one kind besides moves of cases, in order."""
        wanted = select(MOVES).where(MOVES.c.kind == kind).order_by(MOVES.c.seq)
        return self._select(wanted, MOVES)

    def read_found_out(self, states: Sequence[str]) -> pl.DataFrame:
        """Moves into some states, but for the first of a case: account, time, number, ..."""
        where = f"WHERE from_state IS NOT NULL AND to_state IN ({_quoted(states)})"
        columns = ["account_id", "at_us", "seq", "to_state", "body"]
        return read_frame(self.connection, MOVES, where, columns)

    def decisions_in_force(self, accounts: Sequence[str] | None = None) -> pl.DataFrame:
        """Treatments that were not taken back: `Decisions`, and their `seq`, in its order."""
        if accounts is None:
            return from_rows(read_frame(self.connection, DECISIONS, f"WHERE {IN_FORCE}"))
        found = self.read_decisions(accounts)
        alone = found["withdraws"].is_null() & found["withdrawn_by"].is_null()
        return found.filter(alone & (found["treatment"] != "none"))

    def read_decisions(self, accounts: Sequence[str] | None = None) -> pl.DataFrame:
        """All decisions ever, of some accounts or of all: `Decisions`, `seq`, `withdrawn_by`."""
        if accounts is None:
            return from_rows(read_frame(self.connection, DECISIONS))
        names = pl.Series(accounts, dtype=pl.String)
        return from_rows(read_named(self.connection, DECISIONS, "account_id", names))

    def read_numbered(self, first: int, last: int) -> pl.DataFrame:
        """The decisions from one number to another: `Decisions`, `seq`, `withdrawn_by`."""
        where = f"WHERE seq BETWEEN {first:d} AND {last:d}"
        return from_rows(read_frame(self.connection, DECISIONS, where))

    def read_given(self) -> pl.DataFrame:
        """Every treatment ever decided, with what took it back: the columns of `GIVEN`."""
        where = f"WHERE withdraws IS NULL AND treatment <> '{Treatment.NONE}'"
        return read_frame(self.connection, DECISIONS, where, GIVEN)

    def read_stored_decisions(self) -> pl.DataFrame:
        """All decisions as the database keeps them, in their order."""
        return read_frame(self.connection, DECISIONS).sort("seq")

    def read_feedback(self, kind: str) -> pl.DataFrame:
        """What came back from other systems, of one kind."""
        return self._select(select(FEEDBACK).where(FEEDBACK.c.kind == kind), FEEDBACK)

    def read_runs(self) -> pl.DataFrame:
        """The runs taken in so far, in the order in which they were."""
        return read_frame(self.connection, RUNS).sort("taken_us", "run")

    def read_calls(self) -> pl.DataFrame:
        """What was decided when: the columns of `rows.DECIDES`, in order."""
        return read_frame(self.connection, DECIDES).sort("at_us", "call")

    def last_day(self) -> date | None:
        """The newest day of a run that was taken in and not reverted."""
        runs = self.read_runs()
        return runs.filter(~runs["reverted"])["day"].max()  # pyright: ignore[reportReturnType]

    def end_of_chain(self) -> Link:
        """How many moves there are, and the hash of the last."""
        row = self.connection.execute(select(HEAD)).one()
        return Link(row.moves, row.hash)

    def count_decisions(self) -> int:
        """The number of the last decision."""
        return self.connection.execute(select(HEAD.c.decisions)).scalar_one()

    def _select(self, query: Select[*tuple[object, ...]], table: Table) -> pl.DataFrame:
        return select_frame(self.connection.execute(query), table)


def _unknown(account_id: str) -> UnknownCaseError:
    return UnknownCaseError(
        f"There is no case of the account {plain_text(account_id)!r}.",
        hint="household cases list shows those that there are",
    )


def _quoted(states: Sequence[str]) -> str:
    """States in a statement; nothing else gets there."""
    return ", ".join(f"'{CaseState(state)}'" for state in states)
