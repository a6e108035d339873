"""The sinks that a TOML file names, opened; what each kind needs is loaded only if it is named."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from detector.errors import SettingsError
from detector.feed.marks import Retries
from detector.feed.messages import SOURCE
from detector.feed.publish import Outlet
from detector.feed.sinks.sink import Sink

GROUP = "household_detector.sinks"
"""Entry points of this group are kinds of sinks: functions like `OpenSink`."""
OWN = {
    "file": "detector.feed.sinks.file:open_sink",
    "kafka": "detector.feed.sinks.kafka:open_sink",
    "postgres": "detector.feed.sinks.postgres:open_sink",
    "ssf": "detector.feed.sinks.ssf:open_sink",
    "webhook": "detector.feed.sinks.webhook:open_sink",
}
"""The kinds that we bring, whether or not the package's entry points can be read."""

OpenSink = Callable[[str, dict[str, Any], str], Sink]
"""Makes a sink: from its name, its table of the file without `kind`, and who sends."""


class SinkTable(BaseModel):
    """What every sink may be told; all else is up to its kind.

    Attributes:
        kind: Of which kind it is.
        attempts: After so many a message is dead, until it is retried by hand.
        first_wait_s: How long to wait after the first failure; doubles each time.
        longest_wait_s: Where doubling ends.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    kind: str
    attempts: int = Field(default=Retries.attempts, ge=1)
    first_wait_s: float = Field(default=Retries.first_wait_s, gt=0)
    longest_wait_s: float = Field(default=Retries.longest_wait_s, gt=0)

    @property
    def retries(self) -> Retries:
        """How patient we are with it."""
        return Retries(self.attempts, self.first_wait_s, self.longest_wait_s)

    @property
    def own(self) -> dict[str, Any]:
        """What only its kind understands."""
        return dict(self.model_extra or {})


class SinksFile(BaseModel):
    """A file that names sinks."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str = Field(default=SOURCE, min_length=1)
    sinks: dict[str, SinkTable] = Field(min_length=1)


@dataclass(frozen=True)
class Configured:
    """Sinks that are not open yet, as the file has them."""

    path: Path
    file: SinksFile

    def open(self) -> list[Outlet]:
        """Open every sink, in the order of the file.

        Raises:
            SettingsError: A kind is unknown or needs an extra, a setting is wrong, or a secret
                is not there.
        """
        outlets: list[Outlet] = []
        try:
            for name, table in self.file.sinks.items():
                outlets.append(self._outlet(name, table))
        except BaseException:
            close_all(outlets)
            raise
        return outlets

    def _outlet(self, name: str, table: SinkTable) -> Outlet:
        with_kind = find_kind(name, table.kind)
        try:
            sink = with_kind(name, table.own, self.file.source)
        except ValidationError as error:
            raise SettingsError(f"{self.path}: [sinks.{name}] {_problems(error)}") from None
        return Outlet(name, sink, table.retries)


def read_sinks(path: Path) -> Configured:
    """Read a file of sinks: ``[sinks.NAME]`` and ``kind = ...`` for each.

    Raises:
        SettingsError: It cannot be read, is no TOML, or has a setting that is none.
    """
    try:
        table: Mapping[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        return Configured(path, SinksFile(**table))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not TOML: {error}.") from error
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}.") from error
    except ValidationError as error:
        raise SettingsError(f"{path}: {_problems(error)}") from None


def close_all(outlets: list[Outlet]) -> None:
    """Let go of every sink's connections."""
    for outlet in outlets:
        outlet.sink.close()


def find_kind(sink: str, kind: str) -> OpenSink:
    """Load the module of a kind: ours, or one that another package brings.

    Raises:
        SettingsError: Nobody brings it, or what it needs is not installed.
    """
    path = OWN.get(kind)
    try:
        if path is not None:
            module, _, name = path.partition(":")
            return getattr(import_module(module), name)
        found = [point for point in entry_points(group=GROUP) if point.name == kind]
        if found:
            return found[0].load()
    except ModuleNotFoundError as error:
        hint = f"pip install 'household-detector[{kind}]'" if kind in OWN else ""
        missing = f"[sinks.{sink}]: kind {kind!r} needs {error.name}, which is not installed."
        raise SettingsError(missing, hint=hint) from error
    known = ", ".join(sorted(OWN))
    raise SettingsError(f"[sinks.{sink}]: there is no kind {kind!r}.", hint=f"known are {known}")


def _problems(error: ValidationError) -> str:
    """Where and what is wrong; never the value, which might be a secret in the wrong place."""
    return "; ".join(
        f"{'.'.join(map(str, each['loc'])) or 'settings'}: {each['msg'].lower()}"
        for each in error.errors(include_url=False, include_input=False)
    )
