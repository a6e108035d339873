"""How long a receiver is left alone, and what stays known of a failure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.cases.rows import DELIVERIES
from detector.cases.store import BEGIN_READING
from detector.feed.claims import Claimed
from detector.feed.marks import LONGEST_WAIT_S, SECOND, Retries
from detector.feed.sinks.contract import EXAMPLES
from detector.feed.sinks.sink import Reply
from tests.detector.feed.decided import Receiver, decide, send

FAILED = Reply.again("busy")


def waits(attempt: int, reply: Reply = FAILED, *, message=EXAMPLES[0]) -> float:
    return Retries().wait_us("tool", Claimed(message, attempt), reply) / SECOND


class TestWait:
    @given(st.integers(1, 10_000))
    def test_doubles_up_to_a_bound_and_is_spread_below(self, attempt):
        whole = min(10 * 2 ** min(attempt - 1, 40), 6 * 3600)
        assert whole / 2 <= waits(attempt) <= whole

    @given(st.integers(1, 30), st.floats(0, 1e9))
    def test_is_as_long_as_the_receiver_asks_but_not_for_ever(self, attempt, asked):
        waited = waits(attempt, Reply.again("busy", asked))
        assert waited >= min(asked, LONGEST_WAIT_S) - 1e-6
        assert waited <= max(LONGEST_WAIT_S, 6 * 3600)

    def test_is_the_same_each_time_and_another_for_each_message(self):
        assert waits(3) == waits(3)
        assert len({waits(3, message=message) for message in EXAMPLES}) == len(EXAMPLES)

    def test_gives_up_after_three_days_and_no_sooner(self):
        shortest = sum(waits(attempt) for attempt in range(1, Retries().attempts)) / 86_400
        longest = sum(min(10 * 2 ** (n - 1), 21_600) for n in range(1, 24)) / 86_400
        assert 2 < shortest < longest
        assert 3 < longest < 4


class TestMark:
    @pytest.mark.parametrize("why", ["no connection", "x" * 5000])
    def test_keeps_the_last_error_short(self, store, time, why):
        decide(store, "ada")
        send(store, Receiver(says=lambda _message, _times: Reply.again(why)), time)
        with store.transaction(BEGIN_READING) as connection:
            [row] = connection.execute(DELIVERIES.select()).all()
        assert row.error == why[:300]
        assert (row.claimed_by, row.claimed_until_us, row.attempts) == (None, None, 1)

    def test_forgets_the_error_when_sent(self, store, time):
        decide(store, "ada")
        busy = Receiver(says=lambda _message, times: FAILED if times == 1 else Reply.sent())
        send(store, busy, time)
        time.turn(60)
        send(store, busy, time)
        with store.transaction(BEGIN_READING) as connection:
            [row] = connection.execute(DELIVERIES.select()).all()
        assert (row.state, row.error, row.sent_us, row.attempts) == ("sent", None, time.us, 2)
