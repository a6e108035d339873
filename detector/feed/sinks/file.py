"""Messages as files in a folder: one for each batch, whole or absent, with a manifest beside it.

A file is to be read once its manifest is there. Files are numbered in the order in which they are
to be read. After a kill the same batch takes the same name and content; a batch that is put
together anew may hold messages again that an earlier file holds, with the same ids: whoever reads
the files keeps the ids, as every receiver does.
"""

import csv
import hashlib
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from detector.feed.messages import DECIDED, WITHDRAWN, Message, Now, canonical, write_body
from detector.feed.sinks.sink import Reply
from detector.runs.files import lock_file, replace_file

MANIFEST = ".manifest.json"
LOCK = ".lock"
COLUMNS = (
    "id",
    "type",
    "sequence",
    "account_id",
    "household_id",
    "device_id",
    "treatment",
    "withdraws",
    "not_before",
    "as_of",
    "wave",
    "episode",
    "rule",
    "reason",
    "run",
)


class FileSettings(BaseModel):
    """What a sink of kind `file` may be told."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Path
    format: Literal["ndjson", "csv"] = "ndjson"
    batch: int = Field(default=10_000, ge=1, le=100_000, description="Messages in one file.")


class FileSink:
    """Writes each batch into a file of its own."""

    patience_s: float = 300

    def __init__(self, settings: FileSettings, source: str) -> None:
        self.settings = settings
        self.source = source

    @property
    def batch(self) -> int:
        """Messages in one file."""
        return self.settings.batch

    def send(self, messages: Sequence[Message], now: Now) -> list[Reply]:
        """Write the batch and its manifest, each in one step, and onto the disk."""
        if not messages:
            return []
        try:
            self.settings.folder.mkdir(parents=True, exist_ok=True)
            with lock_file(self.settings.folder / LOCK):
                self._write(messages)
        except BlockingIOError:
            return [Reply.again("another deliverer writes into the folder")] * len(messages)
        except OSError as error:
            return [Reply.again(f"the folder: {error.strerror}")] * len(messages)
        return [Reply.sent()] * len(messages)

    def close(self) -> None:
        """Nothing is held."""

    def _write(self, messages: Sequence[Message]) -> None:
        content = write_batch(messages, self.settings.format, self.source)
        sha256 = hashlib.sha256(content).hexdigest()
        path = self.settings.folder / self._name(sha256)
        with replace_file(path) as part:
            part.write_bytes(content)
        manifest = canonical(_manifest(path.name, self.settings.format, content, messages))
        with replace_file(path.with_name(path.name + MANIFEST)) as part:
            part.write_bytes(manifest + b"\n")

    def _name(self, sha256: str) -> str:
        """The name that the same content has already, or the next number."""
        ending = f"-{sha256[:16]}.{self.settings.format}"
        names = [path.name for path in self.settings.folder.glob(f"*.{self.settings.format}")]
        if same := [name for name in names if name.endswith(ending)]:
            return min(same)
        numbers = [int(n) for name in names if (n := name.partition("-")[0]).isdecimal()]
        return f"{max(numbers, default=0) + 1:010d}{ending}"


def open_sink(name: str, settings: dict[str, Any], source: str) -> FileSink:
    """Make the sink that a table of the sinks' file describes."""
    return FileSink(FileSettings(**settings), source)


def write_batch(messages: Sequence[Message], form: str, source: str) -> bytes:
    """The content of a file: a message a line."""
    if form == "ndjson":
        return b"".join(write_body(message, source) + b"\n" for message in messages)
    text = io.StringIO(newline="")
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(COLUMNS)
    rows.writerows(map(_row, messages))
    return text.getvalue().encode("utf-8")


def _row(message: Message) -> list[object]:
    told = {"id": message.decision_id, "type": message.type, **message.data}
    return [told[name] for name in COLUMNS]


def _manifest(
    name: str, form: str, content: bytes, messages: Sequence[Message]
) -> dict[str, object]:
    types = [message.type for message in messages]
    numbers = [message.sequence for message in messages]
    return {
        "file": name,
        "format": form,
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
        "messages": len(messages),
        "decided": types.count(DECIDED),
        "withdrawn": types.count(WITHDRAWN),
        "first_sequence": min(numbers),
        "last_sequence": max(numbers),
    }
