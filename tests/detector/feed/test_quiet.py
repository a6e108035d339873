"""Nobody is told in the middle of the night because a receiver was down all day."""

import pytest

from detector.feed.publish import Deliverer, Outlet, deliver
from detector.feed.quiet import openings_of
from detector.policy.opening_hours import CalendarSettings
from detector.policy.read import DEFAULT, read_policy
from tests.detector.cases.builders import open_cases
from tests.detector.feed.decided import Receiver, decide, withdraw
from tests.empty_stores import open_empty

POLICY = read_policy(DEFAULT.read_text(encoding="utf-8"), source="default.toml").model_copy(
    update={
        "calendar": CalendarSettings(
            quiet_hours="20:00-09:00", time_zones={"ES": "Europe/Madrid", "US": "America/New_York"}
        )
    }
)
HOUR = 3_600


@pytest.fixture
def home(tmp_path):
    """A store that knows where each account lives."""
    with open_empty(tmp_path / "cases.db") as store:
        open_cases(store, "ada", country="ES")
        open_cases(store, "bob", country="US")
        yield store


def send(store, receiver, time, policy=POLICY):
    """At midnight UTC, unless the clock was turned."""
    deliverer = Deliverer("d", time, openings=openings_of(policy))
    return deliver(store, [Outlet("tool", receiver)], deliverer)[0]


def test_waits_for_the_morning_of_its_own_country(home, time):
    ada, bob = decide(home, "ada"), decide(home, "bob")
    receiver = Receiver()
    time.turn(7 * HOUR)
    send(home, receiver, time)
    assert receiver.ids == [ada]
    time.turn(6 * HOUR)
    send(home, receiver, time)
    assert receiver.ids == [ada, bob]


def test_is_no_longer_left_than_it_must_be(home, time):
    decide(home, "ada")
    assert send(home, Receiver(), time).backlog.later == 1


def test_withdrawals_are_not_put_off(home, time):
    receiver = Receiver()
    ada = decide(home, "ada")
    time.turn(10 * HOUR)
    send(home, receiver, time)
    time.turn(14 * HOUR)
    back = withdraw(home, ada)
    send(home, receiver, time)
    assert receiver.ids == [ada, back]


def test_the_kill_switch_stops_what_lies_in_the_outbox(home, time):
    receiver = Receiver()
    time.turn(10 * HOUR)
    decide(home, "ada")
    send(home, receiver, time, POLICY.model_copy(update={"kill_switch": True}))
    assert receiver.ids == []
    time.turn(HOUR)
    send(home, receiver, time)
    assert len(receiver.ids) == 1


def test_an_account_without_a_case_is_of_no_known_country(home, time):
    decide(home, "nobody")
    receiver = Receiver()
    send(home, receiver, time)
    assert receiver.ids == []
