"""Security event tokens for identity and session systems: pushed as RFC 8935 says."""

import json
from collections.abc import Sequence
from contextlib import suppress
from itertools import groupby
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey
from pydantic import Field

from detector.errors import SettingsError
from detector.feed.messages import Message, Now
from detector.feed.sinks.events import SecurityEvent, read_events
from detector.feed.sinks.posting import Post, Poster, PostingSettings, judge_status
from detector.feed.sinks.secrets import Secret, read_secrets
from detector.feed.sinks.sink import Fate, Reply
from detector.feed.sinks.targets import Lookup, TargetSettings, look_up, read_target

CONTENT_TYPE = "application/secevent+jwt"
NOTHING_TO_SAY = "no security event: it is not about a device that is stopped"
WORST = (Fate.NEVER, Fate.AGAIN, Fate.SENT)

SigningKey = RSAKey | ECKey
ALGORITHMS = {"RSA": "RS256", "EC": "ES256"}


class SsfSettings(TargetSettings, PostingSettings):
    """What a sink of kind `ssf` may be told.

    Attributes:
        issuer: Who issues the tokens: the stream's `iss`.
        audience: Whom they are for: the stream's `aud`.
        key_id: The signing key's name in the issuer's published keys.
        key_file: A file with the private key, PEM or JWK: RSA or P-256.
        key_env: A variable that holds it.
        token_file: A file with the bearer token that the receiver asks for.
        token_env: A variable that holds it.
        risk: Whether to send `risk-level-change` of a device besides; nobody has to.
    """

    issuer: str = Field(min_length=1)
    audience: str = Field(min_length=1)
    key_id: str = Field(min_length=1)
    key_file: str | None = None
    key_env: str | None = None
    token_file: str | None = None
    token_env: str | None = None
    risk: bool = False


class TokenIssuer:
    """Signs security events."""

    def __init__(self, key: SigningKey, settings: SsfSettings) -> None:
        self._key = key
        self._settings = settings

    def token(self, event: SecurityEvent, second: int) -> bytes:
        """A security event token (RFC 8417) of one event."""
        algorithm = ALGORITHMS[self._key.key_type]
        known = self._settings
        header = {"alg": algorithm, "typ": "secevent+jwt", "kid": known.key_id}
        claims = event.claims(known.issuer, known.audience, second)
        return jwt.encode(header, claims, self._key, algorithms=[algorithm]).encode()


class SsfSink:
    """Pushes one token for each event; most messages are none."""

    def __init__(self, poster: Poster, issuer: TokenIssuer, settings: SsfSettings) -> None:
        self.poster = poster
        self.issuer = issuer
        self.settings = settings
        self._authorization: dict[str, str] = {}

    def authorize(self, token: Secret) -> None:
        """Show the receiver a bearer token with each request."""
        self._authorization = {"Authorization": f"Bearer {token.reveal()}"}

    @property
    def batch(self) -> int:
        """Messages that are taken in hand at once."""
        return self.settings.batch

    @property
    def patience_s(self) -> float:
        """The longest that a batch takes: two events a message."""
        return 2 * self.settings.patience_s

    def send(self, messages: Sequence[Message], now: Now) -> list[Reply]:
        """Push the events of a batch; a message is sent when all of its events are."""
        second = now() // 1_000_000
        events = [
            (at, event)
            for at, message in enumerate(messages)
            for event in read_events(message, risk=self.settings.risk)
        ]
        posts = [Post(self.issuer.token(event, second), self._headers) for _, event in events]
        said = self.poster.post(posts, now, judge_status) if posts else []
        replies = [Reply.sent(NOTHING_TO_SAY)] * len(messages)
        numbered = zip((at for at, _ in events), said, strict=True)
        for at, group in groupby(numbered, key=lambda each: each[0]):
            replies[at] = min((reply for _, reply in group), key=lambda r: WORST.index(r.fate))
        return replies

    def close(self) -> None:
        """End the connections that were kept open."""
        self.poster.close()

    def _headers(self, _now_us: int) -> dict[str, str]:
        return {
            "Content-Type": CONTENT_TYPE,
            "Accept": "application/json",
            **self._authorization,
        }


def open_sink(name: str, settings: dict[str, Any], source: str) -> SsfSink:
    """Make the sink that a table of the sinks' file describes."""
    return connect_sink(name, SsfSettings(**settings))


def connect_sink(name: str, settings: SsfSettings, lookup: Lookup = look_up) -> SsfSink:
    """Make a sink that looks its host up in a given way."""
    keys = read_secrets(name, settings.key_file, settings.key_env)
    if not keys:
        hint = 'key_file = "ssf.pem"'
        raise SettingsError(f"[sinks.{name}]: there is no key to sign with.", hint=hint)
    issuer = TokenIssuer(_import(name, keys[0]), settings)
    sink = SsfSink(Poster(read_target(name, settings), settings, lookup), issuer, settings)
    for token in read_secrets(name, settings.token_file, settings.token_env):
        sink.authorize(token)
    return sink


def _import(name: str, secret: Secret) -> SigningKey:
    """Only private keys of kinds that others can verify by a published one."""
    text = secret.reveal()
    try:
        told: Any = text if text.startswith("-----") else json.loads(text)
        for kind in (RSAKey, ECKey):
            with suppress(JoseError):
                key = kind.import_key(told)
                offered = isinstance(key, RSAKey) or key.curve_name == "P-256"
                if key.is_private and offered:
                    return key
    except (JoseError, ValueError, TypeError):
        pass
    hint = "an RSA or P-256 private key, as PEM or JWK"
    raise SettingsError(f"[sinks.{name}]: the key is no signing key.", hint=hint)
