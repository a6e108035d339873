"""What became of messages is written down: sent, to be tried again and when, or given up."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Update, bindparam, select, update

from detector.cases.rows import DECISIONS, DELIVERIES
from detector.feed.claims import Claimed, Lease
from detector.feed.queueing import COLLAPSED, DEAD, DUE, SENT
from detector.feed.sinks.sink import Fate, Reply

SECOND = 1_000_000
LONGEST_WAIT_S = 24 * 3600
"""A receiver that asks for more, by mistake or not, is asked again after a day."""
LONGEST_ERROR = 300


@dataclass(frozen=True)
class Retries:
    """How often a sink is tried with a message, and how long it is left alone in between.

    Attributes:
        attempts: After so many it is dead; after `household outbox retry` it has as many again.
        first_wait_s: Doubles with each attempt.
        longest_wait_s: Where doubling ends. With 24 attempts a receiver may be down for three
            days before anything is given up.
    """

    attempts: int = 24
    first_wait_s: float = 10
    longest_wait_s: float = 6 * 3600

    def wait_us(self, sink: str, claimed: Claimed, reply: Reply) -> int:
        """How long to wait: doubled each time, and spread, so that not all come back at once.

        The spread, up to a half less, is drawn from the message's own id: the same every time.
        """
        key = f"{sink}:{claimed.message.decision_id}:{claimed.attempt}".encode()
        drawn = int.from_bytes(hashlib.sha256(key).digest()[:4]) / 2**32
        doubled = self.first_wait_s * 2 ** min(claimed.attempt - 1, 40)
        wait_s = min(doubled, self.longest_wait_s) * (1 - drawn / 2)
        return round(max(wait_s, min(reply.after_s, LONGEST_WAIT_S)) * SECOND)


def mark(
    connection: Connection,
    lease: Lease,
    replies: Sequence[tuple[Claimed, Reply]],
    retries: Retries,
) -> None:
    """Write down what a sink said of each message that we hold.

    What it acknowledged is sent, even if our lease ended meanwhile and somebody else holds it.
    What it did not, is only ours to judge while we hold it; if it was withdrawn on its way, it
    is not tried again, as the withdrawal says all there is to say.
    """
    sent: dict[str | None, list[int]] = {}
    for claimed, reply in replies:
        if reply.fate == Fate.SENT:
            why = reply.why[:LONGEST_ERROR] or None
            sent.setdefault(why, []).append(claimed.message.sequence)
    for why, numbers in sent.items():
        connection.execute(_sent(lease, numbers).values(error=why))
    failed = [(c, r) for c, r in replies if r.fate != Fate.SENT]
    if failed:
        connection.execute(_FAILED, [_failed(lease, c, r, retries) for c, r in failed])
        connection.execute(_withdrawn(lease.sink, [c.message.sequence for c, _ in failed]))


_FREE = {"claimed_by": None, "claimed_until_us": None}
_FAILED = (
    update(DELIVERIES)
    .where(DELIVERIES.c.sink == bindparam("of_sink"), DELIVERIES.c.seq == bindparam("of_seq"))
    .where(DELIVERIES.c.state == DUE, DELIVERIES.c.claimed_by == bindparam("holder"))
    .where(DELIVERIES.c.attempts == bindparam("attempt"))
    .values(state=bindparam("now_is"), next_us=bindparam("again_us"), error=bindparam("why"))
    .values(_FREE)
)


def _sent(lease: Lease, numbers: Sequence[int]) -> Update:
    row = DELIVERIES.c
    return (
        update(DELIVERIES)
        .where(row.sink == lease.sink, row.seq.in_(numbers), row.state.in_((DUE, DEAD)))
        .values(state=SENT, sent_us=lease.now_us)
        .values(_FREE)
    )


def _failed(lease: Lease, claimed: Claimed, reply: Reply, retries: Retries) -> dict[str, Any]:
    given_up = reply.fate == Fate.NEVER or claimed.attempt % retries.attempts == 0
    return {
        "of_sink": lease.sink,
        "of_seq": claimed.message.sequence,
        "holder": lease.holder,
        "attempt": claimed.attempt,
        "now_is": DEAD if given_up else DUE,
        "again_us": lease.now_us + retries.wait_us(lease.sink, claimed, reply),
        "why": reply.why[:LONGEST_ERROR],
    }


def _withdrawn(sink: str, numbers: Sequence[int]) -> Update:
    row = DELIVERIES.c
    taken_back = select(DECISIONS.c.seq).where(
        DECISIONS.c.seq.in_(numbers), DECISIONS.c.withdrawn_by.is_not(None)
    )
    return (
        update(DELIVERIES)
        .where(row.sink == sink, row.state.in_((DUE, DEAD)), row.claimed_by.is_(None))
        .where(row.seq.in_(taken_back))
        .values(state=COLLAPSED)
    )
