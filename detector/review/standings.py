"""Where the case of each account stands, kept up with the store move by move."""

from threading import Lock

import numpy as np
import polars as pl
from sqlalchemy import select

from detector.cases.reading import Reading
from detector.cases.rows import CASES, MOVES
from detector.cases.store import CaseStore
from detector.kinds import CaseState
from detector.review.index import Numbers, RunIndex
from detector.review.queue import NO_CASE, Standing

STATES = (NO_CASE, *(str(state) for state in CaseState))
AT_ONCE = 5000
NEVER = np.iinfo(np.int64).max


class Standings:
    """Reads all cases once, and after that only what moved."""

    def __init__(self, index: RunIndex, store: CaseStore | None) -> None:
        self.index, self.store = index, store
        self._moves, self._decisions = -1, -1
        self._held = Standing(0)
        self._lock = Lock()

    def now(self) -> Standing:
        """Where cases stand at this moment."""
        if self.store is None:
            return self._held
        with self._lock, self.store.reading() as reading:
            moves, decisions = reading.end_of_chain().moves, reading.count_decisions()
            if (moves, decisions) != (self._moves, self._decisions):
                self._held = self._renewed(reading, moves, decisions)
                self._moves, self._decisions = moves, decisions
            return self._held

    def _renewed(self, reading: Reading, moves: int, decisions: int) -> Standing:
        held = self._held
        if held.state is None or held.since is None:
            state, since = self._all(reading)
        else:
            state, since = self._moved(reading, held.state, held.since)
        notice = held.notice
        if notice is None or decisions != self._decisions:
            notice = self._notices(reading)
        same = (
            held.state is not None and np.array_equal(state, held.state) and notice is held.notice
        )
        if same:
            return held
        return Standing(moves + decisions + 1, STATES, state, since, notice)

    def _all(self, reading: Reading) -> tuple[Numbers, Numbers]:
        """In portions: of a hundred thousand cases the rows alone would fill the memory."""
        state = np.zeros(self.index.size, np.uint8)
        since = np.full(self.index.size, np.iinfo(np.int32).max, np.int32)
        asked = select(CASES.c.account_id, CASES.c.state, CASES.c.since)
        found = reading.connection.execute(asked, execution_options={"yield_per": AT_ONCE})
        schema = {"account_id": pl.String, "state": pl.String, "since": pl.Date}
        for part in found.partitions():
            cases = pl.DataFrame([tuple(row) for row in part], schema=schema, orient="row")
            rows, known = self._rows(cases["account_id"])
            kept = cases.filter(known)
            state[rows] = _codes(kept["state"])
            since[rows] = kept["since"].to_physical().to_numpy()
        return state, since

    def _moved(self, reading: Reading, state: Numbers, since: Numbers) -> tuple[Numbers, Numbers]:
        """The moves since the last look; an account's last one counts."""
        columns = (MOVES.c.account_id, MOVES.c.to_state, MOVES.c.at_us)
        asked = select(*columns).where(MOVES.c.seq > self._moves, MOVES.c.to_state.is_not(None))
        found = reading.connection.execute(asked.order_by(MOVES.c.seq)).all()
        schema = {"account_id": pl.String, "to_state": pl.String, "at_us": pl.Int64}
        moves = pl.DataFrame([tuple(row) for row in found], schema=schema, orient="row")
        if moves.is_empty():
            return state, since
        last = moves.unique("account_id", keep="last", maintain_order=True)
        rows, known = self._rows(last["account_id"])
        kept = last.filter(known)
        state, since = state.copy(), since.copy()
        state[rows] = _codes(kept["to_state"])
        days = pl.from_epoch(kept["at_us"], time_unit="us").dt.date().to_physical()
        since[rows] = days.to_numpy()
        return state, since

    def _notices(self, reading: Reading) -> Numbers:
        """When each account is told something, of what is in force."""
        soonest = np.full(self.index.size, NEVER, np.int64)
        in_force = reading.decisions_in_force()
        first = in_force.group_by("account_id").agg(pl.col("not_before").min()).sort("account_id")
        rows, known = self._rows(first["account_id"])
        times = first.filter(known)["not_before"].dt.epoch("us")
        soonest[rows] = times.to_numpy()
        return soonest

    def _rows(self, accounts: pl.Series) -> tuple[Numbers, pl.Series]:
        """The rows of those accounts that the run holds, and which these are."""
        if accounts.is_empty() or not self.index.size:
            return np.zeros(0, np.int64), pl.Series([False] * accounts.len(), dtype=pl.Boolean)
        ids = self.index.accounts
        at = ids.search_sorted(accounts).clip(0, ids.len() - 1)
        known = ids.gather(at) == accounts
        return at.filter(known).to_numpy(), known


def _codes(states: pl.Series) -> Numbers:
    return states.cast(pl.Enum(STATES)).to_physical().to_numpy()
