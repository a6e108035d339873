"""Delivery: nothing lost, nothing twice, in order, and nothing that was withdrawn in time."""

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.cases.store import BEGIN_WRITING, CaseStore
from detector.feed.claims import STUBBORN
from detector.feed.marks import Retries
from detector.feed.messages import Message
from detector.feed.outbox import retry
from detector.feed.publish import HOPELESS, Deliverer, Outlet, deliver
from detector.feed.sinks.sink import Reply
from tests.detector.feed.decided import (
    DAY,
    START_US,
    Receiver,
    Time,
    decide,
    in_force,
    is_down,
    kill,
    messages,
    new_store,
    send,
    send_until_done,
    states,
    takes_all,
    withdraw,
)

pytestmark = pytest.mark.slow

PAUSE = "pause_external_devices"


def fails(*ids, reply=None):
    reply = reply or Reply.again("is unhappy")
    return lambda message, _times: reply if message.decision_id in ids else Reply.sent()


class TestDeliver:
    def test_sends_each_decision_once(self, store, time):
        ids = [decide(store, account) for account in ("ada", "ben", "cleo")]
        receiver = Receiver()
        done = send(store, receiver, time)
        assert (receiver.ids, done.sent, done.backlog.left) == (ids, 3, 0)
        assert send(store, receiver, time).did_nothing

    def test_waits_until_it_may(self, store, time):
        later = decide(store, "ada", not_before_us=START_US + DAY)
        receiver = Receiver()
        done = send(store, receiver, time)
        assert (done.did_nothing, done.backlog.later, done.backlog.left) == (True, 1, 0)
        time.turn(86_400)
        send(store, receiver, time)
        assert receiver.ids == [later]

    def test_what_is_not_due_yet_holds_back_nobody(self, store, time):
        later = decide(store, "ada", PAUSE, not_before_us=START_US + DAY)
        now = decide(store, "ada")
        receiver = Receiver()
        send(store, receiver, time)
        assert receiver.ids == [now]
        time.turn(86_400)
        send(store, receiver, time)
        assert receiver.ids == [now, later]

    def test_keeps_to_its_limit(self, store, time):
        for number in range(7):
            decide(store, f"a{number}")
        receiver = Receiver(batch=2)
        done = send(store, receiver, time, limit=5)
        assert (done.sent, done.backlog.due, done.backlog.left) == (5, 2, 2)

    def test_sinks_do_not_wait_for_each_other(self, store, time):
        decide(store, "ada")
        broken, fine = Receiver(says=is_down), Receiver()
        outlets = [Outlet("broken", broken), Outlet("fine", fine)]
        first, second = deliver(store, outlets, Deliverer("one", time))
        assert (first.backlog.failing, second.sent) == (1, 1)

    def test_leaves_a_receiver_alone_that_is_down(self, store, time):
        for number in range(3 * HOPELESS):
            decide(store, f"a{number}")
        receiver = Receiver(says=is_down, batch=HOPELESS)
        assert send(store, receiver, time).failed == HOPELESS

    def test_one_that_nobody_wants_holds_back_nobody(self, store, time):
        ids = [decide(store, f"a{number}") for number in range(200)]
        receiver = Receiver(says=fails(ids[7]), batch=1)
        done = send(store, receiver, time)
        assert (done.sent, done.failed, done.backlog.failing) == (199, 1, 1)

    def test_a_new_sink_begins_with_the_first_decision(self, store, time):
        first = decide(store, "ada")
        send(store, Receiver(), time)
        second = decide(store, "ada", PAUSE)
        other = Receiver()
        deliver(store, [Outlet("other", other)], Deliverer("one", time))
        assert other.ids == [first, second]


