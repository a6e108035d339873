"""Which messages of a sink are to be sent next, and by whom: in order within each account.

The rules, for the messages of one account in one sink:

1. One at a time: while one is on its way, nothing else of the account is.
2. In order: an earlier one that is due or failing goes first. What is not due yet holds back
   nobody.
3. After a dead one no later treatment is sent, until it is retried or withdrawn: nobody is paused
   whose notice did not arrive.
4. A withdrawal passes dead messages, and others that failed `STUBBORN` times: nobody stays
   treated because another message does not get through.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Row, Select, and_, or_, select, update

from detector.cases.rows import DECISIONS, DELIVERIES
from detector.feed.messages import COLUMNS, Message, read_message
from detector.feed.queueing import COLLAPSED, DEAD, DUE, lock_sink, not_in_flight

STUBBORN = 8
"""Failed attempts, about three quarters of an hour, after which withdrawals go past a message."""

_OTHER = DELIVERIES.alias("other")
_ITS = DECISIONS.alias("its_decision")
_TROUBLE = DELIVERIES.alias("trouble")


@dataclass(frozen=True)
class Lease:
    """Who takes messages of a sink in hand, and until when nobody else does."""

    sink: str
    holder: str
    now_us: int
    until_us: int


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that we alone may send until the lease ends; its first attempt is number 1."""

    message: Message
    attempt: int


def claim(connection: Connection, lease: Lease, limit: int) -> list[Claimed]:
    """Take the next due messages in hand, at most one of each account.

    An attempt counts from here on, before anything is sent: whoever is killed while sending
    leaves a message that the receiver may know of. Of a killed deliverer everything becomes due
    again when its lease ends. What was withdrawn meanwhile is not sent at all.
    """
    lock_sink(connection, lease.sink)
    rows = connection.execute(_candidates(lease).limit(limit)).all()
    withdrawn = [row.sequence for row in rows if row.withdrawn_by is not None]
    change = update(DELIVERIES).where(DELIVERIES.c.sink == lease.sink)
    if withdrawn:
        connection.execute(change.where(_among(withdrawn)).values(state=COLLAPSED))
    taken = _one_of_each(row for row in rows if row.withdrawn_by is None)
    if taken:
        held = change.where(_among([row.sequence for row in taken])).values(
            attempts=DELIVERIES.c.attempts + 1,
            claimed_by=lease.holder,
            claimed_until_us=lease.until_us,
            next_us=lease.until_us,
        )
        connection.execute(held)
    return [Claimed(read_message(row), row.attempts + 1) for row in taken]


def take_over(
    connection: Connection, sink: str, now_us: int, is_gone: Callable[[str], bool]
) -> None:
    """End the leases of deliverers that are known to be gone; what they held is due at once."""
    row = DELIVERIES.c
    held = select(row.claimed_by).where(row.sink == sink, row.state == DUE).distinct()
    holders = connection.execute(held.where(row.claimed_until_us > now_us)).scalars().all()
    for holder in filter(is_gone, holders):
        mine = update(DELIVERIES).where(row.sink == sink, row.state == DUE)
        ended = mine.where(row.claimed_by == holder).values(claimed_until_us=None, next_us=now_us)
        connection.execute(ended.values(claimed_by=None))


def _one_of_each(rows: Any) -> list[Row[Any]]:  # noqa: ANN401 - an iterable of rows of any kind
    """The first of each account; where a withdrawal may pass, the withdrawal."""
    first: dict[str, Row[Any]] = {}
    for row in sorted(rows, key=lambda row: (row.withdraws is None, row.sequence)):
        first.setdefault(row.account_id, row)
    return sorted(first.values(), key=lambda row: row.sequence)


def _among(numbers: Sequence[int]) -> ColumnElement[bool]:
    return DELIVERIES.c.seq.in_(numbers)


def _candidates(lease: Lease) -> Select[Any]:
    row = DELIVERIES.c
    return (
        select(*COLUMNS, DECISIONS.c.withdrawn_by, row.attempts)
        .join_from(DELIVERIES, DECISIONS, DECISIONS.c.seq == row.seq)
        .where(row.sink == lease.sink, row.state == DUE, row.next_us <= lease.now_us)
        .where(or_(DECISIONS.c.withdrawn_by.is_not(None), ~_held_back(lease.now_us)))
        .where(not_in_flight(lease.now_us))
        .order_by(row.next_us)
        .with_for_update(of=DELIVERIES, skip_locked=True)
    )


def _held_back(now_us: int) -> ColumnElement[bool]:
    """Whether another message of the account has to go first."""
    row, other = DELIVERIES.c, _OTHER.c
    is_withdrawal = DECISIONS.c.withdraws.is_not(None)
    passes = and_(
        is_withdrawal,
        or_(other.attempts >= STUBBORN, and_(_ITS.c.withdraws.is_(None), _in_trouble())),
    )
    open_and_first = or_(
        other.claimed_until_us > now_us,
        and_(_goes_first(now_us), ~passes),
    )
    dead_before = and_(other.state == DEAD, other.seq < row.seq, ~is_withdrawal)
    return (
        select(other.seq)
        .join_from(_OTHER, _ITS, _ITS.c.seq == other.seq)
        .where(_of_the_account(_OTHER), other.seq != row.seq)
        .where(or_(and_(other.state == DUE, open_and_first), dead_before))
        .correlate(DELIVERIES, DECISIONS)
        .exists()
    )


def _goes_first(now_us: int) -> ColumnElement[bool]:
    """What was tried before what was not; else by number, among what is due."""
    row, other = DELIVERIES.c, _OTHER.c
    earlier = other.seq < row.seq
    return or_(
        and_(other.attempts > 0, or_(row.attempts == 0, earlier)),
        and_(other.attempts == 0, row.attempts == 0, other.next_us <= now_us, earlier),
    )


def _in_trouble() -> ColumnElement[bool]:
    """Whether a message of the account is dead, or keeps failing."""
    trouble = _TROUBLE.c
    stuck = and_(trouble.state == DUE, trouble.attempts >= STUBBORN)
    return (
        select(trouble.seq)
        .where(_of_the_account(_TROUBLE), or_(trouble.state == DEAD, stuck))
        .correlate(DELIVERIES)
        .exists()
    )


def _of_the_account(table: FromClause) -> ColumnElement[bool]:
    row = DELIVERIES.c
    return and_(table.c.sink == row.sink, table.c.account_id == row.account_id)
