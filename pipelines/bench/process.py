"""One command in a process of its own: its seconds and the memory of all that it starts."""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from detector.errors import DetectorError

PROGRAM = ("-c", "from pipelines.cli import main; main()")
MIB = 1 << 20
PAGE = os.sysconf("SC_PAGE_SIZE")
EVERY_S = 0.05
"""Seconds between two looks at the memory."""


@dataclass(frozen=True)
class Measured:
    """What a command cost, and what it answered."""

    seconds: float
    """From its start to its end, the start of Python included."""

    cpu_seconds: float
    """Of the command and its children; other programs on the machine hardly change it."""

    peak_mib: int
    """The most memory that it and its children held at one time; pages that several of them
    share are counted for each."""

    answer: str


def measure(
    words: Sequence[str], threads: int, variables: Mapping[str, str] | None = None
) -> Measured:
    """Run Python with these words and wait for it.

    Args:
        words: Of the command line.
        threads: Cores to use.
        variables: Of its environment, besides those that are there.

    Raises:
        DetectorError: If the command fails.
    """
    begun, spent = time.perf_counter(), _cpu_of_children()
    process = subprocess.Popen(
        [sys.executable, *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **_environment(threads), **(variables or {})},
        text=True,
    )
    peak = 0
    while True:
        peak = max(peak, memory_of(process.pid))
        try:
            answer, complaint = process.communicate(timeout=EVERY_S)
            break
        except subprocess.TimeoutExpired:
            continue
    seconds = time.perf_counter() - begun
    if process.returncode:
        what = complaint.strip().splitlines() or ["it said nothing"]
        raise DetectorError(
            f"{' '.join(words[:3])} ended with code {process.returncode}: {what[-1]}",
            hint="run it by itself to see why; pandas and duckdb come with the extra [bench]",
        )
    return Measured(seconds, _cpu_of_children() - spent, peak // MIB, answer)


def measure_command(words: Sequence[str], threads: int) -> Measured:
    """Run a command of the program, as `measure` does, and have it answer as JSON."""
    return measure([*PROGRAM, *words, "--threads", str(threads), "--json"], threads)


def memory_of(root: int) -> int:
    """Bytes held by a process and all its descendants; those that ended meanwhile hold none.

    Examples:
        >>> memory_of(os.getpid()) > MIB
        True
    """
    parents = {int(path.name): _parent(path) for path in Path("/proc").glob("[0-9]*")}
    family = {root}
    while more := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= more
    return sum(_held(pid) for pid in family)


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _parent(folder: Path) -> int:
    try:
        return int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError):
        return 0


def _held(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
    except (OSError, IndexError):
        return 0


def _environment(threads: int) -> Mapping[str, str]:
    names = ("POLARS_MAX_THREADS", "NUMBA_NUM_THREADS", "OMP_NUM_THREADS")
    path = {"PYTHONPATH": os.pathsep.join(sys.path)}
    return dict.fromkeys(names, str(threads)) | path
