"""OpenSessions: a random token in the browser, its hash here; they end by themselves."""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Lock

from detector.review.access.people import Visitor

SECOND = 1_000_000
LONGEST, IDLE = 12 * 3600 * SECOND, 3600 * SECOND
"""Of a working day, and of a lunch: then one signs in again."""
MOST = 10_000
"""OpenSessions held at once; beyond it the one used longest ago ends."""


@dataclass(frozen=True)
class Session:
    """Who is signed in, since when, and what forms must send back."""

    person: Visitor
    csrf: str
    began_us: int
    used_us: int


class OpenSessions:
    """All sessions of one server; none outlives it.

    Examples:
        >>> sessions = OpenSessions(lambda: 0)
        >>> token = sessions.begin(Visitor("eve", "lead"))
        >>> sessions.find(token).person.name, sessions.find("guessed")
        ('eve', None)
    """

    def __init__(self, clock: Callable[[], int]) -> None:
        self.clock = clock
        self._held: dict[str, Session] = {}
        self._lock = Lock()

    def begin(self, person: Visitor) -> str:
        """Begin a session under a new token, whatever the browser had before."""
        token, now = secrets.token_urlsafe(32), self.clock()
        with self._lock:
            while len(self._held) >= MOST:
                self._held.pop(min(self._held, key=lambda key: self._held[key].used_us))
            self._held[_hashed(token)] = Session(person, secrets.token_urlsafe(32), now, now)
        return token

    def find(self, token: str | None) -> Session | None:
        """The session of a token, unless it has ended."""
        if not token:
            return None
        key, now = _hashed(token), self.clock()
        with self._lock:
            session = self._held.get(key)
            if session is None:
                return None
            if now - session.began_us > LONGEST or now - session.used_us > IDLE:
                del self._held[key]
                return None
            self._held[key] = replace(session, used_us=now)
            return self._held[key]

    def end(self, token: str | None) -> None:
        """Sign out."""
        with self._lock:
            self._held.pop(_hashed(token or ""), None)


def is_same(sent: str, held: str) -> bool:
    """Compare two secrets in a time that tells nothing of them."""
    return hmac.compare_digest(sent.encode(), held.encode())


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