class TestOrder:
    @pytest.fixture
    def store(self, either_store):
        return either_store

    def test_of_an_account_is_kept(self, store, time):
        ids = [decide(store, "ada", treatment) for treatment in ("notify", "verify_device", PAUSE)]
        receiver = Receiver(says=lambda m, n: Reply.again("busy") if n < 3 else Reply.sent())
        send_until_done(store, receiver, time)
        assert receiver.ids == ids
        assert [message.decision_id for message in receiver.came] == sorted(
            ids * 3, key=ids.index
        ), "nothing of an account is tried while an earlier one fails"

    def test_no_pause_is_sent_whose_notice_was_refused(self, store, time):
        notice = decide(store, "ada")
        pause = decide(store, "ada", PAUSE)
        receiver = Receiver(says=fails(notice, reply=Reply.never("bad request")))
        done = send(store, receiver, time)
        assert (receiver.took, done.dead, done.backlog.dead, done.backlog.held) == ([], 1, 1, 1)
        receiver.says = takes_all
        assert send(store, receiver, time).did_nothing
        with store.transaction(BEGIN_WRITING) as connection:
            assert retry(connection, time()) == 1
        send(store, receiver, time)
        assert receiver.ids == [notice, pause]

    @pytest.mark.parametrize("way", ["dead", "stubborn"])
    def test_a_withdrawal_goes_past_what_does_not_get_through(self, store, time, way):
        pause = decide(store, "ada", PAUSE, device_id="tv-1")
        receiver = Receiver()
        send(store, receiver, time)
        other = decide(store, "ada", "offer_extra_member")
        third = decide(store, "ada", PAUSE, device_id="tv-2")
        reply = Reply.never("no") if way == "dead" else Reply.again("no")
        receiver.says = fails(other, reply=reply)
        for _ in range(1 if way == "dead" else STUBBORN):
            send(store, receiver, time)
            time.turn(86_400)
        back = withdraw(store, pause)
        if way == "stubborn":
            time.turn(-86_400)
        send(store, receiver, time)
        assert receiver.ids == [pause, back]
        assert states(store)[third] == "due"

    def test_a_withdrawal_waits_for_what_fails_for_a_while(self, store, time):
        pause = decide(store, "ada", PAUSE, device_id="tv-1")
        receiver = Receiver()
        send(store, receiver, time)
        offer = decide(store, "ada", "offer_extra_member")
        receiver.says = fails(offer)
        send(store, receiver, time)
        back = withdraw(store, pause)
        send(store, receiver, time)
        assert receiver.ids == [pause]
        receiver.says = takes_all
        send_until_done(store, receiver, time)
        assert receiver.ids == [pause, offer, back]


class TestWithdrawn:
    @pytest.fixture
    def store(self, either_store):
        return either_store

    def test_before_the_sink_knew_of_it_nothing_is_sent(self, store, time):
        pause = decide(store, "ada", PAUSE, device_id="tv-1")
        back = withdraw(store, pause)
        receiver = Receiver()
        assert send(store, receiver, time).did_nothing
        assert states(store) == {pause: "collapsed", back: "collapsed"}

    def test_before_it_was_due_nothing_is_sent(self, store, time):
        pause = decide(store, "ada", PAUSE, not_before_us=START_US + 14 * DAY)
        receiver = Receiver()
        send(store, receiver, time)
        back = withdraw(store, pause)
        send(store, receiver, time)
        time.turn(20 * 86_400)
        send(store, receiver, time)
        assert receiver.came == []
        assert states(store) == {pause: "collapsed", back: "collapsed"}

    def test_after_it_was_taken_the_withdrawal_follows(self, store, time):
        pause = decide(store, "ada", PAUSE, device_id="tv-1")
        receiver = Receiver()
        send(store, receiver, time)
        back = withdraw(store, pause)
        send(store, receiver, time)
        assert receiver.ids == [pause, back]

    def test_receiver_down_then_exempted_is_never_treated(self, store, time):
        pause = decide(store, "ada", PAUSE, device_id="tv-1")
        receiver = Receiver(says=is_down)
        for _ in range(3):
            send(store, receiver, time)
            time.turn(3600)
        back = withdraw(store, pause)
        receiver.says = takes_all
        send_until_done(store, receiver, time)
        assert receiver.ids == [back]
        assert states(store) == {pause: "collapsed", back: "sent"}

    def test_does_not_wait_for_the_next_try_of_what_it_withdraws(self, store, time):
        pause = decide(store, "ada", PAUSE, device_id="tv-1")
        receiver = Receiver(says=fails(pause))
        for _ in range(6):
            send(store, receiver, time)
            time.turn(3600)
        send(store, receiver, time)
        back = withdraw(store, pause)
        send(store, receiver, time)
        assert receiver.ids == [back]

    def test_on_its_way_the_withdrawal_comes_after_it(self, store, time):
        pause = decide(store, "ada", PAUSE, device_id="tv-1")

        def withdrawn_meanwhile(message, times):
            if message.decision_id == pause and times == 1:
                withdraw(store, pause)
            return Reply.sent()

        receiver = Receiver(says=withdrawn_meanwhile)
        send_until_done(store, receiver, time)
        assert [message.type.split(".")[2] for message in receiver.took] == ["decided", "withdrawn"]

    def test_on_its_way_and_not_taken_is_not_tried_again(self, store, time):
        pause = decide(store, "ada", PAUSE, device_id="tv-1")

        def withdrawn_meanwhile(message, _times):
            if message.decision_id == pause:
                withdraw(store, pause)
                return Reply.again("cut off")
            return Reply.sent()

        receiver = Receiver(says=withdrawn_meanwhile)
        send(store, receiver, time)
        assert [message.decision_id for message in receiver.came].count(pause) == 1
        assert len(receiver.took) == 1, "its withdrawal does not wait for the next try"
        assert states(store)[pause] == "collapsed"

    def test_seen_by_another_deliverer_meanwhile_does_not_wait_either(self, store, time):
        pause = decide(store, "ada", PAUSE, device_id="tv-1")

        def withdrawn_meanwhile(message, _times):
            if message.decision_id == pause:
                withdraw(store, pause)
                assert send(store, Receiver(), time, name="two").did_nothing
                return Reply.again("cut off")
            return Reply.sent()

        receiver = Receiver(says=withdrawn_meanwhile)
        send(store, receiver, time)
        assert [message.withdraws for message in receiver.took] == [pause]
        assert states(store)[pause] == "collapsed"

    def test_of_a_dead_one_is_sent_and_frees_the_account(self, store, time):
        pause = decide(store, "ada", PAUSE, device_id="tv-1")
        offer = decide(store, "ada", "offer_extra_member")
        receiver = Receiver(says=fails(pause, reply=Reply.never("410")))
        send(store, receiver, time)
        back = withdraw(store, pause)
        send_until_done(store, receiver, time)
        assert set(receiver.ids) == {back, offer}
        assert states(store)[pause] == "collapsed"

    def test_while_a_killed_deliverer_holds_it_comes_after_its_lease(self, store, time):
        pause = decide(store, "ada", PAUSE, device_id="tv-1")
        receiver = Receiver()
        kill(store, receiver, time, at=1)
        back = withdraw(store, pause)
        assert send(store, receiver, time, name="two").backlog.in_flight == 1
        time.turn(receiver.patience_s + 61)
        send_until_done(store, receiver, time)
        assert receiver.ids == [back]


