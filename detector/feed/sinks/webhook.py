"""Messages as webhooks: CloudEvents, signed as Standard Webhooks says."""

import binascii
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from standardwebhooks import Webhook

from detector.errors import SettingsError
from detector.feed.messages import CONTENT_TYPE, Message, Now, write_body
from detector.feed.sinks.posting import Post, Poster, PostingSettings, judge_status
from detector.feed.sinks.secrets import Secret, read_secrets
from detector.feed.sinks.sink import Reply
from detector.feed.sinks.targets import Lookup, TargetSettings, look_up, read_target

PREFIX = "whsec_"
SHORTEST_KEY, LONGEST_KEY = 24, 64


class WebhookSettings(TargetSettings, PostingSettings):
    """What a sink of kind `webhook` may be told.

    Attributes:
        key_file: Files with a signing key each, `whsec_...`; with two keys each message has two
            signatures, so that the receiver may change over at any time.
        key_env: The same, in environment variables.
    """

    key_file: str | list[str] | None = None
    key_env: str | list[str] | None = None


class Signer:
    """Signs messages with all live keys.

    Examples:
        >>> Signer([Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]).sign("msg_1", 0, b"{}")[:3]
        'v1,'
    """

    def __init__(self, keys: Sequence[Secret]) -> None:
        self._signing = [Webhook(key.reveal()) for key in keys]

    def sign(self, message_id: str, second: int, body: bytes) -> str:
        """The header `webhook-signature`: one signature a key, with a space between them."""
        at, text = datetime.fromtimestamp(second, UTC), body.decode()
        return " ".join(key.sign(message_id, at, text) for key in self._signing)

    def headers(self, message_id: str, second: int, body: bytes) -> dict[str, str]:
        """All headers that a receiver verifies by."""
        return {
            "Content-Type": CONTENT_TYPE,
            "webhook-id": message_id,
            "webhook-timestamp": str(second),
            "webhook-signature": self.sign(message_id, second, body),
        }


class WebhookSink:
    """Posts each message on its own."""

    def __init__(self, poster: Poster, signer: Signer, source: str) -> None:
        self.poster = poster
        self.signer = signer
        self.source = source

    @property
    def batch(self) -> int:
        """Messages that are taken in hand at once."""
        return self.poster.settings.batch

    @property
    def patience_s(self) -> float:
        """The longest that a batch takes."""
        return self.poster.settings.patience_s

    def send(self, messages: Sequence[Message], now: Now) -> list[Reply]:
        """Post a batch, some of it at a time."""
        return self.poster.post([self._post(each) for each in messages], now, judge_status)

    def close(self) -> None:
        """End the connections that were kept open."""
        self.poster.close()

    def _post(self, message: Message) -> Post:
        body = write_body(message, self.source)
        return Post(
            body,
            lambda now_us: self.signer.headers(message.decision_id, now_us // 1_000_000, body),
        )


def open_sink(name: str, settings: dict[str, Any], source: str) -> WebhookSink:
    """Make the sink that a table of the sinks' file describes."""
    return connect_sink(name, WebhookSettings(**settings), source)


def connect_sink(
    name: str, settings: WebhookSettings, source: str, lookup: Lookup = look_up
) -> WebhookSink:
    """Make a sink that looks its host up in a given way."""
    keys = read_secrets(name, settings.key_file, settings.key_env)
    if not keys:
        hint = 'key_file = "webhook.key"; make one: whsec_ and 32 random bytes in base64'
        raise SettingsError(f"[sinks.{name}]: there is no key to sign with.", hint=hint)
    for key in keys:
        _check_key(name, key)
    poster = Poster(read_target(name, settings), settings, lookup)
    return WebhookSink(poster, Signer(keys), source)


def _check_key(name: str, key: Secret) -> None:
    """The specification asks for 24 to 64 random bytes."""
    try:
        raw = binascii.a2b_base64(key.reveal().removeprefix(PREFIX) + "==")
    except binascii.Error:
        raw = b""
    if not SHORTEST_KEY <= len(raw) <= LONGEST_KEY:
        hint = f"{PREFIX}, then {SHORTEST_KEY} to {LONGEST_KEY} random bytes in base64"
        raise SettingsError(f"[sinks.{name}]: a key is no signing key.", hint=hint)
