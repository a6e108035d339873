"""Starting the processes that open files: before they are needed, as their libraries take a while.

This loads nothing but Python's own, so that they load theirs while their parent does.
"""

import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import IO, cast

CHILD = ("-m", "pipelines.reading.child")
_MEMORY = {
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(256 << 20),
    "MALLOC_TOP_PAD_": str(32 << 20),
}
"""Columns of one piece are laid where those of the last one were: asking the system for fresh
memory each time takes a seventh of all the work."""

Process = subprocess.Popen[bytes]
_waiting: list[Process] = []


@contextmanager
def children_ahead(size: int) -> Generator[None]:
    """Start some that `start_child` hands out; those that nobody took are ended with the block."""
    _waiting.extend(_started() for _ in range(size))
    try:
        yield
    finally:
        while _waiting:
            stop_child(_waiting.pop())


def start_child() -> Process:
    """A process that was started ahead, or one that starts now."""
    return _waiting.pop() if _waiting else _started()


def stop_child(process: Process) -> None:
    """End a process at once and collect it."""
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        with suppress(BrokenPipeError):
            cast("IO[bytes]", pipe).close()


def _started() -> Process:
    one = dict.fromkeys(("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "ARROW_IO_THREADS"), "1")
    path = {"PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen(
        [sys.executable, *CHILD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=_MEMORY | os.environ | one | path,
    )
