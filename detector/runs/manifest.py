"""What a run was made from and what it made: the contents of ``run.json``."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict

FORMAT = 1
"""Raised when a reader of older run folders would misread a newer one."""

INPUTS = "input files"


class Record(BaseModel):
    """Base of all that is written to run.json: immutable, documented in place."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


Role = Literal["log", "beside", "preset", "accounts", "only", "mmdb", "cidr", "previous"]
"""What a file is to the run; `beside` the log are files that complete its rows."""


class InputFile(Record):
    """One file that the run read, or had to set aside."""

    path: str
    role: Role = "log"
    bytes: int
    sha256: str
    rows: int | None = None
    """Not counted for files that are no tables."""
    kept: int | None = None
    """Good rows inside the window, repeated ones included."""
    rejected: dict[str, int] = {}
    """Rows by the reason they were refused for."""
    problem: str = ""
    """Why the file was set aside; empty if it was read."""
    verified: bool = False
    """A checksum or a digest in it was held against every page read: what is not verified may have
    changed on its way, as readers take most single flipped bits for data."""

    @classmethod
    def of(cls, path: Path, role: Role, sha256: str) -> Self:
        """A file before it is read."""
        return cls(path=str(path), role=role, bytes=path.stat().st_size, sha256=sha256)


class OutputFile(Record):
    """One table or file of messages that the run wrote."""

    rows: int
    bytes: int
    sha256: str
    schema_id: str = ""
    """Of the JSON Schema that its rows keep to; empty in runs that did not tell."""


class StageFigures(Record):
    """What one stage cost. Seconds and memory differ from run to run, the tables do not."""

    name: str
    rows_in: int
    rows_out: int
    seconds: float
    peak_mib: int
    """The most memory this process ever held up to the end of the stage."""
    worker_peak_mib: int
    """The same for the largest worker process that has ended."""


class RowCounts(Record):
    """Where the rows of the log went: `read` is the sum of all the others but the repairs."""

    read: int
    kept: int
    duplicates: int = 0
    """Exact repetitions; told by older runs only, since what is read twice changes nothing."""
    outside_window: int = 0
    not_listed: int = 0
    """Rows of accounts that were not asked for."""
    rejected: dict[str, int] = {}
    """Rows by the reason they were refused for."""
    repairs: dict[str, int] = {}
    """Kept rows by what was mended in them."""


class JudgedDays(Record):
    """The days that were judged, both included."""

    first_day: date
    last_day: date


class JudgedBy(Record):
    """The model that the verdicts were made by, and what its threshold promises."""

    version: str
    regime: str = ""
    """The kind of log, told by what it holds; empty for a model that was made for one kind."""
    threshold: float = 1
    """Of the model; a user's own stands in the settings. At 1 nobody is flagged."""
    promise: dict[str, float] = {}
    """`precision` that was promised, the `bound` that was reached on `flagged` accounts of worlds
    that were not fitted on, and with which `confidence`."""


class RunPlan(Record):
    """All that decides the bytes of a run's tables, known before the first row is read."""

    version: str
    settings: dict[str, Any]
    options: dict[str, str] = {}
    """Choices of the command line that are no settings, such as the last day to judge."""
    inputs: tuple[InputFile, ...]
    store: str = ""
    """The id of the store that the log is a window of; empty for a log of files."""
    previous: str = ""
    """Fingerprint of the run whose flags are held; empty without one."""

    @property
    def fingerprint(self) -> str:
        """One name for this work: equal contents in another order or place count as equal.

        Examples:
            >>> july = InputFile(path="july.parquet", bytes=4, sha256="ab")
            >>> copy = InputFile(path="copy/july.parquet", bytes=4, sha256="ab")
            >>> plan = RunPlan(version="1", settings={}, inputs=(july,))
            >>> plan.fingerprint == plan.model_copy(update={"inputs": (copy,)}).fingerprint
            True
            >>> plan.fingerprint == plan.model_copy(update={"version": "2"}).fingerprint
            False
        """
        contents = _contents(self.inputs)
        return hash_json(
            [FORMAT, self.version, self.settings, self.options, contents, self.previous]
        )


