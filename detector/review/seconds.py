"""Which answers somebody else is to look at again, kept up with the store answer by answer."""

from collections.abc import Sequence
from threading import Lock

from sqlalchemy import select

from detector.cases.drawing import draw_key
from detector.cases.reading import Reading
from detector.cases.rows import MOVES
from detector.cases.second_looks import FirstAnswer, find_firsts
from detector.policy.rules import ReviewTerms

CHANGES = ("review", "undo")
"""Lines of the history after which an account's answers are looked at anew."""


class PendingSeconds:
    """Reads the answers about a run once, and after that only those that came.

    Args:
        run: Fingerprint of the run.
        terms: What the policy says of reviews.
    """

    def __init__(self, run: str, terms: ReviewTerms) -> None:
        self.run, self.terms = run, terms
        self._moves = -1
        self._held: dict[str, list[FirstAnswer]] = {}
        self._lock = Lock()

    def accounts(self, reading: Reading, reviewer: str) -> list[str]:
        """Whose answers a reviewer may look at again; first those for which a treatment waits."""
        with self._lock:
            self._renew(reading)
            firsts = [first for held in self._held.values() for first in held]
        mine = [first for first in firsts if first.reviewer != reviewer]
        return [first.account_id for first in sorted(mine, key=lambda first: not first.waits)]

    def find_done(self, reading: Reading, account_ids: Sequence[str]) -> set[str]:
        """Accounts that need no second look any more."""
        left = self._find(reading, account_ids)
        return set(account_ids) - {first.account_id for first in left}

    def _renew(self, reading: Reading) -> None:
        moves = reading.end_of_chain().moves
        if moves <= self._moves:
            return
        changed = None if self._moves < 0 else _changed(reading, self._moves)
        for account_id in changed or ():
            self._held.pop(account_id, None)
        if changed is None or changed:
            for first in self._find(reading, changed):
                self._held.setdefault(first.account_id, []).append(first)
        self._moves = moves

    def _find(self, reading: Reading, accounts: Sequence[str] | None) -> list[FirstAnswer]:
        return find_firsts(reading, self.terms, draw_key(reading), self.run, accounts)


def _changed(reading: Reading, since: int) -> list[str]:
    wanted = select(MOVES.c.account_id).where(MOVES.c.seq > since, MOVES.c.kind.in_(CHANGES))
    return sorted({*reading.connection.execute(wanted).scalars()})
