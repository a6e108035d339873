"""What is in a sink's outbox, and another chance for what failed there."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, or_, select, update

from detector.cases.rows import DECISIONS, DELIVERIES, SINKS
from detector.feed.messages import instant
from detector.feed.queueing import COLLAPSED, DEAD, DUE, SENT

CHUNK = 500
"""Ids in one statement."""


@dataclass(frozen=True)
class Backlog:
    """The messages of one sink's outbox by where they stand.

    Attributes:
        due: Can be sent now.
        failing: Tried and not acknowledged; tried again later.
        in_flight: In the hands of a deliverer now, or of one that was killed lately.
        held: Wait for an earlier message of their account that is dead, failing or in flight.
        later: Not to be sent before a moment yet to come.
        dead: Given up; `household outbox retry` tries them again.
        sent: Acknowledged.
        collapsed: Withdrawn before the sink knew of them, or no longer tried as withdrawn.
        not_entered: Decided, and not yet in this sink's outbox.
        oldest_due: Since when the oldest one could have been sent.
    """

    due: int = 0
    failing: int = 0
    in_flight: int = 0
    held: int = 0
    later: int = 0
    dead: int = 0
    sent: int = 0
    collapsed: int = 0
    not_entered: int = 0
    oldest_due: str | None = None

    @property
    def left(self) -> int:
        """Messages that ought to be at the receiver, and are not, as far as we know."""
        return self.due + self.failing + self.in_flight + self.held + self.not_entered

    def document(self) -> dict[str, Any]:
        """All figures, for a program."""
        return {**asdict(self), "left": self.left}


def outbox_status(connection: Connection, now_us: int) -> dict[str, Backlog]:
    """What is in the outbox of every sink that was ever delivered to.

    Args:
        connection: To the case store.
        now_us: The time.
    """
    sinks = connection.execute(select(SINKS.c.sink).order_by(SINKS.c.sink)).scalars().all()
    return {sink: count_backlog(connection, sink, now_us) for sink in sinks}


def count_backlog(connection: Connection, sink: str, now_us: int) -> Backlog:
    """What is in the outbox of one sink."""
    row = DELIVERIES.c
    stands = func.count().label("messages")
    oldest = func.min(DECISIONS.c.not_before_us)
    groups = (
        select(_stands(now_us).label("stands"), stands, oldest)
        .join_from(DELIVERIES, DECISIONS, DECISIONS.c.seq == row.seq)
        .where(row.sink == sink)
        .group_by("stands")
    )
    found = connection.execute(groups).all()
    enqueued = select(func.coalesce(func.max(SINKS.c.enqueued), 0)).where(SINKS.c.sink == sink)
    after = connection.execute(enqueued).scalar_one()
    ahead = select(func.count()).select_from(DECISIONS).where(DECISIONS.c.seq > after)
    waiting = [since for name, _, since in found if name in ("due", "failing", "in_flight", "held")]
    return Backlog(
        **{name: count for name, count, _ in found},
        not_entered=connection.execute(ahead).scalar_one(),
        oldest_due=instant(min(waiting)) if waiting else None,
    )


def retry(
    connection: Connection, now_us: int, ids: Sequence[str] = (), *, sink: str | None = None
) -> int:
    """Try again at once what was given up, or is failing; withdrawn messages stay as they are.

    Args:
        connection: To the case store, in a transaction that writes.
        now_us: The time.
        ids: Decisions; by default everything that is dead.
        sink: Only of this one.

    Returns:
        How many messages are tried again.
    """
    row = DELIVERIES.c
    change = update(DELIVERIES).values(state=DUE, next_us=now_us, claimed_by=None)
    if sink is not None:
        change = change.where(row.sink == sink)
    if not ids:
        return connection.execute(change.where(row.state == DEAD)).rowcount
    waiting = and_(row.state == DUE, row.attempts > 0, row.claimed_by.is_(None))
    change = change.where(or_(row.state == DEAD, waiting))
    pieces = (ids[at : at + CHUNK] for at in range(0, len(ids), CHUNK))
    return sum(connection.execute(change.where(_numbered(piece))).rowcount for piece in pieces)


def _numbered(ids: Sequence[str]) -> ColumnElement[bool]:
    named: Select[Any] = select(DECISIONS.c.seq).where(DECISIONS.c.decision_id.in_(ids))
    return DELIVERIES.c.seq.in_(named)


def _stands(now_us: int) -> ColumnElement[str]:
    row, other = DELIVERIES.c, DELIVERIES.alias("ahead")
    waits = or_(other.c.attempts > 0, other.c.next_us <= now_us)
    dead = and_(other.c.state == DEAD, DECISIONS.c.withdraws.is_(None))
    ahead = (
        select(other.c.seq)
        .where(other.c.sink == row.sink, other.c.account_id == row.account_id)
        .where(other.c.seq < row.seq)
        .where(or_(dead, and_(other.c.state == DUE, waits)))
        .correlate(DELIVERIES, DECISIONS)
        .exists()
    )
    return case(
        (row.state.in_((SENT, DEAD, COLLAPSED)), row.state),
        (row.claimed_until_us > now_us, "in_flight"),
        (row.attempts > 0, "failing"),
        (row.next_us > now_us, "later"),
        (ahead, "held"),
        else_="due",
    )
