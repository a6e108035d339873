"""JSON Schema of everything that leaves the feed; `schemas/` holds what is written here.

After a change: ``python -m detector.feed.contracts`` writes them again.
"""

import json
from pathlib import Path
from typing import Any

from detector.feed.messages import DECIDED, SCHEMA, TOLD, WITHDRAWN
from detector.kinds import Treatment

FOLDER = Path(__file__).with_name("schemas")
DIALECT = "https://json-schema.org/draft/2020-12/schema"
SNAPSHOT, SNAPSHOT_LINE = "household.treatments.snapshot.v1", "household.treatments.line.v1"
BATCH = "household.batch.manifest.v1"

Schema = dict[str, Any]


def _text(says: str, **more: object) -> Schema:
    return {"type": "string", "minLength": 1, "description": says, **more}


def _or_null(schema: Schema) -> Schema:
    return {**schema, "type": [schema["type"], "null"]}


def _count(says: str) -> Schema:
    return {"type": "integer", "minimum": 0, "description": says}


def _record(properties: dict[str, Schema], says: str) -> Schema:
    return {
        "type": "object",
        "description": says,
        "properties": properties,
        "required": sorted(properties),
        "additionalProperties": False,
    }


ID = {"pattern": "^[0-9a-f]{32}$"}
SHA256 = _text("Of the file's bytes.", pattern="^[0-9a-f]{64}$")
TREATMENTS = [treatment.value for treatment in Treatment if treatment != Treatment.NONE]

FIELDS: dict[str, Schema] = {
    "account_id": _text("The account, exactly as in the log."),
    "household_id": _or_null(_text("The external household; null: the account as a whole.")),
    "device_id": _or_null(
        _text("The one device that it is about, exactly as in the log; null: the account.")
    ),
    "treatment": _text("What to do, or what to stop doing.", enum=TREATMENTS),
    "wave": _text("The wave that the account was treated in, or `standing`."),
    "episode": _count("How often the account's case was opened again."),
    "rule": _text("Name of the policy's rule, or why it is withdrawn."),
    "reason": {"type": "string", "description": "In words, for people who are asked about it."},
    "as_of": _text("The day on which it was decided.", format="date"),
    "not_before": _text("Is not sent earlier.", format="date-time"),
    "run": _text("Fingerprint of the run that it rests on."),
    "withdraws": _or_null(_text("The id of the decision that this one takes back.", **ID)),
    "sequence": {"type": "integer", "minimum": 1, "description": "Numbers decisions as made."},
}
"""Each field of `data`, and what it says."""

LINE = ("account_id", "device_id", "household_id", "treatment", "sequence")
"""What a line of the snapshot says of a treatment in force, besides its decision's id."""


def message_schema(type_: str) -> Schema:
    """The schema of one type of message.

    Examples:
        >>> message_schema(WITHDRAWN)["properties"]["data"]["properties"]["withdraws"]["type"]
        'string'
    """
    data = {name: FIELDS[name] for name in (*TOLD, "not_before")}
    taken_back = {**FIELDS["withdraws"], "type": "string"}
    data["withdraws"] = taken_back if type_ == WITHDRAWN else {"type": "null"}
    envelope = {
        "specversion": {"const": "1.0"},
        "id": _text("The decision; a message with an id that is known changes nothing.", **ID),
        "source": _text("Who sends.", format="uri-reference"),
        "type": {"const": type_},
        "subject": _text("The account, as in `data.account_id`."),
        "time": _text("From when on it holds, as in `data.not_before`.", format="date-time"),
        "datacontenttype": {"const": "application/json"},
        "dataschema": {"const": SCHEMA + type_},
        "data": _record(data, "The decision."),
    }
    done = "Do this." if type_ == DECIDED else "Stop doing what `data.withdraws` asked for."
    return _schema(type_, _record(envelope, f"{done} CloudEvents 1.0, structured mode."))


def line_schema() -> Schema:
    """The schema of one line of the reconciliation snapshot."""
    fields = {name: FIELDS[name] for name in LINE}
    fields["decision_id"] = _text("The decision.", **ID)
    return _schema(SNAPSHOT_LINE, _record(fields, "One treatment in force."))


def snapshot_schema() -> Schema:
    """The schema of the reconciliation snapshot's head."""
    head = {
        "at": _text("The moment that it speaks of.", format="date-time"),
        "sequence": _count("The last decision taken into account."),
        "count": _count("Lines, and so treatments in force."),
        "file": _text("The file of lines, sorted by account, device and decision."),
        "sha256": SHA256,
    }
    return _schema(SNAPSHOT, _record(head, "All treatments in force, and how to prove it."))


def batch_schema() -> Schema:
    """The schema of the manifest beside each file of messages."""
    manifest = {
        "file": _text("The file's name, in the same folder."),
        "format": {"enum": ["ndjson", "csv"]},
        "sha256": SHA256,
        "bytes": _count("Size of the file."),
        "messages": _count("Messages in the file."),
        "decided": _count("Of them, what is to be done."),
        "withdrawn": _count("Of them, what is taken back."),
        "first_sequence": _count("The lowest number in it."),
        "last_sequence": _count("The highest number in it."),
    }
    return _schema(BATCH, _record(manifest, "A file is whole once this stands beside it."))


def _schema(name: str, record: Schema) -> Schema:
    return {"$schema": DIALECT, "$id": SCHEMA + name, "title": name, **record}


def feed_schemas() -> dict[str, Schema]:
    """Every schema of the feed by its name."""
    return {
        DECIDED: message_schema(DECIDED),
        WITHDRAWN: message_schema(WITHDRAWN),
        SNAPSHOT: snapshot_schema(),
        SNAPSHOT_LINE: line_schema(),
        BATCH: batch_schema(),
    }


def read_schema(name: str) -> Schema:
    """Read a schema as it is shipped."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def write_schemas(folder: Path = FOLDER) -> None:
    """Write every schema into a file of its name."""
    for name, schema in feed_schemas().items():
        text = json.dumps(schema, indent=2) + "\n"
        (folder / f"{name}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_schemas()
