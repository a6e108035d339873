"""Child processes that are kept, watched, and replaced when a file kills one."""

import json
import os
import select
import signal
import sys
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Protocol, Self, cast

from pydantic import TypeAdapter, ValidationError

from detector.errors import DetectorError
from pipelines.reading import starting
from pipelines.reading.shared.messages import READY, Decoded, Failed, Part, Problem, Reply, Request

_REPLIES: TypeAdapter[Reply] = TypeAdapter(Reply)
_BLOCK = 1 << 20
START_SECONDS = 120
"""A busy machine may be slow to start a process; that is no file's fault."""

Batch = tuple[str, int]
"""A file of sightings, and one of its record batches."""


class Workers(Protocol):
    """Those who open files and unite buckets, wherever they are."""

    together: bool
    """Whether they may read small files as one."""

    def run(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        """Yield each request's number and answer, as they come."""
        ...

    def find_parts(self, pieces: Sequence[Decoded]) -> Mapping[int, Sequence[Batch]]:
        """Tell where the sightings of each bucket stand, of the pieces that count."""
        ...


Hire = Callable[[Path, int, float], AbstractContextManager[Workers]]
"""Finds workers: given the path of the plan, their number, and seconds for each task."""


class Child:
    """One process and the task it is at."""

    def __init__(self, plan: Path) -> None:
        self.process = starting.start_child()
        self._send(json.dumps(str(plan)).encode() + b"\n")
        self.task = -1
        self.due = 0.0
        self._seconds = 0.0
        self._ready = False
        self._read = bytearray()

    def begin(self, task: int, request: Request, seconds: float) -> None:
        """Hand a task over."""
        self.task, self._seconds = task, seconds
        self.due = time.monotonic() + (seconds if self._ready else START_SECONDS)
        self._send(request.model_dump_json().encode() + b"\n")

    def fileno(self) -> int:
        """Let `select` wait for the answer."""
        return cast("IO[bytes]", self.process.stdout).fileno()

    def listen(self) -> Reply | None:
        """Take what has arrived: an answer, or None if it is not complete yet.

        Raises:
            OSError: If the run's own folder could not be written to.
        """
        block = os.read(self.fileno(), _BLOCK)
        self._read += block
        if not self._ready and self._read.startswith(READY):
            self._ready = True
            self.due = time.monotonic() + self._seconds
            del self._read[: len(READY)]
        if block and not self._read.endswith(b"\n"):
            return None
        line, self._read = bytes(self._read), bytearray()
        try:
            return _unless_ours(_REPLIES.validate_json(line))
        except ValidationError:
            return _failed(self._ended())

    def stop(self) -> None:
        """End the process at once and collect it."""
        starting.stop_child(self.process)

    def _send(self, line: bytes) -> None:
        with suppress(BrokenPipeError):
            pipe = cast("IO[bytes]", self.process.stdin)
            pipe.write(line)
            pipe.flush()

    def _ended(self) -> str:
        self.process.kill()
        code = self.process.wait()
        if not self._ready:
            raise DetectorError(
                f"The process that reads log files cannot start (code {code}).",
                hint=f"see why with: {sys.executable} {' '.join(starting.CHILD)}",
            )
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        return f"ends the process that reads it ({how})"


class ChildPool:
    """As many children as there are threads to use; they live until the pool is closed."""

    together = True

    def __init__(self, plan: Path, size: int, deadline_s: float) -> None:
        self._plan = plan
        self._deadline_s = deadline_s
        self._idle = [Child(plan) for _ in range(size)]
        self._busy: list[Child] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        for child in (*self._idle, *self._busy):
            child.stop()

    def run(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        """Yield each request's number and answer, as they come.

        A request whose child dies or exceeds its deadline is answered by `Failed`.
        """
        waiting = deque(enumerate(requests))
        while waiting or self._busy:
            while waiting and self._idle:
                child = self._idle.pop()
                child.begin(*waiting.popleft(), self._deadline_s)
                self._busy.append(child)
            for child, reply in self._answers():
                self._busy.remove(child)
                self._idle.append(self._fit_again(child))
                yield child.task, reply

    def find_parts(self, pieces: Sequence[Decoded]) -> Mapping[int, Sequence[Batch]]:
        """As the children told; buckets that hold no event are left out."""
        return deal_parts(part for piece in pieces for part in piece.parts)

    def _answers(self) -> list[tuple[Child, Reply]]:
        """Answers that are there, and failures of children that are late."""
        now = time.monotonic()
        soonest = max(0.0, min(child.due for child in self._busy) - now)
        ready: list[Child] = select.select(self._busy, [], [], soonest)[0]
        heard = ((child, child.listen()) for child in ready)
        answers = [(child, reply) for child, reply in heard if reply is not None]
        late = (c for c in self._busy if c not in ready and c.due <= time.monotonic())
        return answers + [(child, self._late(child)) for child in late]

    def _late(self, child: Child) -> Reply:
        child.process.kill()
        child.process.wait()
        return _failed(f"takes longer than {self._deadline_s:g} s to read")

    def _fit_again(self, child: Child) -> Child:
        """The child itself, or another in its place if it is gone."""
        if child.process.poll() is None:
            return child
        child.stop()
        return Child(self._plan)


def deal_parts(parts: Iterable[Part]) -> dict[int, list[Batch]]:
    """Where the sightings of each bucket are."""
    found: defaultdict[int, list[Batch]] = defaultdict(list)
    for part in parts:
        for batch, bucket in enumerate(part.buckets):
            found[bucket].append((part.path, batch))
    return found


def _unless_ours(reply: Reply) -> Reply:
    """A full disk of our own is not the file's fault: the run stops, and can go on later."""
    if isinstance(reply, Failed) and reply.problem.kind == "work":
        raise OSError(reply.problem.text)
    return reply


def _failed(text: str) -> Failed:
    return Failed(problem=Problem(kind="file", text=text))
