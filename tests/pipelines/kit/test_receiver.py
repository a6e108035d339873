"""The example receiver: takes what is signed and fresh, once, in whatever order it comes."""

import asyncio
import json
import sqlite3
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook

from detector.feed.messages import write_body
from detector.feed.sinks.secrets import Secret
from detector.feed.sinks.webhook import Signer
from pipelines.kit.receiver import IN_FORCE, receiver
from tests.detector.feed.decided import decide, messages, new_store, withdraw

KEY, NEXT_KEY = "whsec_" + "QUJD" * 10, "whsec_" + "WFla" * 10
STRANGER = "whsec_" + "MTIz" * 10


def now() -> int:
    return int(datetime.now(UTC).timestamp())


def signed(body: bytes, key: str = KEY, *, at: int | None = None, name: str | None = None) -> dict:
    told = name or json.loads(body)["id"]
    return Signer([Secret(key)]).headers(told, now() if at is None else at, body)


@pytest.fixture
def bodies():
    """A pause, and its withdrawal."""
    store = new_store()
    withdraw(store, decide(store, "ada", "pause_external_devices", device_id="tv-1"))
    yield [write_body(message) for message in messages(store)]
    store.close()


@pytest.fixture
def tool(tmp_path):
    return Tool(str(tmp_path / "tool.db"))


class Tool:
    """A receiver that is called without a network."""

    def __init__(self, database: str, *keys: str) -> None:
        self.database = database
        self.app = receiver(database, [*(keys or (KEY,))])

    def post(self, body: bytes, headers: dict[str, str], path: str = "/hook") -> int:
        scope = {
            "type": "http",
            "method": "POST",
            "path": path,
            "query_string": b"",
            "headers": [(k.lower().encode(), v.encode()) for k, v in headers.items()],
        }
        sent = []

        async def receive():
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(event):
            sent.append(event)

        asyncio.run(self.app(scope, receive, send))
        return sent[0]["status"]

    def in_force(self, account: str = "ada") -> list[tuple]:
        return sqlite3.connect(self.database).execute(IN_FORCE, (account,)).fetchall()

    def received(self) -> int:
        return sqlite3.connect(self.database).execute("SELECT count(*) FROM received").fetchone()[0]


PAUSED = [("tv-1", "pause_external_devices")]


class TestTakes:
    def test_what_is_signed(self, tool, bodies):
        assert tool.post(bodies[0], signed(bodies[0])) == 204
        assert tool.in_force() == PAUSED

    def test_the_same_once(self, tool, bodies):
        for _ in range(3):
            assert tool.post(bodies[0], signed(bodies[0])) == 204
        assert (tool.received(), tool.in_force()) == (1, PAUSED)

    def test_a_replay_without_any_effect(self, tool, bodies):
        headers = signed(bodies[0])
        tool.post(bodies[0], headers)
        tool.post(bodies[1], signed(bodies[1]))
        assert tool.post(bodies[0], headers) == 204
        assert tool.in_force() == []

    @pytest.mark.parametrize("order", [(0, 1), (1, 0), (1,), (1, 0, 0, 1)])
    def test_a_withdrawal_whenever_it_comes(self, tool, bodies, order):
        for at in order:
            assert tool.post(bodies[at], signed(bodies[at])) == 204
        assert tool.in_force() == []

    def test_either_key_while_they_change(self, tmp_path, bodies):
        tool = Tool(str(tmp_path / "tool.db"), NEXT_KEY, KEY)
        assert tool.post(bodies[0], signed(bodies[0], KEY)) == 204
        assert tool.post(bodies[1], signed(bodies[1], NEXT_KEY)) == 204

    def test_either_signature_while_they_change(self, tool, bodies):
        both = Signer([Secret(NEXT_KEY), Secret(KEY)])
        name = json.loads(bodies[0])["id"]
        assert tool.post(bodies[0], both.headers(name, now(), bodies[0])) == 204

    def test_and_keeps_it_through_a_restart(self, tool, bodies):
        tool.post(bodies[0], signed(bodies[0]))
        assert Tool(tool.database).in_force() == PAUSED


class TestRefuses:
    @pytest.mark.parametrize("age", [301, 3600, 86_400 * 365, -301, -86_400])
    def test_what_was_signed_long_ago_or_lies_ahead(self, tool, bodies, age):
        assert tool.post(bodies[0], signed(bodies[0], at=now() - age)) == 401

    @pytest.mark.parametrize("age", [0, 240, -240])
    def test_nothing_that_is_fresh(self, tool, bodies, age):
        assert tool.post(bodies[0], signed(bodies[0], at=now() - age)) == 204

    def test_every_changed_byte(self, tool, bodies):
        headers = signed(bodies[0])
        for at in range(0, len(bodies[0]), 7):
            changed = bytearray(bodies[0])
            changed[at] ^= 1
            assert tool.post(bytes(changed), headers) == 401
        assert tool.received() == 0

    @pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
    def test_what_lacks_a_header(self, tool, bodies, name):
        headers = signed(bodies[0])
        del headers[name]
        assert tool.post(bodies[0], headers) == 401

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("webhook-id", "0" * 32),
            pytest.param("webhook-timestamp", str(now() + 60), id="a minute from now"),
            ("webhook-timestamp", "soon"),
            ("webhook-timestamp", "nan"),
            ("webhook-timestamp", ""),
            ("webhook-signature", ""),
            ("webhook-signature", "v1,"),
            ("webhook-signature", "v1"),
            ("webhook-signature", "v1,!!!"),
            ("webhook-signature", "v2,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc="),
            ("webhook-signature", "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc="),
        ],
    )
    def test_headers_that_were_tampered_with(self, tool, bodies, name, value):
        assert tool.post(bodies[0], {**signed(bodies[0]), name: value}) == 401

    def test_who_has_another_key(self, tool, bodies):
        assert tool.post(bodies[0], signed(bodies[0], STRANGER)) == 401

    def test_a_body_under_the_name_of_another(self, tool, bodies):
        headers = signed(bodies[0], name="f" * 32)
        assert tool.post(bodies[0], headers) == 401

    def test_a_signature_that_was_made_for_another_message(self, tool, bodies):
        assert tool.post(bodies[1], signed(bodies[0])) == 401
        assert tool.received() == 0

    def test_what_is_no_json(self, tool):
        assert tool.post(b"no json", signed(b"no json", name="1")) == 401

    def test_other_paths(self, tool, bodies):
        assert tool.post(bodies[0], signed(bodies[0]), "/") == 404


def test_it_is_short_and_knows_nothing_of_the_detector():
    import inspect  # noqa: PLC0415 - looks at a module as a reader does

    from pipelines.kit import receiver as module  # noqa: PLC0415

    text = inspect.getsource(module)
    assert "detector" not in text.split('"""', 2)[2]
    assert len([line for line in text.splitlines() if line.strip()]) < 60


def test_signing_of_the_kit_and_of_the_sender_are_one(bodies):
    at = now()
    expected = Webhook(KEY).sign("1", datetime.fromtimestamp(at, UTC), bodies[0].decode())
    assert signed(bodies[0], at=at, name="1")["webhook-signature"] == expected
