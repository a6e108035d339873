"""What the outbox says of itself, and what trying again does."""

from detector.cases.store import BEGIN_READING, BEGIN_WRITING
from detector.feed.messages import instant
from detector.feed.outbox import Backlog, outbox_status, retry
from detector.feed.publish import Deliverer, Outlet, deliver
from detector.feed.sinks.sink import Reply
from tests.detector.feed.decided import (
    DAY,
    START_US,
    Receiver,
    decide,
    is_down,
    kill,
    send,
    states,
    withdraw,
)


def status(store, time, sink: str = "tool") -> Backlog:
    with store.transaction(BEGIN_READING) as connection:
        return outbox_status(connection, time())[sink]


def try_again(store, time, *ids, sink=None) -> int:
    with store.transaction(BEGIN_WRITING) as connection:
        return retry(connection, time(), ids, sink=sink)


class TestOutboxStatus:
    def test_counts_every_message_once(self, store, time):
        decide(store, "sent")
        failing, dead = decide(store, "failing"), decide(store, "dead")
        withdraw(store, decide(store, "withdrawn"))
        decide(store, "later", not_before_us=START_US + DAY)
        decide(store, "failing", "offer_extra_member")
        decide(store, "dead", "offer_extra_member")
        replies = {failing: Reply.again("busy"), dead: Reply.never("no")}
        receiver = Receiver(says=lambda m, _times: replies.get(m.decision_id, Reply.sent()))
        send(store, receiver, time)
        decide(store, "new")
        found = status(store, time)
        assert found == Backlog(
            failing=1,
            held=2,
            later=1,
            dead=1,
            sent=1,
            collapsed=2,
            not_entered=1,
            oldest_due=instant(START_US),
        )
        assert found.left == 4

    def test_withdrawals_are_not_held_by_what_was_given_up(self, store, time):
        pause = decide(store, "ada", "pause_external_devices", device_id="tv-1")
        send(store, Receiver(), time)
        decide(store, "ada")
        send(store, Receiver(says=lambda _m, _t: Reply.never("no")), time)
        withdraw(store, pause)
        receiver = Receiver(says=is_down)
        send(store, receiver, time, limit=1)
        assert [message.withdraws for message in receiver.came] == [pause]
        assert (status(store, time).held, status(store, time).failing) == (0, 1)

    def test_sees_what_a_killed_deliverer_holds(self, store, time):
        for account in ("ada", "ben", "cleo"):
            decide(store, account)
        kill(store, Receiver(batch=2), time, at=1)
        assert (status(store, time).in_flight, status(store, time).due) == (2, 1)
        time.turn(3600)
        assert (status(store, time).in_flight, status(store, time).failing) == (0, 2)

    def test_says_since_when_the_oldest_waits(self, store, time):
        decide(store, "ada", not_before_us=START_US - DAY)
        decide(store, "ben")
        send(store, Receiver(says=is_down), time)
        assert status(store, time).oldest_due == instant(START_US - DAY)

    def test_of_nothing_waits_for_nobody(self, store, time):
        decide(store, "ada")
        send(store, Receiver(), time)
        assert status(store, time) == Backlog(sent=1)


class TestRetry:
    def test_of_one_leaves_others_alone(self, store, time):
        one, other = decide(store, "ada"), decide(store, "ben")
        send(store, Receiver(says=lambda _m, _t: Reply.never("no")), time)
        assert try_again(store, time, one) == 1
        assert states(store) == {one: "due", other: "dead"}

    def test_of_a_sink_leaves_other_sinks_alone(self, store, time):
        decide(store, "ada")
        refuse = Receiver(says=lambda _m, _t: Reply.never("no"))
        outlets = [Outlet("tool", refuse), Outlet("other", refuse)]
        deliver(store, outlets, Deliverer("one", time))
        assert try_again(store, time, sink="other") == 1
        assert status(store, time).dead == 1
        assert status(store, time, "other").dead == 0

    def test_does_not_touch_what_is_sent_collapsed_or_in_flight(self, store, time):
        sent, gone = decide(store, "ada"), decide(store, "ben")
        withdraw(store, gone)
        held = decide(store, "cleo")
        receiver = Receiver()
        send(store, receiver, time, limit=1)
        kill(store, receiver, time, at=1)
        assert try_again(store, time, sent, gone, held) == 0

    def test_of_what_fails_does_not_wait(self, store, time):
        one = decide(store, "ada")
        receiver = Receiver(
            says=lambda _m, times: Reply.again("no", 3600) if times == 1 else Reply.sent()
        )
        send(store, receiver, time)
        assert send(store, receiver, time).did_nothing
        assert try_again(store, time, one) == 1
        assert send(store, receiver, time).sent == 1

    def test_of_what_nobody_knows_is_nothing(self, store, time):
        assert try_again(store, time, "0" * 32) == 0
        assert try_again(store, time) == 0
