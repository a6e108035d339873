"""Webhooks: signed as the specification says, and delivered through every kind of failure."""

import json
import zlib
from datetime import UTC, datetime

import pytest
from jsonschema import Draft202012Validator
from standardwebhooks import Webhook, WebhookVerificationError

from detector.cases.store import BEGIN_WRITING
from detector.errors import SettingsError
from detector.feed.contracts import read_schema
from detector.feed.marks import Retries
from detector.feed.messages import Message
from detector.feed.outbox import retry
from detector.feed.publish import Deliverer, Outlet, deliver
from detector.feed.sinks.contract import check_sink
from detector.feed.sinks.secrets import Secret
from detector.feed.sinks.sink import Fate
from detector.feed.sinks.webhook import Signer, WebhookSettings, connect_sink, open_sink
from tests.detector.feed.decided import SECOND, Time, decide, in_force, messages, withdraw
from tests.detector.feed.sinks.flaky import receiving

pytestmark = pytest.mark.slow

KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER_KEY = "whsec_" + "QUJD" * 10


@pytest.fixture
def hook(monkeypatch):
    """Makes sinks that send to a receiver on this machine."""
    monkeypatch.setenv("HOOK_KEY", KEY)
    made = []

    def make(receiver, **more):
        settings = {"key_env": "HOOK_KEY", "hosts": ["127.0.0.1"], "allow_loopback": True}
        sink = open_sink("tool", {"url": receiver.url, **settings, **more}, "/test")
        made.append(sink)
        return sink

    yield make
    for sink in made:
        sink.close()


class TestSigner:
    def test_signs_as_the_specification_does(self):
        """The vector of the specification's own libraries."""
        signed = Signer([Secret(KEY)]).sign(
            "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
        )
        assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

    def test_signs_with_both_keys_while_they_change(self):
        body, at = b'{"a":1}', int(datetime.now(UTC).timestamp())
        headers = Signer([Secret(KEY), Secret(OTHER_KEY)]).headers("5f2a", at, body)
        for key in (KEY, OTHER_KEY):
            assert Webhook(key).verify(body, headers) == {"a": 1}
        with pytest.raises(WebhookVerificationError):
            Webhook("whsec_" + "WFla" * 10).verify(body, headers)


