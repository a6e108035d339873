"""Decisions enter the outbox of a sink, and those that were taken back in time leave it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import (
    ColumnElement,
    Connection,
    Insert,
    and_,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from detector.cases.rows import DECISIONS, DELIVERIES, SINKS

DUE, SENT, DEAD, COLLAPSED = "due", "sent", "dead", "collapsed"
CHUNK = 20_000
"""Decisions that enter in one transaction, so that who decides waits a moment only."""
AT_ONCE = 500
"""Numbers in one statement."""

TAKEN_BACK = DECISIONS.alias("taken_back")

_INSERTS = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


@dataclass(frozen=True)
class Stretch:
    """Decisions of one sink by their numbers: later than the first, up to the last."""

    sink: str
    after: int
    last: int

    def holds(self, seq: ColumnElement[int]) -> ColumnElement[bool]:
        """Whether a decision is one of them."""
        return and_(seq > self.after, seq <= self.last)


def enqueue(connection: Connection, sink: str, now_us: int) -> int:
    """Give the next decisions a row in a sink's outbox; a new sink begins with the first one.

    Whatever is withdrawn already never becomes due: if the sink was never tried with it, neither
    the decision nor its withdrawal is sent; if it was, only the withdrawal is.

    Returns:
        How many decisions entered; 0 when there are no new ones.
    """
    after = lock_sink(connection, sink)
    some = select(DECISIONS.c.seq).where(DECISIONS.c.seq > after).order_by(DECISIONS.c.seq)
    ahead = some.limit(CHUNK).subquery()
    last = connection.execute(select(func.max(ahead.c.seq))).scalar_one()
    if last is None:
        return 0
    stretch = Stretch(sink, after, last)
    entered = connection.execute(_entering(stretch)).rowcount
    connection.execute(update(SINKS).where(SINKS.c.sink == sink).values(enqueued=last))
    _collapse(connection, stretch, now_us)
    return entered


def lock_sink(connection: Connection, sink: str) -> int:
    """Let one deliverer at a time choose what to do next in a sink, and say how far it is."""
    known = select(SINKS.c.enqueued).where(SINKS.c.sink == sink).with_for_update()
    enqueued = connection.execute(known).scalar_one_or_none()
    if enqueued is not None:
        return enqueued
    new = _INSERTS[connection.dialect.name](SINKS).values(sink=sink, enqueued=0)
    connection.execute(new.on_conflict_do_nothing())
    return connection.execute(known).scalar_one()


def not_in_flight(now_us: int) -> ColumnElement[bool]:
    """Whether nobody is sending it at this moment."""
    until = DELIVERIES.c.claimed_until_us
    return or_(until.is_(None), until <= now_us)


def _entering(stretch: Stretch) -> Insert:
    d = DECISIONS.c
    rows = select(
        literal(stretch.sink),
        d.seq,
        d.decision_id,
        d.account_id,
        literal(DUE),
        literal(0),
        d.not_before_us,
    ).where(stretch.holds(d.seq))
    names = ["sink", "seq", "decision_id", "account_id", "state", "attempts", "next_us"]
    return insert(DELIVERIES).from_select(names, rows)


def _collapse(connection: Connection, stretch: Stretch, now_us: int) -> None:
    """First what was taken back, then the withdrawals of what the sink never heard of.

    By number, a few hundred at a time: whatever a database knows of its tables, it finds these
    by their key.
    """
    w, d, row = DECISIONS.c, TAKEN_BACK.c, DELIVERIES.c
    joined = select(d.seq, w.seq).join_from(DECISIONS, TAKEN_BACK, w.withdraws == d.decision_id)
    pairs = connection.execute(joined.where(stretch.holds(w.seq))).all()
    backs: dict[int, int] = {taken_back: back for taken_back, back in pairs}
    later = select(w.seq).where(stretch.holds(w.seq), w.withdrawn_by.is_not(None))
    taken_back = {*backs, *connection.execute(later).scalars()}
    here = update(DELIVERIES).where(row.sink == stretch.sink).values(state=COLLAPSED)
    open_still = here.where(row.state.in_((DUE, DEAD)), not_in_flight(now_us))
    for some in pieces(taken_back):
        connection.execute(open_still.where(row.seq.in_(some)))
    unheard = select(row.seq).where(row.sink == stretch.sink, row.state == COLLAPSED)
    for some in pieces(backs):
        never_tried = unheard.where(row.attempts == 0, row.seq.in_(some))
        found = [backs[seq] for seq in connection.execute(never_tried).scalars()]
        connection.execute(here.where(row.state == DUE, row.seq.in_(found)))


def pieces(numbers: Iterable[int]) -> Iterator[list[int]]:
    """A few hundred at a time, in order."""
    left = sorted(numbers)
    return (left[at : at + AT_ONCE] for at in range(0, len(left), AT_ONCE))
