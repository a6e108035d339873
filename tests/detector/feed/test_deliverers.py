"""Several deliverers at once: each message is in one hand at a time, in either database."""

import threading
from collections import Counter, defaultdict
from contextlib import closing

import pytest

from detector.cases.open import open_store
from detector.feed.publish import Deliverer, Outlet, deliver
from detector.feed.sinks.sink import Reply
from tests.detector.feed.decided import Receiver, Time, decide, in_force, messages, withdraw

DELIVERERS = 3


class Watched(Receiver):
    """A receiver of several deliverers that sees what is on its way at once."""

    def __init__(self) -> None:
        super().__init__(says=self.refuse_some, batch=7, patience_s=86_400)
        self.lock = threading.Lock()
        self.on_its_way: Counter[str] = Counter()
        self.at_once = 0

    def refuse_some(self, message, times):
        return Reply.again("busy") if (message.sequence + times) % 4 == 0 else Reply.sent()

    def send(self, messages, now):
        accounts = [message.account_id for message in messages]
        with self.lock:
            self.on_its_way.update(accounts)
            self.at_once = max(self.at_once, *self.on_its_way.values())
        threading.Event().wait(0.002)
        with self.lock:
            self.on_its_way.subtract(accounts)
            return super().send(messages, now)


@pytest.fixture
def filled(store_url):
    """Decisions and some withdrawals of a few accounts."""
    with open_store(store_url) as store:
        for number in range(60):
            one = decide(store, f"a{number % 20}", "notify", device_id=f"tv-{number}")
            if number % 5 == 0:
                withdraw(store, one)
    return store_url


def deliver_in_turn(url: str, receiver: Receiver, time: Time, name: str, failed: list) -> None:
    try:
        with closing(open_store(url)) as store:
            for _ in range(12):
                deliver(store, [Outlet("tool", receiver)], Deliverer(name, time))
                time.turn(30)
    except BaseException as error:
        failed.append(error)
        raise


@pytest.mark.slow
def test_do_not_double_and_keep_the_order(filled):
    receiver, time, failed = Watched(), Time(), []
    threads = [
        threading.Thread(target=deliver_in_turn, args=(filled, receiver, time, f"d{n}", failed))
        for n in range(DELIVERERS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert receiver.at_once == 1, "two messages of one account were on their way"
    assert max(Counter(receiver.ids).values()) == 1, "acknowledged, and sent again"
    with open_store(filled) as store:
        decided = messages(store)
    assert in_force(receiver.took) == in_force(decided)
    of_account = defaultdict(list)
    for message in receiver.took:
        of_account[message.account_id].append(message.sequence)
    assert all(numbers == sorted(numbers) for numbers in of_account.values())
