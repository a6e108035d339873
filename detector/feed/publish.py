"""Send what is due through every sink, until nothing is left that can be sent now."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from detector.cases.store import BEGIN_READING, BEGIN_WRITING, CaseStore
from detector.feed.claims import Claimed, Lease, claim, take_over
from detector.feed.marks import SECOND, Retries, mark
from detector.feed.messages import Now
from detector.feed.outbox import Backlog, count_backlog
from detector.feed.queueing import enqueue
from detector.feed.quiet import CHECKED_EVERY_US, Openings, put_off
from detector.feed.sinks.sink import Fate, Reply, Sink

MARGIN_S = 60
"""A lease outlives the longest sending by so much, so that a slow deliverer is no dead one."""

HOPELESS = 50
"""Failures in a row, after which a receiver is down rather than unhappy with one message."""


@dataclass(frozen=True)
class Outlet:
    """A sink under the name that the outbox knows it by, and how patient we are with it."""

    name: str
    sink: Sink
    retries: Retries = field(default_factory=Retries)


@dataclass(frozen=True)
class Delivery:
    """What one delivery did in one sink.

    Attributes:
        sink: Its name.
        sent: Messages that it acknowledged.
        failed: Attempts that it did not; they are made again.
        dead: Messages given up, by its word or after too many attempts.
        backlog: What is in its outbox now.
    """

    sink: str
    sent: int = 0
    failed: int = 0
    dead: int = 0
    backlog: Backlog = field(default_factory=Backlog)

    @property
    def did_nothing(self) -> bool:
        """Whether there was nothing that could have been sent."""
        return not (self.sent or self.failed or self.dead)


@dataclass(frozen=True)
class Deliverer:
    """Who delivers.

    Attributes:
        name: For its claims; no other deliverer may have it at the same time.
        now: The time.
        limit: The most to send in each sink.
        is_gone: Whether another deliverer, by its name, is known to run no more: what it held is
            taken over at once, rather than when its lease ends.
        openings: When accounts of a country may be told; none: at any time.
    """

    name: str
    now: Now
    limit: int | None = None
    is_gone: Callable[[str], bool] = lambda _name: False
    openings: Openings | None = None


def deliver(store: CaseStore, outlets: Sequence[Outlet], deliverer: Deliverer) -> list[Delivery]:
    """Send what is due, sink by sink, and count what became of it.

    At least once on the wire: what is not acknowledged is sent again, with the same id and the
    same bytes. Several may deliver at once; each message is in one hand at a time. A sink that
    took nothing of the last `HOPELESS` messages or more is left alone until the next call.

    Args:
        store: The case store, whose decisions are sent.
        outlets: Where to send.
        deliverer: Who sends.
    """
    return [_deliver(store, outlet, deliverer) for outlet in outlets]


def _deliver(store: CaseStore, outlet: Outlet, deliverer: Deliverer) -> Delivery:
    done, in_vain = Delivery(outlet.name), 0
    with store.transaction(BEGIN_WRITING) as connection:
        take_over(connection, outlet.name, deliverer.now(), deliverer.is_gone)
    for replies in _batches(store, outlet, deliverer):
        fates = [reply.fate for _, reply in replies]
        done = replace(
            done,
            sent=done.sent + fates.count(Fate.SENT),
            failed=done.failed + fates.count(Fate.AGAIN),
            dead=done.dead + fates.count(Fate.NEVER),
        )
        in_vain = in_vain + len(fates) if set(fates) == {Fate.AGAIN} else 0
        if in_vain >= HOPELESS:
            break
    with store.transaction(BEGIN_READING) as connection:
        backlog = count_backlog(connection, outlet.name, deliverer.now())
    return replace(done, backlog=backlog)


def _batches(
    store: CaseStore, outlet: Outlet, deliverer: Deliverer
) -> Iterator[list[tuple[Claimed, Reply]]]:
    """One batch after the other is claimed, sent and marked; only one is in memory."""
    left, looked_us = deliverer.limit, 0
    while left is None or left > 0:
        if deliverer.openings and deliverer.now() - looked_us >= CHECKED_EVERY_US:
            looked_us = deliverer.now()
            _heed_quiet(store, outlet, looked_us, deliverer.openings)
        room = outlet.sink.batch if left is None else min(left, outlet.sink.batch)
        lease, claimed = _claim(store, outlet, deliverer, room)
        if not claimed:
            return
        said = outlet.sink.send([each.message for each in claimed], deliverer.now)
        replies = list(zip(claimed, said, strict=True))
        with store.transaction(BEGIN_WRITING) as connection:
            mark(connection, replace(lease, now_us=deliverer.now()), replies, outlet.retries)
        left = None if left is None else left - len(claimed)
        yield replies


def _heed_quiet(store: CaseStore, outlet: Outlet, now_us: int, openings: Openings) -> None:
    """Put off what must not reach anybody now; what is new enters first, or it would slip by."""
    while True:
        with store.transaction(BEGIN_WRITING) as connection:
            if not enqueue(connection, outlet.name, now_us):
                put_off(connection, outlet.name, now_us, openings)
                return


def _claim(
    store: CaseStore, outlet: Outlet, deliverer: Deliverer, room: int
) -> tuple[Lease, list[Claimed]]:
    """What was decided or withdrawn until this moment is taken into account first."""
    now_us = deliverer.now()
    while True:
        with store.transaction(BEGIN_WRITING) as connection:
            if enqueue(connection, outlet.name, now_us):
                continue
            until_us = now_us + round((outlet.sink.patience_s + MARGIN_S) * SECOND)
            lease = Lease(outlet.name, deliverer.name, now_us, until_us)
            return lease, claim(connection, lease, room)