class TestDownForDays:
    def test_catches_up_in_order_and_treats_nobody_who_was_exempted(self, store, time):
        receiver, first = Receiver(batch=7), [decide(store, f"a{n}") for n in range(20)]
        send(store, receiver, time)
        receiver.says = is_down
        for hour in range(72):
            if hour < 20:
                decide(store, f"a{hour}", PAUSE, device_id="tv-1")
            if 30 <= hour < 40:
                for message in messages(store):
                    if message.account_id == f"a{hour - 30}" and not message.withdraws:
                        withdraw(store, message.decision_id)
            send(store, receiver, time)
            time.turn(3600)
        assert set(receiver.ids) == set(first)
        receiver.says, receiver.took = takes_all, []
        send_until_done(store, receiver, time)
        exempted = {f"a{n}" for n in range(10)}
        treated = {message.account_id for message in receiver.took if not message.withdraws}
        assert treated == {f"a{n}" for n in range(10, 20)}
        assert {m.account_id for m in receiver.took if m.withdraws} == exempted
        assert set(states(store).values()) == {"sent", "collapsed"}


class TestKilled:
    @pytest.fixture
    def store(self, either_store):
        return either_store

    @pytest.mark.parametrize("at", range(1, 13, 2))
    def test_anywhere_loses_nothing_and_applies_nothing_twice(self, store, time, at):
        ids = [decide(store, f"a{number % 4}") for number in range(12)]
        receiver = Receiver(batch=3)
        kill(store, receiver, time, at)
        assert send(store, receiver, time, name="two").backlog.in_flight <= 3
        time.turn(receiver.patience_s + 61)
        send_until_done(store, receiver, time)
        assert in_force(receiver.took) == set(ids)
        by_account = defaultdict(list)
        for message in receiver.took:
            if message.decision_id not in by_account[message.account_id]:
                by_account[message.account_id].append(message.decision_id)
        assert all(of == sorted(of, key=ids.index) for of in by_account.values())

    def test_is_taken_over_at_once_by_who_knows_that_it_is_gone(self, store, time):
        pause = decide(store, "ada", PAUSE, device_id="tv-1")
        receiver = Receiver()
        kill(store, receiver, time, at=1)
        outlets = [Outlet("tool", receiver)]
        [done] = deliver(store, outlets, Deliverer("two", time, is_gone=lambda name: name != "one"))
        assert done.backlog.in_flight == 1
        [done] = deliver(store, outlets, Deliverer("two", time, is_gone=lambda name: name == "one"))
        assert (done.sent, done.backlog.left, receiver.ids) == (1, 0, [pause])

    def test_is_sent_again_with_the_same_bytes(self, store, time):
        decide(store, "ada")
        receiver = Receiver()
        kill(store, receiver, time, at=1)
        time.turn(1000)
        send(store, receiver, time)
        first, second = receiver.came
        assert first == second


