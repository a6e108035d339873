"""What a transaction adds to the chain, whatever it is about."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl
from sqlalchemy import insert, select, update

from detector.cases.audit import Link, canonical, chain, digest, link_one
from detector.cases.bulk import insert_frame, read_frame
from detector.cases.moving import Signature
from detector.cases.reading import Reading
from detector.cases.rows import DECIDES, FEEDBACK, HEAD, MOVES, RUNS


@dataclass(frozen=True)
class Recording(Reading):
    """A transaction that can tell what happened; nothing that it told is ever changed."""

    by: Signature = field(default_factory=lambda: Signature("", 0))

    def record_run(self, run: str, day: date, counts: Mapping[str, int]) -> None:
        """Remember that a run was taken in; `counts` names its accounts and those flagged."""
        self.connection.execute(
            insert(RUNS).values(
                run=run,
                day=day,
                accounts=counts["accounts"],
                flagged=counts["flagged"],
                taken_us=self.by.at_us,
                reverted=False,
            )
        )
        words = f"{counts['accounts']:,} accounts, {counts['flagged']:,} of them flagged"
        self.record("evidence", {"run": run, "day": str(day), **counts}, words)

    def mark_reverted(self, run: str, note: str) -> None:
        """Remember that a run was wrong; what rests on it is not taken back by this."""
        self.connection.execute(update(RUNS).where(RUNS.c.run == run).values(reverted=True))
        self.record("revert", {"run": run}, note)

    def has_run(self, run: str) -> bool:
        """Whether a run was taken in before."""
        return (
            self.connection.execute(select(RUNS.c.run).where(RUNS.c.run == run)).first() is not None
        )

    def is_reverted(self, run: str) -> bool:
        """Whether a run was taken back."""
        query = select(RUNS.c.run).where(RUNS.c.run == run, RUNS.c.reverted)
        return self.connection.execute(query).first() is not None

    def record_call(self, call: Mapping[str, Any], counts: Mapping[str, Any]) -> None:
        """Remember a call of `decide`, so that it is done once.

        Args:
            call: `call`, `as_of`, `run`, `wave` and `policy`, as in `rows.DECIDES`.
            counts: What it decided, to tell the next one from.
        """
        told = {**call, "counts": canonical(counts), "at_us": self.by.at_us}
        self.connection.execute(insert(DECIDES).values(**told))
        told["as_of"] = str(told["as_of"])
        self.record("decide", told, f"decided as of {told['as_of']}, wave {told['wave']}")

    def has_call(self, call: str) -> bool:
        """Whether this call of `decide` was done before."""
        query = select(DECIDES.c.call).where(DECIDES.c.call == call)
        return self.connection.execute(query).first() is not None

    def record(
        self, kind: str, body: Mapping[str, Any], note: str, account_id: str | None = None
    ) -> None:
        """Add to the chain something that happened, besides moves of cases."""
        told = {"kind": kind, "account_id": account_id, "note": note, "body": canonical(body)}
        states = {"from_state": None, "to_state": None}
        row, end = link_one({**told, **states, **self.by.signed}, self.end_of_chain())
        self.connection.execute(insert(MOVES).values(**row))
        self._end_at(end)

    def record_feedback(self, feedback: pl.DataFrame) -> pl.DataFrame:
        """Keep what came back from other systems, once, and return what is new.

        Args:
            feedback: The columns of `rows.FEEDBACK`, with any `at_us`; `body` is JSON.
        """
        known = read_frame(self.connection, FEEDBACK, columns=["feedback_id"])
        once = feedback.unique("feedback_id", keep="first", maintain_order=True)
        new = once.join(known, on="feedback_id", how="anti", maintain_order="left")
        if not new.is_empty():
            insert_frame(self.connection, FEEDBACK, new)
            body = {"sha256": digest(new.select(column.name for column in FEEDBACK.columns))}
            self.record("feedback", body, f"{new.height:,} results from other systems")
        return new

    def append(self, moves: pl.DataFrame) -> None:
        """Add moves to the end of the chain: the columns of `audit.TOLD` but `seq`."""
        linked, end = chain(moves, self.end_of_chain())
        insert_frame(self.connection, MOVES, linked)
        self._end_at(end)

    def _end_at(self, end: Link) -> None:
        self.connection.execute(update(HEAD).values(moves=end.moves, hash=end.hash))
