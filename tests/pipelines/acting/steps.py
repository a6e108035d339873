"""Watches a forked process take steps on disk and network, and kills it before one of them.

Each write, sync, rename, removal and sending of the child, the database's own among them, stops in
the kernel (a seccomp filter hands it to us) until it is let go on or is killed: what is killed has
done all steps before, and not this one. Needs Linux 5.9 on x86-64 or ARM, and nothing installed.
"""

import ctypes
import errno
import fcntl
import os
import platform
import select
import signal
import socket
import struct
import traceback
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

WRITE, SYNC, RENAME, SEND = "write", "sync", "rename", "send"
KINDS = (WRITE, SYNC, RENAME, SEND)

_X86 = {
    **dict.fromkeys((1, 18, 20, 296, 328, 77), WRITE),  # write, p-, -v, p-v, p-v2, ftruncate
    **dict.fromkeys((74, 75), SYNC),  # fsync, fdatasync
    **dict.fromkeys((82, 264, 316, 87, 263), RENAME),  # rename, -at, -at2, unlink, -at
    **dict.fromkeys((44, 307), SEND),  # sendto, sendmmsg
}
_ARM = {
    **dict.fromkeys((64, 68, 66, 70, 287, 46), WRITE),
    **dict.fromkeys((82, 83), SYNC),
    **dict.fromkeys((38, 276, 35), RENAME),
    **dict.fromkeys((206, 269), SEND),
}


@dataclass(frozen=True)
class _Machine:
    """What the kernel calls it, and the numbers of its calls."""

    mark: int
    calls: dict[int, str]
    seccomp: int
    sendmsg: int


_MACHINES = {
    "x86_64": _Machine(0xC000003E, _X86, 317, 46),
    "aarch64": _Machine(0xC00000B7, _ARM, 277, 211),
}

CANNOT = 77
"""A program that cannot watch ends with this."""
SEED = 7

CONTROL = 200
"""The descriptor by which the child tells us that it is ready: what is sent there counts not."""

PATIENCE_MS = 180_000

_NO_NEW_PRIVILEGES, _SET_FILTER, _NEW_LISTENER = 38, 1, 1 << 3
_RECEIVE, _ANSWER, _GO_ON = 0xC0502100, 0xC0182101, 1
_ALLOW, _TELL = 0x7FFF0000, 0x7FC00000
_LOAD, _IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_CALL, _MARK, _FIRST_ARGUMENT = 0, 4, 16


@dataclass
class Walk:
    """How a child went: how many steps of each kind it took; its exit code, if it was let end."""

    steps: Counter[str] = field(default_factory=Counter)
    code: int | None = None


@dataclass(frozen=True)
class Kill:
    """Before which step of a kind the child is killed; the first is 1."""

    kind: str
    at: int


def can_watch() -> bool:
    """Whether this kernel lets us."""
    if platform.machine() not in _MACHINES:
        return False
    try:
        return walk(lambda: 0).code == 0
    except OSError:
        return False


def walk(job: Callable[[], int], kill: Kill | None = None) -> Walk:
    """Fork, let the child do a job, which returns its exit code, and kill it before a step."""
    ours, theirs = socket.socketpair()
    child = os.fork()
    if not child:
        _be_watched(ours, theirs, job)
    theirs.close()
    with ours:
        _, descriptors, _, _ = socket.recv_fds(ours, 1, 1)
    if not descriptors:
        os.waitpid(child, 0)
        raise OSError(errno.ENOSYS, "this kernel lets nobody watch another process's calls")
    [listener] = descriptors
    try:
        return _follow(child, listener, kill)
    finally:
        os.close(listener)


