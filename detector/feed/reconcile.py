"""All treatments in force in one file, by which a receiver proves that it missed nothing."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Select, collate, func, select

from detector.cases.rows import DECISIONS
from detector.errors import InputError
from detector.feed.contracts import LINE
from detector.feed.messages import canonical, instant
from detector.runs.files import replace_file

LINES, HEAD = "treatments.ndjson", "treatments.json"
AT_ONCE = 10_000
BYTE_ORDER = {"sqlite": "BINARY", "postgresql": "C"}
"""The collation that sorts as UTF-8 does, whatever language a database is set to."""


@dataclass(frozen=True)
class SnapshotHead:
    """What a snapshot says of itself.

    Attributes:
        at: The moment that it speaks of.
        sequence: The last decision taken into account.
        count: Lines, and so treatments in force.
        file: The file of lines.
        sha256: Of the file's bytes.
    """

    at: str
    sequence: int
    count: int
    file: str
    sha256: str


@dataclass(frozen=True)
class Differences:
    """Where a receiver's treatments differ from ours; decision ids, sorted.

    Attributes:
        missing: In force with us, and unknown to the receiver.
        unexpected: In force at the receiver, and not with us: to be stopped there.
        changed: In force with both, about something else.
    """

    missing: tuple[str, ...] = ()
    unexpected: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """How many treatments differ; 0 is the proof."""
        return sum(len(getattr(self, field.name)) for field in fields(self))


def write_snapshot(connection: Connection, folder: Path, at_us: int) -> SnapshotHead:
    """Write every treatment that is in force at a moment, and then what the file's hash is.

    Lines are sorted by account, device and decision, each in the one canonical form, so that two
    parties with the same treatments have the same bytes.

    Args:
        connection: To the case store.
        folder: Where to write.
        at_us: The moment: what is to be sent later is not in force yet.
    """
    digest, count = hashlib.sha256(), 0
    with replace_file(folder / LINES) as part, part.open("wb") as file:
        for line in _lines(connection, at_us):
            file.write(line)
            digest.update(line)
            count += 1
    last = select(func.coalesce(func.max(DECISIONS.c.seq), 0))
    sequence = connection.execute(last).scalar_one()
    head = SnapshotHead(instant(at_us), sequence, count, LINES, digest.hexdigest())
    with replace_file(folder / HEAD) as part:
        part.write_bytes(canonical(asdict(head)) + b"\n")
    return head


def compare_snapshot(connection: Connection, theirs: Path, at_us: int) -> Differences:
    """Hold a receiver's own lines against the treatments in force.

    Args:
        connection: To the case store.
        theirs: The receiver's lines, in any order; every field of ours counts, others do not.
        at_us: The moment.

    Raises:
        InputError: The file is no snapshot.
    """
    known = _known(theirs)
    missing: list[str] = []
    changed: list[str] = []
    for line in _lines(connection, at_us):
        decision = json.loads(line)["decision_id"]
        digest = known.pop(decision, None)
        if digest is None:
            missing.append(decision)
        elif digest != _digest(line):
            changed.append(decision)
    return Differences(tuple(sorted(missing)), tuple(sorted(known)), tuple(sorted(changed)))


def _lines(connection: Connection, at_us: int) -> Iterator[bytes]:
    asked = _in_force(at_us, BYTE_ORDER[connection.dialect.name])
    for row in connection.execution_options(yield_per=AT_ONCE).execute(asked).mappings():
        yield _line({**row})


def _in_force(at_us: int, byte_order: str) -> Select[Any]:
    d = DECISIONS.c
    columns = (d.seq.label("sequence") if name == "sequence" else d[name] for name in LINE)
    device = func.coalesce(d.device_id, "")
    return (
        select(d.decision_id, *columns)
        .where(d.withdraws.is_(None), d.withdrawn_by.is_(None), d.not_before_us <= at_us)
        .order_by(*(collate(c, byte_order) for c in (d.account_id, device, d.decision_id)))
    )


def _line(row: Mapping[Any, Any]) -> bytes:
    return canonical({name: row[name] for name in ("decision_id", *LINE)}) + b"\n"


def _digest(line: bytes) -> bytes:
    return hashlib.sha256(line).digest()[:16]


def _known(theirs: Path) -> dict[str, bytes]:
    """What a receiver has by decision, each line in our form, as its hash."""
    known: dict[str, bytes] = {}
    try:
        with theirs.open("rb") as file:
            for text in file:
                row = json.loads(text)
                known[str(row["decision_id"])] = _digest(_line(row))
    except OSError as error:
        raise InputError(f"{theirs} cannot be read: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError) as error:
        problem = f"{theirs}: line {len(known) + 1} is no treatment."
        raise InputError(problem, hint=f"each has {', '.join(('decision_id', *LINE))}") from error
    return known
