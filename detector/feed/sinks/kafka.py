"""Messages to a Kafka topic: keyed by account, so that an account's messages stay in order."""

from collections.abc import Callable, Sequence
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Producer
from pydantic import BaseModel, ConfigDict, Field

from detector.errors import SettingsError
from detector.feed.messages import CONTENT_TYPE, Message, Now, write_body
from detector.feed.sinks.secrets import Secret, read_secrets
from detector.feed.sinks.sink import Reply

OURS = ("acks", "enable.idempotence", "message.timeout.ms", "sasl.password", "on_delivery")
"""Options of the client that are not for a file to change."""
MARGIN_S = 5
"""For the client, which has an eye on the time only now and then."""
FOR_GOOD = (KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.INVALID_MSG, KafkaError.INVALID_MSG_SIZE)


class KafkaSettings(BaseModel):
    """What a sink of kind `kafka` may be told.

    Attributes:
        servers: The brokers to begin with, `HOST:PORT,HOST:PORT`.
        topic: Where messages go.
        options: Of the client, librdkafka, by their names there, such as `security.protocol` and
            `sasl.username`.
        password_file: A file that holds the password of `sasl.username`.
        password_env: A variable that holds it.
        batch: Messages that are taken in hand at once.
        timeout_s: How long a message may be on its way.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    servers: str = Field(min_length=1)
    topic: str = Field(min_length=1)
    options: dict[str, str | int | bool] = {}
    password_file: str | None = None
    password_env: str | None = None
    batch: int = Field(default=2_000, ge=1, le=50_000)
    timeout_s: float = Field(default=60, gt=0, le=3600)


class KafkaSink:
    """Produces each batch, and waits until every message of it is on all replicas in sync."""

    def __init__(self, producer: Producer, settings: KafkaSettings, source: str) -> None:
        self.producer = producer
        self.settings = settings
        self.source = source

    @property
    def batch(self) -> int:
        """Messages that are taken in hand at once."""
        return self.settings.batch

    @property
    def patience_s(self) -> float:
        """The longest that a batch takes; the client gives up on a message sooner."""
        return self.settings.timeout_s + 2 * MARGIN_S

    def send(self, messages: Sequence[Message], now: Now) -> list[Reply]:
        """Produce a batch; what is not acknowledged in time is no longer on its way."""
        replies = [Reply.again("not acknowledged in time")] * len(messages)

        def noting(at: int) -> Callable[[KafkaError | None, object], None]:
            def note(error: KafkaError | None, _message: object) -> None:
                replies[at] = Reply.sent() if error is None else _judge(error)

            return note

        for at, message in enumerate(messages):
            try:
                self._produce(message, noting(at))
            except KafkaException as error:
                replies[at] = _judge(error.args[0])
            except BufferError:
                replies[at] = Reply.again("the client's queue is full")
        if self.producer.flush(self.patience_s - MARGIN_S):
            self.producer.purge()
            self.producer.flush(MARGIN_S)
        return replies

    def close(self) -> None:
        """Nothing is left in the client after a batch."""

    def _produce(self, message: Message, note: Callable[[KafkaError | None, object], None]) -> None:
        self.producer.produce(
            self.settings.topic,
            key=message.account_id.encode(),
            value=write_body(message, self.source),
            headers={"content-type": CONTENT_TYPE.encode()},
            on_delivery=note,
        )


def open_sink(name: str, settings: dict[str, Any], source: str) -> KafkaSink:
    """Make the sink that a table of the sinks' file describes."""
    known = KafkaSettings(**settings)
    if ours := sorted({*OURS} & known.options.keys()):
        raise SettingsError(f"[sinks.{name}]: options must not name {ours[0]}.")
    passwords = read_secrets(name, known.password_file, known.password_env)
    try:
        producer = Producer(_options(known, passwords))
    except KafkaException as error:
        words = error.args[0].str()
        raise SettingsError(f"[sinks.{name}]: {_without(words, passwords)}") from None
    return KafkaSink(producer, known, source)


def _options(known: KafkaSettings, passwords: Sequence[Secret]) -> dict[str, Any]:
    options: dict[str, Any] = {
        "bootstrap.servers": known.servers,
        "client.id": "household-deliver",
        **known.options,
        "acks": "all",
        "enable.idempotence": True,
        "message.timeout.ms": round(known.timeout_s * 1000),
        # What goes wrong is in the replies; the client would write it to standard error.
        "log_level": 0,
    }
    for password in passwords[:1]:
        options["sasl.password"] = password.reveal()
    return options


def _judge(error: KafkaError) -> Reply:
    if error.code() in FOR_GOOD:
        return Reply.never(f"Kafka: {error.name()}")
    return Reply.again(f"Kafka: {error.name()}")


def _without(words: str, secrets: Sequence[Secret]) -> str:
    for secret in secrets:
        words = words.replace(secret.reveal(), "***")
    return words
