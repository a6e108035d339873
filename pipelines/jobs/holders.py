"""Who holds a claim, named so that a deliverer sees when another one of its machine was killed.

A name ends with where a process lives (the boot of the machine and its space of process ids), its
number, and when it began: a number that was given anew is another process. Of processes that live
elsewhere nothing is said; their claims end by themselves.
"""

import os
import socket
from contextlib import suppress
from pathlib import Path

PROCESSES = Path("/proc")
BEGAN, STATE = 19, 0
"""Which words of a process's line, after its name in brackets, say when it began and how it is."""
ZOMBIE = "Z"


def holder_name(name: str | None = None, pid: int | None = None) -> str:
    """Name a deliverer: as it is called, or its machine; then the process.

    Args:
        name: What the operator calls it.
        pid: Of the process; our own by default.
    """
    number = os.getpid() if pid is None else pid
    line = _line(number)
    return f"{name or socket.gethostname()} {_realm()}:{number}:{line[BEGAN] if line else ''}"


def is_gone(holder: str) -> bool:
    """Whether a deliverer ran on this machine, and runs no more.

    Examples:
        >>> is_gone(holder_name("night")), is_gone("night")
        (False, False)
    """
    realm, _, rest = holder.rpartition(" ")[2].partition(":")
    number, _, began = rest.partition(":")
    if not (realm and realm == _realm() and number.isdecimal() and began):
        return False
    line = _line(int(number))
    return not line or line[BEGAN] != began or line[STATE] == ZOMBIE


def _realm() -> str:
    """Empty where the system tells neither."""
    with suppress(OSError):
        boot = (PROCESSES / "sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}/{(PROCESSES / 'self/ns/pid').stat().st_ino}"
    return ""


def _line(pid: int) -> list[str]:
    """What the system says of a process; nothing if there is none."""
    with suppress(OSError):
        return (PROCESSES / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return []