class TestDead:
    def test_comes_after_so_many_attempts_and_is_seen(self, store, time):
        decide(store, "ada")
        receiver = Receiver(says=is_down)
        outlet = Outlet("tool", receiver, Retries(attempts=5))
        for _ in range(5):
            [done] = deliver(store, [outlet], Deliverer("one", time))
            time.turn(86_400)
        assert (done.backlog.dead, done.backlog.left, len(receiver.came)) == (1, 0, 5)

    def test_has_as_many_attempts_again_when_retried(self, store, time):
        decide(store, "ada")
        receiver = Receiver(says=is_down)
        outlet = Outlet("tool", receiver, Retries(attempts=3))
        for _ in range(9):
            [done] = deliver(store, [outlet], Deliverer("one", time))
            time.turn(86_400)
            if done.backlog.dead:
                with store.transaction(BEGIN_WRITING) as connection:
                    retry(connection, time())
        assert len(receiver.came) == 9


MOODS = (
    takes_all,
    is_down,
    lambda m, n: Reply.again("busy") if (m.sequence + n) % 2 else Reply.sent(),
    lambda m, n: Reply.never("no") if (m.sequence + n) % 3 == 0 else Reply.sent(),
)


@dataclass
class Story:
    """A store, a receiver of changing moods, and what may happen to them."""

    store: CaseStore = field(default_factory=new_store)
    time: Time = field(default_factory=Time)
    receiver: Receiver = field(default_factory=lambda: Receiver(batch=2))

    def decide(self, which: int, number: int) -> None:
        decide(self.store, f"a{which}", PAUSE, device_id=f"tv-{number}")

    def decide_for_later(self, which: int, _number: int) -> None:
        decide(self.store, f"a{which}", not_before_us=self.time.us + DAY)

    def withdraw(self, _which: int, number: int) -> None:
        if standing := sorted(in_force(messages(self.store))):
            withdraw(self.store, standing[number % len(standing)])

    def send(self, _which: int, _number: int) -> None:
        send(self.store, self.receiver, self.time)

    def kill(self, _which: int, number: int) -> None:
        kill(self.store, self.receiver, self.time, at=1 + number)

    def retry(self, _which: int, _number: int) -> None:
        with self.store.transaction(BEGIN_WRITING) as connection:
            retry(connection, self.time())

    def wait(self, which: int, _number: int) -> None:
        self.time.turn(60 * 10**which)

    def end_well(self) -> None:
        self.receiver.says = takes_all
        for _ in range(4):
            send_until_done(self.store, self.receiver, self.time)
            self.retry(0, 0)
            self.time.turn(2 * 86_400)


HAPPENS = (
    *(Story.decide, Story.decide_for_later, Story.withdraw, Story.send),
    *(Story.kill, Story.retry, Story.wait),
)


class TestWhateverHappens:
    @given(
        st.lists(
            st.tuples(st.sampled_from(HAPPENS), st.integers(0, 2), st.integers(0, 5)), max_size=20
        )
    )
    def test_receiver_ends_with_what_is_in_force(self, happens):
        """Decisions, withdrawals, kills, refusals and waiting in any order."""
        story = Story()
        for happen, which, number in happens:
            story.receiver.says = MOODS[number % len(MOODS)]
            happen(story, which, number)
        story.end_well()
        decided, took = messages(story.store), story.receiver.took
        force = in_force(decided)
        assert force <= {message.decision_id for message in took}, "lost"
        assert in_force(took) == force, "treated though withdrawn"
        assert set(states(story.store).values()) <= {"sent", "collapsed"}
        assert in_order(took), "a treatment came before an earlier one"
        story.store.close()


def in_order(took: list[Message]) -> bool:
    """By when they were due and their number, which is how they are to be sent."""
    first = {m.decision_id: m for m in reversed(took) if m.withdraws is None}
    by_account = defaultdict(list)
    for message in took:
        if first.get(message.decision_id) is message:
            by_account[message.account_id].append(message)
    return all(
        earlier.sequence < later.sequence or later.not_before_us > earlier.not_before_us
        for of_account in by_account.values()
        for earlier, later in pairwise(of_account)
    )