class Manifest(Record):
    """A finished run, told so that another program can check and repeat it."""

    format: int = FORMAT
    fingerprint: str
    versions: dict[str, str]
    settings: dict[str, Any]
    settings_sha256: str
    options: dict[str, str]
    inputs: tuple[InputFile, ...]
    store: str = ""
    """The id of the store whose window was judged; empty where the log was files."""
    previous: str = ""
    """Fingerprint of the run whose flags were held; empty without one."""
    window: JudgedDays | None
    """None where no row of the log could be used."""
    rows: RowCounts
    model: JudgedBy | None = None
    """None in runs that did not tell."""
    verified_share: float = 0
    """Share of the log's rows that stand in verified files."""
    notes: tuple[str, ...]
    """What the reader of the log had to assume, each said once."""
    stages: tuple[StageFigures, ...]
    outputs: dict[str, OutputFile]


def share_verified(inputs: Iterable[InputFile]) -> float:
    """The share of a log's rows that stand in verified files, rounded down; 0 of none.

    Examples:
        >>> may = InputFile(path="may", bytes=4, sha256="ab", rows=300, verified=True)
        >>> june = InputFile(path="june", bytes=4, sha256="cd", rows=100)
        >>> share_verified([may, june])
        0.75
    """
    log = [file for file in inputs if file.role == "log"]
    rows = sum(file.rows or 0 for file in log)
    verified = sum(file.rows or 0 for file in log if file.verified)
    return verified * 1_000_000 // rows / 1_000_000 if rows else 0


def hash_json(value: object) -> str:
    """The sha256 of a value in its one canonical JSON form.

    Examples:
        >>> hash_json({"a": 1, "b": 2}) == hash_json({"b": 2, "a": 1})
        True
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def difference(plan: RunPlan, finished: Manifest) -> str:
    """Say in a few words what sets new work apart from a finished run; empty if nothing does.

    Examples:
        >>> plan = RunPlan(version="1", settings={"window": {"days": 42}}, inputs=())
        >>> finished = Manifest(
        ...     fingerprint="", versions={"household-detector": "1"}, inputs=(), outputs={},
        ...     settings={"window": {"days": 28}}, settings_sha256="", options={}, window=None,
        ...     rows=RowCounts(read=0, kept=0), notes=(), stages=())
        >>> difference(plan, finished)
        'settings (window)'
    """
    return ", ".join(_differences(plan, finished))


def is_next_night(plan: RunPlan, finished: Manifest) -> bool:
    """Whether new work is the next run over the store that a finished run was made from.

    A store grows from night to night, and the tables given beside it are written anew under
    their names: what is in them may differ, where they come from may not.

    Examples:
        The store holds a day more, judged by the same settings:

        >>> may, june = (InputFile(path=day, bytes=4, sha256=day) for day in ("31 May", "1 June"))
        >>> plan = RunPlan(version="1", settings={}, inputs=(may, june), store="nightly")
        >>> finished = Manifest(
        ...     fingerprint="", versions={"household-detector": "1"}, inputs=(may,), outputs={},
        ...     settings={}, settings_sha256="", options={}, store="nightly", window=None,
        ...     rows=RowCounts(read=0, kept=0), notes=(), stages=())
        >>> other = finished.model_copy(update={"store": "weekly"})
        >>> is_next_night(plan, finished), is_next_night(plan, other)
        (True, False)
    """
    return (
        plan.store != ""
        and _differences(plan, finished) == [INPUTS]
        and _names_beside_the_log(plan.inputs) == _names_beside_the_log(finished.inputs)
    )


def _differences(plan: RunPlan, finished: Manifest) -> list[str]:
    # A run before is its tables and its name: another one is another input.
    inputs = [(_contents(each.inputs), each.previous) for each in (plan, finished)]
    pairs = {
        "version": (plan.version, finished.versions.get("household-detector")),
        "options": (plan.options, finished.options),
        "store": (plan.store, finished.store),
        INPUTS: (inputs[0], inputs[1]),
    }
    parts = [name for name, (new, old) in pairs.items() if new != old]
    changed = _changed_keys(plan.settings, finished.settings)
    return parts + ([f"settings ({', '.join(changed)})"] if changed else [])


def _contents(inputs: tuple[InputFile, ...]) -> list[tuple[str, str]]:
    return sorted((file.role, file.sha256) for file in inputs)


def _names_beside_the_log(inputs: tuple[InputFile, ...]) -> list[tuple[str, str]]:
    return sorted((file.role, file.path) for file in inputs if file.role != "log")


def _changed_keys(new: Mapping[str, Any], old: Mapping[str, Any]) -> list[str]:
    return sorted(key for key in {*new, *old} if new.get(key) != old.get(key))
