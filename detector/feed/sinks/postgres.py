"""Messages as rows of a PostgreSQL: what was received, and what is in force now.

`treatments_received` keeps every message by its id, so that the same one counts once and a
withdrawal may come before its treatment. `treatments_current` has one row for each account (with
an empty `device_id`) and each device that was ever treated: the latest treatment in force, or
`none`. Its `updated_at` moves only where something changed, which is what tools that sync from a
table go by.
"""

import io
import ssl
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pg8000.exceptions
import pg8000.native
from pydantic import BaseModel, ConfigDict, Field

from detector.errors import SettingsError
from detector.feed.messages import Message, Now, instant
from detector.feed.sinks.secrets import Secret, read_secrets
from detector.feed.sinks.sink import Reply
from detector.feed.sinks.tables import ARRIVE, COPY, KEEP, MAKE, UPDATE

FORM = "postgresql://USER@HOST/DATABASE"


class PostgresSettings(BaseModel):
    """What a sink of kind `postgres` may be told.

    Attributes:
        url: `postgresql://USER@HOST:PORT/DATABASE`, or with `?unix_sock=PATH`; no password.
        password_file: A file that holds the password.
        password_env: A variable that holds it.
        tls: Whether the connection is encrypted and the server's name verified.
        batch: Messages in one transaction.
        timeout_s: How long the server may be silent.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str
    password_file: str | None = None
    password_env: str | None = None
    tls: bool = True
    batch: int = Field(default=5_000, ge=1, le=50_000)
    timeout_s: float = Field(default=60, gt=0, le=3600)


class PostgresSink:
    """Writes each batch in one transaction: its rows by COPY, then what they change."""

    def __init__(self, connecting: dict[str, Any], settings: PostgresSettings) -> None:
        self._connecting = connecting
        self._connection: Any = None
        self.settings = settings

    @property
    def batch(self) -> int:
        """Messages in one transaction."""
        return self.settings.batch

    @property
    def patience_s(self) -> float:
        """The longest that a batch takes; the server ends what takes longer."""
        return 3 * self.settings.timeout_s

    def send(self, messages: Sequence[Message], now: Now) -> list[Reply]:
        """Write a batch; the server has it when it has committed."""
        fit = [message for message in messages if _fits(message)]
        written = self._write(fit, instant(now())) if fit else Reply.sent()
        refused = Reply.never("an id or text holds a NUL, which PostgreSQL cannot keep")
        return [written if _fits(message) else refused for message in messages]

    def close(self) -> None:
        """End the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _write(self, messages: Sequence[Message], at: str) -> Reply:
        try:
            connection = self._connected()
            connection.run("START TRANSACTION")
            connection.run(ARRIVE)
            connection.run(COPY, stream=io.BytesIO(_rows(messages)))
            connection.run(KEEP)
            connection.run(UPDATE, at=at)
            connection.run("COMMIT")
        except pg8000.exceptions.DatabaseError as error:
            self._forget()
            return Reply.again(f"PostgreSQL: {_words(error)}")
        except (pg8000.exceptions.InterfaceError, OSError) as error:
            self._forget()
            return Reply.again(f"no connection ({type(error).__name__})")
        return Reply.sent()

    def _connected(self) -> Any:  # noqa: ANN401 - the driver has no types
        if self._connection is None:
            self._connection = pg8000.native.Connection(**self._connecting)
            self._connection.run(f"SET statement_timeout = {self.settings.timeout_s * 1000:.0f}")
            for statement in MAKE:
                self._connection.run(statement)
        return self._connection

    def _forget(self) -> None:
        """A connection that failed once may be in any state."""
        try:
            self.close()
        except (pg8000.exceptions.InterfaceError, OSError):
            self._connection = None


def open_sink(name: str, settings: dict[str, Any], source: str) -> PostgresSink:
    """Make the sink that a table of the sinks' file describes; rows do not say who sends."""
    known = PostgresSettings(**settings)
    passwords = read_secrets(name, known.password_file, known.password_env)
    return PostgresSink(_connecting(name, known, passwords), known)


def _connecting(name: str, known: PostgresSettings, passwords: list[Secret]) -> dict[str, Any]:
    """What the driver is told; the password is the only secret in it."""
    parts = urlsplit(known.url)
    socket = parse_qs(parts.query).get("unix_sock", [None])[0]
    if parts.scheme != "postgresql" or not parts.username or not (socket or parts.hostname):
        raise SettingsError(f"[sinks.{name}]: url is not {FORM}.")
    if parts.password is not None:
        hint = "use password_file or password_env"
        raise SettingsError(f"[sinks.{name}]: url holds a password.", hint=hint)
    told: dict[str, Any] = {
        "user": unquote(parts.username),
        "database": unquote(parts.path.lstrip("/")),
        "password": passwords[0].reveal() if passwords else None,
        "timeout": known.timeout_s,
        "application_name": "household deliver",
    }
    if socket is not None:
        return told | {"unix_sock": socket}
    context = ssl.create_default_context() if known.tls else None
    return told | {"host": parts.hostname, "port": parts.port or 5432, "ssl_context": context}


def _fits(message: Message) -> bool:
    return "\0" not in "".join(str(value) for value in message.data.values())


def _rows(messages: Sequence[Message]) -> bytes:
    """As COPY reads CSV: what is quoted is a text, and what is empty and not quoted is null."""
    return b"".join(",".join(map(_quoted, _row(each))).encode() + b"\n" for each in messages)


def _quoted(value: object) -> str:
    return "" if value is None else '"' + str(value).replace('"', '""') + '"'


def _row(message: Message) -> tuple[object, ...]:
    return (
        message.decision_id,
        message.sequence,
        message.account_id,
        message.household_id,
        message.device_id,
        message.treatment,
        message.wave,
        message.episode,
        message.rule,
        message.reason,
        message.as_of.isoformat(),
        instant(message.not_before_us),
        message.run,
        message.withdraws,
    )


def _words(error: BaseException) -> str:
    """The server's code for what it refused; its words may quote values."""
    told: Any = error.args[0] if error.args else {}
    try:
        return str(told["C"])
    except (KeyError, TypeError):
        return "failed"
