"""What every command shares: its common options, its answer, the screen."""

import json
import logging
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from rich.console import Console

from detector.plain_text import plain_text


@Parameter(name="*")
@dataclass(frozen=True)
class Common:
    """Options that every command takes."""

    json: Annotated[
        bool, Parameter(negative="", show_default=False, help="Answer with one JSON document.")
    ] = False
    config: Annotated[
        Path | None, Parameter(help="Settings in TOML; HOUSEHOLD__STAGE__KEY overrides them.")
    ] = None
    debug: Annotated[
        bool, Parameter(negative="", show_default=False, help="Show the traceback of a failure.")
    ] = False


COMMON = Common()


@dataclass(frozen=True)
class Answer:
    """What a command found out, for a program and for a person."""

    document: Mapping[str, Any]
    render: Callable[[Console], None]
    exit_code: int = 0


def print_answer(answer: Answer, *, as_json: bool) -> None:
    """Write the answer to standard output, in one of its two forms."""
    if as_json:
        sys.stdout.write(json.dumps(answer.document, indent=2, default=str) + "\n")
    else:
        answer.render(Console(highlight=False))
    sys.stdout.flush()


def print_failure(problem: str, *, exit_code: int, as_json: bool) -> None:
    """Say on standard error what went wrong; with ``--json`` also as the one document."""
    sys.stderr.write("\n".join(map(plain_text, problem.split("\n"))) + "\n")
    if as_json:
        sys.stdout.write(json.dumps({"error": problem, "exit_code": exit_code}, indent=2) + "\n")
        sys.stdout.flush()


class ScreenLog(logging.Handler):
    """Writes log lines to standard error, above a progress bar if there is one."""

    def __init__(self, console: Console) -> None:
        super().__init__()
        self.console = console

    def emit(self, record: logging.LogRecord) -> None:
        """Print one record as one line."""
        line = plain_text(self.format(record))
        self.console.print(line, markup=False, highlight=False, soft_wrap=True)


def start_log() -> Console:
    """Send the log of the detector to standard error, and return that screen."""
    console = Console(stderr=True)
    log = logging.getLogger("household")
    log.handlers = [ScreenLog(console)]
    log.setLevel(logging.INFO)
    log.propagate = False
    return console
