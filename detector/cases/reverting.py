"""Take back a wrong run or wave: compensation for all that it did, and both stay in the history."""

from dataclasses import dataclass

import polars as pl

from detector.cases.failures import CaseStoreError
from detector.cases.state import may_move
from detector.cases.writing import Writing
from detector.kinds import CaseState
from detector.plain_text import plain_text

RULE, REASON = "reverted", "What was done rests on a mistake and is taken back."


@dataclass(frozen=True)
class Reverted:
    """What was taken back."""

    what: str
    is_run: bool
    withdrawals: int
    cases: int
    """Cases against which nothing is in force any more, and which are withdrawn."""


def revert(writing: Writing, what: str, note: str) -> Reverted:
    """Take back every decision in force that a run or a wave brought; twice does nothing more.

    Decisions of other runs and waves stay. A case is withdrawn if nothing else is in force against
    it; what a person decided about it is not touched.

    Args:
        writing: A transaction of the store.
        what: Fingerprint of a run, or the first eight characters of it at least; or a wave's name.
        note: Why, for the history.

    Raises:
        CaseStoreError: The store knows no such run or wave, or several runs begin so.
    """
    in_force = writing.decisions_in_force()
    run = _find_run(writing, what)
    mine = in_force.filter(pl.col("run" if run else "wave") == (run or what))
    if not run and what not in set(writing.read_calls()["wave"]):
        raise CaseStoreError(
            f"No run and no wave is called {plain_text(what)!r} here.",
            hint="give the fingerprint in the run's run.json, or the name of the wave's file",
        )
    taken = writing.take_back(mine, rule=RULE, reason=REASON)
    if run:
        writing.mark_reverted(run, note)
    else:
        writing.record("revert", {"wave": what}, note)
    others = writing.decisions_in_force()["account_id"]
    emptied = mine.filter(~pl.col("account_id").is_in(others.implode()))["account_id"].unique()
    return Reverted(run or what, bool(run), taken, _withdraw(writing, emptied, note))


def _find_run(writing: Writing, what: str) -> str | None:
    runs = [run for run in writing.read_runs()["run"] if run.startswith(what)]
    if len(what) < 8 or not runs:
        return None
    if len(runs) > 1:
        raise CaseStoreError(f"{len(runs)} runs begin with {what}.", hint="give more of it")
    return runs[0]


def _withdraw(writing: Writing, accounts: pl.Series, note: str) -> int:
    able = [s for s in CaseState if may_move(s, CaseState.WITHDRAWN, person=False)]
    cases = writing.read_cases(["account_id"], able)["account_id"]
    mine = cases.filter(cases.is_in(accounts.implode()))
    writing.bring(mine, CaseState.WITHDRAWN, note)
    return len(mine)
