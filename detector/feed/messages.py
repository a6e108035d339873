"""A decision as its receivers read it: one CloudEvents message, the same bytes each time."""

import json
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, select

from detector.cases.rows import DECISIONS

DECIDED = "household.treatment.decided.v1"
WITHDRAWN = "household.treatment.withdrawn.v1"
CONTENT_TYPE = "application/cloudevents+json"
SOURCE = "/household-detector"
"""Who sends, if the file of sinks does not say."""
SCHEMA = "urn:household-detector:schema:"

Now = Callable[[], int]
"""The time as whole microseconds since 1970 UTC, handed in by whoever starts a delivery."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Message:
    """What one decision says to those who act on it; a row of the case store and no more.

    There is no field for an address, a coordinate, or the name of a device or profile.
    """

    decision_id: str
    sequence: int
    account_id: str
    household_id: str | None
    device_id: str | None
    treatment: str
    wave: str
    episode: int
    rule: str
    reason: str
    as_of: date
    not_before_us: int
    run: str
    withdraws: str | None

    @property
    def type(self) -> str:
        """Whether something is to be done, or to be taken back."""
        return DECIDED if self.withdraws is None else WITHDRAWN

    @property
    def data(self) -> dict[str, Any]:
        """The decision itself, without its envelope."""
        told: dict[str, Any] = {name: getattr(self, name) for name in TOLD}
        told["as_of"] = self.as_of.isoformat()
        told["not_before"] = instant(self.not_before_us)
        return told


TOLD = tuple(f.name for f in fields(Message) if f.name not in ("decision_id", "not_before_us"))
"""What `data` holds, besides `not_before`; the decision's id is the envelope's."""

COLUMNS = tuple(
    DECISIONS.c.seq.label("sequence") if f.name == "sequence" else DECISIONS.c[f.name]
    for f in fields(Message)
)


def select_messages() -> Select[Any]:
    """Ask for decisions in the form that `read_message` reads."""
    return select(*COLUMNS)


def read_message(row: Row[Any] | tuple[Any, ...]) -> Message:
    """Read a row of `select_messages`, whatever stands behind its columns."""
    return Message(*row[: len(COLUMNS)])


def instant(microseconds: int) -> str:
    """A time as RFC 3339 writes it, to the microsecond, in UTC.

    Examples:
        >>> instant(1_777_593_600_000_000)
        '2026-05-01T00:00:00.000000Z'
    """
    moment = EPOCH + timedelta(microseconds=microseconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def write_body(message: Message, source: str = SOURCE) -> bytes:
    """Write a decision as CloudEvents 1.0 JSON: keys sorted, no spaces, plain ASCII.

    The same decision gives the same bytes, today and when it is sent again. Account and device
    ids stand exactly as in the log, escaped as JSON does, so that no id can end a line.

    Examples:
        >>> told = Message("5f2a", 7, "ada", None, None, "notify", "standing", 0, "first",
        ...     "Used in two homes.", date(2026, 5, 1), 1_777_593_600_000_000, "c0ffee", None)
        >>> body = json.loads(write_body(told))
        >>> body["id"], body["subject"], body["type"], body["data"]["treatment"]
        ('5f2a', 'ada', 'household.treatment.decided.v1', 'notify')
    """
    envelope = {
        "specversion": "1.0",
        "id": message.decision_id,
        "source": source,
        "type": message.type,
        "subject": message.account_id,
        "time": instant(message.not_before_us),
        "datacontenttype": "application/json",
        "dataschema": SCHEMA + message.type,
        "data": message.data,
    }
    return canonical(envelope)


def canonical(document: object) -> bytes:
    """JSON in the one form that gives the same bytes for the same content."""
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode("ascii")