def draw_points(steps: list[Counter[str]], points: int) -> list[deque[Kill]]:
    """For each command its kills, drawn evenly over the steps of each kind; where there are too few
    of one, more of the others."""
    plan: list[list[Kill]] = [[] for _ in steps]
    taken = sum(steps, Counter())
    for place, kind in enumerate(sorted(KINDS, key=lambda kind: taken[kind])):
        every = [
            (at, Kill(kind, n + 1)) for at, some in enumerate(steps) for n in range(some[kind])
        ]
        share = -(-(points - sum(map(len, plan))) // (len(KINDS) - place))
        some = min(len(every), share)
        for at, kill in (every[(2 * n + 1) * len(every) // (2 * some)] for n in range(some)):
            plan[at].append(kill)
    draw = Random(SEED)
    for kills in plan:
        draw.shuffle(kills)
    return [deque(kills) for kills in plan]


def _be_watched(ours: socket.socket, theirs: socket.socket, job: Callable[[], int]) -> None:
    code = 70
    try:
        ours.close()
        os.dup2(theirs.fileno(), CONTROL)
        theirs.close()
        with socket.socket(fileno=CONTROL) as control:
            listener = _install_filter()
            socket.send_fds(control, [b"x"], [listener])
            os.close(listener)
        code = job()
    except Exception:  # noqa: BLE001 - a fork must not go on as if it were its parent
        traceback.print_exc()
    finally:
        os._exit(code)


def _install_filter() -> int:
    """Of this thread and all that it starts; the descriptor by which steps are told."""
    here = _MACHINES[platform.machine()]
    count = len(here.calls)
    program = [
        (_LOAD, 0, 0, _MARK),
        (_IF_EQUAL, 0, count + 4, here.mark),
        (_LOAD, 0, 0, _CALL),
        *((_IF_EQUAL, count + 3 - at, 0, number) for at, number in enumerate(here.calls)),
        (_IF_EQUAL, 0, 2, here.sendmsg),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        (_IF_EQUAL, 0, 1, CONTROL),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _TELL),
    ]
    written = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in program))
    head = ctypes.create_string_buffer(
        struct.pack("HxxxxxxQ", len(program), ctypes.addressof(written))
    )
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")
    listener = libc.syscall(here.seccomp, _SET_FILTER, _NEW_LISTENER, head)
    if listener < 0:
        raise OSError(ctypes.get_errno(), "seccomp")
    return listener


def _follow(child: int, listener: int, kill: Kill | None) -> Walk:
    went, ready = Walk(), select.poll()
    ready.register(listener, select.POLLIN)
    while True:
        events = ready.poll(PATIENCE_MS)
        if not events:
            os.kill(child, signal.SIGKILL)
            raise TimeoutError("a child does nothing at all any more")
        if not events[0][1] & select.POLLIN:
            break
        told = bytearray(80)
        try:
            fcntl.ioctl(listener, _RECEIVE, told)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.EINTR):
                continue
            raise
        if kind := _kind(told):
            went.steps[kind] += 1
            if kill and (kind, went.steps[kind]) == (kill.kind, kill.at):
                os.kill(child, signal.SIGKILL)
                break
        _let_go_on(listener, told)
    _, status = os.waitpid(child, 0)
    went.code = None if os.WIFSIGNALED(status) else os.waitstatus_to_exitcode(status)
    return went


def _let_go_on(listener: int, told: bytearray) -> None:
    answer = bytearray(told[:8] + struct.pack("qiI", 0, 0, _GO_ON))
    try:
        fcntl.ioctl(listener, _ANSWER, answer)
    except OSError as error:
        if error.errno != errno.ENOENT:
            raise


def _kind(told: bytearray) -> str | None:
    """What a call is; nothing, if it goes to a pipe, a screen or a counter of the program's own."""
    thread, call, descriptor = struct.unpack_from("8xI4xi12xQ", told)
    kind = _MACHINES[platform.machine()].calls.get(call, SEND)
    if kind == RENAME:
        return kind
    try:
        target = str(Path(f"/proc/{thread}/fd/{descriptor & 0xFFFFFFFF}").readlink())
    except OSError:
        return None
    if target.startswith("socket:"):
        return SEND
    is_file = target.startswith("/") and not target.startswith("/dev/")
    return kind if is_file or target.startswith("/dev/shm/") else None
