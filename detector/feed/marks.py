"""What became of messages is written down: sent, to be tried again and when, or given up."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Update, case, select, update

from detector.cases.rows import DECISIONS, DELIVERIES
from detector.feed.claims import Claimed, Lease
from detector.feed.queueing import COLLAPSED, DEAD, DUE, SENT, pieces
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
    groups: dict[tuple[str, str], dict[int, int]] = {}
    for claimed, reply in replies:
        state, why = _state(claimed, reply, retries), reply.why[:LONGEST_ERROR]
        again_us = lease.now_us + retries.wait_us(lease.sink, claimed, reply)
        groups.setdefault((state, why), {})[claimed.message.sequence] = again_us
    for (state, why), again in groups.items():
        for numbers in pieces(again):
            if state == SENT:
                connection.execute(_sent(lease, numbers).values(error=why or None))
            else:
                some = {number: again[number] for number in numbers}
                connection.execute(_failed(lease, some).values(state=state, error=why))
                connection.execute(_withdrawn(lease.sink, numbers))


_FREE = {"claimed_by": None, "claimed_until_us": None}


def _state(claimed: Claimed, reply: Reply, retries: Retries) -> str:
    if reply.fate == Fate.SENT:
        return SENT
    given_up = reply.fate == Fate.NEVER or claimed.attempt % retries.attempts == 0
    return DEAD if given_up else DUE


def _sent(lease: Lease, numbers: Sequence[int]) -> Update:
    row = DELIVERIES.c
    return (
        update(DELIVERIES)
        .where(row.sink == lease.sink, row.seq.in_(numbers), row.state.in_((DUE, DEAD)))
        .values(state=SENT, sent_us=lease.now_us)
        .values(_FREE)
    )


def _failed(lease: Lease, again: Mapping[int, int]) -> Update:
    """Only while it is ours: the lease that we took, not a later one under the same name."""
    row = DELIVERIES.c
    return (
        update(DELIVERIES)
        .where(row.sink == lease.sink, row.seq.in_(list(again)), row.state == DUE)
        .where(row.claimed_by == lease.holder, row.claimed_until_us == lease.until_us)
        .values(next_us=case(again, value=row.seq))
        .values(_FREE)
    )


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