class TestWebhookSink:
    def test_keeps_the_contract(self, hook):
        with receiving() as receiver:
            check_sink(hook(receiver))

    def test_sends_what_the_schemas_say(self, hook, store, time):
        withdraw_later = decide(store, "ada", "pause_external_devices", device_id="tv-1")
        with receiving() as receiver:
            sink = hook(receiver)
            outlets = [Outlet("tool", sink)]
            deliver(store, outlets, Deliverer("one", time))
            withdraw(store, withdraw_later)
            deliver(store, outlets, Deliverer("one", time))
        assert len(receiver.took) == 2
        for request, told in zip(receiver.took, receiver.taken, strict=True):
            Draft202012Validator(read_schema(told["type"])).validate(told)
            assert request.headers["content-type"] == "application/cloudevents+json"
            assert request.id == told["id"]
            assert request.headers["webhook-timestamp"] == str(time() // SECOND)
            signed = Webhook(KEY).sign(
                told["id"], datetime.fromtimestamp(time() / SECOND, UTC), request.body.decode()
            )
            assert request.headers["webhook-signature"] == signed

    def test_has_so_many_in_flight_and_no_more(self, hook, store, time):
        for number in range(60):
            decide(store, f"a{number}")
        with receiving(lambda _request, _times: "late") as receiver:
            hook(receiver, in_flight=8).send(messages(store), time)
        assert len(receiver.took) == 60
        assert 1 < receiver.most_open <= 8

    @pytest.mark.parametrize(
        ("mood", "fate"),
        [
            ("200", Fate.SENT),
            ("202", Fate.SENT),
            ("endless", Fate.SENT),
            ("302 Location: /elsewhere", Fate.AGAIN),
            ("307 Location: http://127.0.0.1:1/", Fate.AGAIN),
            ("400", Fate.AGAIN),
            ("401", Fate.AGAIN),
            ("410", Fate.NEVER),
            ("429", Fate.AGAIN),
            ("500", Fate.AGAIN),
            ("reset", Fate.AGAIN),
            ("silent", Fate.AGAIN),
            ("slow", Fate.AGAIN),
            ("cut", Fate.AGAIN),
        ],
    )
    def test_judges_each_answer(self, hook, store, time, mood, fate):
        decide(store, "ada")
        with receiving(lambda _request, _times: mood) as receiver:
            [reply] = hook(receiver, timeout_s=0.4).send(messages(store), time)
        assert reply.fate == fate
        assert {request.path for request in receiver.came} == {"/hook"}
        assert "127.0.0.1" not in reply.why

    @pytest.mark.parametrize(
        ("asked", "seconds"),
        [("120", 120), ("Fri, 01 May 2026 00:02:00 GMT", 120), ("soon", 0), ("-5", 0)],
    )
    def test_hears_when_to_come_back(self, hook, store, time, asked, seconds):
        decide(store, "ada")
        with receiving(lambda _request, _times: f"429 Retry-After: {asked}") as receiver:
            [reply] = hook(receiver).send(messages(store), time)
        assert reply.after_s == seconds

    def test_sends_nothing_that_is_too_long(self, hook, store, time):
        decide(store, "ada", reason="x" * 2000)
        with receiving() as receiver:
            [reply] = hook(receiver, most_bytes=1024).send(messages(store), time)
        assert (reply.fate, receiver.came) == (Fate.NEVER, [])

    def test_nobody_is_there(self, hook, store, time):
        decide(store, "ada")
        with receiving() as receiver:
            sink = hook(receiver)
        [reply] = sink.send(messages(store), time)
        assert reply.fate == Fate.AGAIN


class TestKeys:
    @pytest.mark.parametrize("key", ["", "whsec_c2hvcnQ=", "whsec_!", "x" * 200])
    def test_that_are_none_are_refused_and_not_shown(self, key, tmp_path):
        (tmp_path / "key").write_text(key)
        settings = WebhookSettings(
            url="https://tool.example/", hosts=["tool.example"], key_file=str(tmp_path / "key")
        )
        with pytest.raises(SettingsError) as caught:
            connect_sink("tool", settings, "/test")
        assert not key or key not in str(caught.value)

    def test_one_is_needed(self):
        settings = WebhookSettings(url="https://tool.example/", hosts=["tool.example"])
        with pytest.raises(SettingsError, match="no key"):
            connect_sink("tool", settings, "/test")


FAULTS = (
    "silent",
    "500",
    "reset",
    "slow",
    "302 Location: /elsewhere",
    "410",
    "429 Retry-After: 7",
    "cut",
)
WORST = 3
"""A message is failed so often at most, so that the test ends."""


def unreliable(request, times: int) -> str:
    """Three in ten requests fail, each in its own way, whatever came before."""
    drawn = zlib.crc32(f"{request.id}{times}".encode())
    return FAULTS[drawn // 10 % len(FAULTS)] if drawn % 10 < 3 else "200"


@pytest.mark.slow
def test_through_a_receiver_that_fails_nothing_is_lost_doubled_or_out_of_order(hook, store, time):
    for number in range(240):
        device = f"tv-{number}"
        decided = decide(store, f"a{number % 40}", "pause_external_devices", device_id=device)
        if number % 3 == 0:
            withdraw(store, decided)
    seen: list[str] = []
    with receiving(unreliable) as receiver:
        outlet = Outlet("tool", hook(receiver, timeout_s=0.4), Retries(first_wait_s=1))
        for number in range(200):
            [done] = deliver(store, [outlet], Deliverer("one", time))
            if not (done.backlog.left or done.backlog.dead):
                break
            if number == 2:
                for message in messages(store)[1:200:7]:
                    if message.decision_id in in_force(messages(store)):
                        withdraw(store, message.decision_id)
            with store.transaction(BEGIN_WRITING) as connection:
                retry(connection, time())
            time.turn(60)
    seen = [request.id for request in receiver.took]
    decided = {message.decision_id: message for message in messages(store)}
    assert in_force(decided.values()) <= set(seen), "lost"
    assert in_force(decided[i] for i in seen) == in_force(decided.values()), "doubled or let stand"
    assert_in_order([decided[i] for i in dict.fromkeys(seen)])
    bodies = {(request.id, request.body) for request in receiver.came}
    assert len(bodies) == len({i for i, _ in bodies}), "one id, one content"
    assert {request.path for request in receiver.came} == {"/hook"}
    assert receiver.times.most_common(1)[0][1] > 1


def assert_in_order(taken: list[Message]) -> None:
    last: dict[str, int] = {}
    for message in taken:
        if message.withdraws is None:
            assert message.sequence > last.get(message.account_id, 0)
            last[message.account_id] = message.sequence


def test_received_bodies_are_json(hook, store, time):
    decide(store, 'a"\u2028\n')
    with receiving() as receiver:
        hook(receiver).send(messages(store), time)
    assert json.loads(receiver.took[0].body)["subject"] == 'a"\u2028\n'


def test_a_clock_of_its_own_is_not_read(hook, store):
    decide(store, "ada")
    with receiving() as receiver:
        hook(receiver).send(messages(store), Time(5 * SECOND))
    assert receiver.took[0].headers["webhook-timestamp"] == "5"
