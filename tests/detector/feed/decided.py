"""Decisions in a store of their own, a receiver that does as it is told, and a clock to turn."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import create_engine, func, insert, select, update
from sqlalchemy.pool import StaticPool

from detector.cases.rows import DECISIONS, DELIVERIES, METADATA
from detector.cases.store import BEGIN_READING, BEGIN_WRITING, CaseStore
from detector.feed.messages import Message, Now, read_message, select_messages
from detector.feed.publish import Deliverer, Delivery, Outlet, deliver
from detector.feed.sinks.sink import Reply

START_US = 1_777_593_600_000_000
"""2026-05-01, midnight."""
SECOND, MINUTE, DAY = 1_000_000, 60_000_000, 86_400_000_000


@dataclass
class Time:
    """A clock that stands still until it is turned."""

    us: int = START_US

    def __call__(self) -> int:
        return self.us

    def turn(self, seconds: float) -> None:
        self.us += round(seconds * SECOND)


def new_store() -> CaseStore:
    """In memory, for one thread."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    METADATA.create_all(engine)
    return CaseStore(engine)


def decide(store: CaseStore, account: str, treatment: str = "notify", **more: object) -> str:
    """One more decision; its number is the next one."""
    with store.transaction(BEGIN_WRITING) as connection:
        seq = connection.execute(select(func.coalesce(func.max(DECISIONS.c.seq), 0))).scalar_one()
        row = decision_row(seq + 1, account, treatment, **more)
        connection.execute(insert(DECISIONS), row)
        if withdraws := row["withdraws"]:
            taken_back = update(DECISIONS).where(DECISIONS.c.decision_id == withdraws)
            connection.execute(taken_back.values(withdrawn_by=row["decision_id"]))
    return row["decision_id"]


def decision_row(seq: int, account: str, treatment: str = "notify", **more: object) -> dict:
    row = {
        "decision_id": hashlib.sha256(f"decision {seq}".encode()).hexdigest()[:32],
        "seq": seq,
        "account_id": account,
        "household_id": "h-1" if more.get("device_id") else None,
        "device_id": None,
        "treatment": treatment,
        "wave": "standing",
        "episode": 0,
        "rule": "first notice",
        "reason": "Used in two homes at once.",
        "as_of": date(2026, 5, 1),
        "not_before_us": START_US,
        "run": "c0ffee",
        "withdraws": None,
        "withdrawn_by": None,
    }
    return row | more


def withdraw(store: CaseStore, decision_id: str, **more: object) -> str:
    with store.transaction(BEGIN_READING) as connection:
        told = connection.execute(
            select(DECISIONS).where(DECISIONS.c.decision_id == decision_id)
        ).one()
    return decide(
        store,
        told.account_id,
        told.treatment,
        device_id=told.device_id,
        household_id=told.household_id,
        withdraws=decision_id,
        **more,
    )


def messages(store: CaseStore) -> list[Message]:
    with store.transaction(BEGIN_READING) as connection:
        rows = connection.execute(select_messages().order_by(DECISIONS.c.seq)).all()
    return [read_message(row) for row in rows]


def states(store: CaseStore, sink: str = "tool") -> dict[str, str]:
    """Where each decision stands, by its id."""
    row = DELIVERIES.c
    with store.transaction(BEGIN_READING) as connection:
        asked = select(row.decision_id, row.state).where(row.sink == sink)
        return {name: state for name, state in connection.execute(asked)}


Says = Callable[[Message, int], Reply]
"""What a receiver says of a message that comes for the n-th time."""


def takes_all(_message: Message, _time: int) -> Reply:
    return Reply.sent()


def is_down(_message: Message, _time: int) -> Reply:
    return Reply.again("is down")


@dataclass
class Receiver:
    """Takes messages as it is told to, and remembers in which order they came.

    `says` may be changed at any time.
    """

    says: Says = takes_all
    batch: int = 100
    patience_s: float = 30
    came: list[Message] = field(default_factory=list)
    took: list[Message] = field(default_factory=list)
    times: Counter[str] = field(default_factory=Counter)

    def send(self, messages: Sequence[Message], now: Now) -> list[Reply]:
        return [self._take(message) for message in messages]

    def close(self) -> None:
        pass

    def _take(self, message: Message) -> Reply:
        self.came.append(message)
        self.times[message.decision_id] += 1
        reply = self.says(message, self.times[message.decision_id])
        if reply.fate == "sent":
            self.took.append(message)
        return reply

    @property
    def ids(self) -> list[str]:
        return [message.decision_id for message in self.took]


def in_force(taken: Iterable[Message]) -> set[str]:
    """What a receiver does that keeps to the rules: by id, whatever order they came in."""
    known = {message.decision_id: message for message in taken}
    taken_back = {message.withdraws for message in known.values()}
    return {i for i, message in known.items() if not message.withdraws} - taken_back


def send(
    store: CaseStore, receiver: Receiver, time: Time, *, name: str = "one", limit: int | None = None
) -> Delivery:
    [done] = deliver(store, [Outlet("tool", receiver)], Deliverer(name, time, limit))
    return done


def send_until_done(store: CaseStore, receiver: Receiver, time: Time, *, days: float = 5) -> None:
    """Deliver again and again, as a cron job does, while there is something left."""
    end, wait = time.us + round(days * DAY), 60
    while time.us < end and send(store, receiver, time).backlog.left:
        time.turn(wait)
        wait = min(2 * wait, 6 * 3600)


def kill(store: CaseStore, receiver: Receiver, time: Time, at: int) -> None:
    """Deliver and be killed when the n-th message has arrived, before anything is written."""

    class Killed(BaseException):
        pass

    says, count = receiver.says, 0

    def dies(message: Message, times: int) -> Reply:
        nonlocal count
        count += 1
        if count == at:
            raise Killed
        return says(message, times)

    receiver.says = dies
    with suppress(Killed):
        send(store, receiver, time)
    receiver.says = says
