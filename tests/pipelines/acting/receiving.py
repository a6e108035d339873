"""The example receiver behind faults, in a process of its own that is also killed now and then."""

import asyncio
import ctypes
import json
import mmap
import os
import signal
import socket
import sqlite3
import struct
import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import standardwebhooks.webhooks
import uvicorn

from pipelines.kit.receiver import receiver

KEY = "whsec_" + "QUJD" * 10
TIMEOUT_S = 0.4
"""How long the sender waits for an answer."""

FAULTS = {
    "fail": 0.06,  # answers 503, and has done nothing
    "busy": 0.02,  # answers 429, asks for an hour, and has done nothing
    "late": 0.01,  # does it after the sender has given up
    "cut": 0.06,  # does it, and cuts the connection
    "double": 0.05,  # does it twice
    "restart": 0.02,  # does it, and is killed before it answers
    "die": 0.01,  # is killed before it does it
}
"""How often each is drawn."""


class SharedNumbers:
    """Whole numbers that forked processes share: the clock's offset, requests, the fault's odds."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, 16)

    def __getitem__(self, at: int) -> int:
        return struct.unpack_from("q", self._memory, 8 * at)[0]

    def __setitem__(self, at: int, value: int) -> None:
        struct.pack_into("q", self._memory, 8 * at, value)


SHARED = SharedNumbers()
_OFFSET, _REQUESTS = 0, 1


def now_us() -> int:
    """The time in every process of the harness: the machine's, turned to where it is to be."""
    return time.time_ns() // 1000 + SHARED[_OFFSET]


def turn_clock(to_us: int) -> None:
    """Turn the clock forward to a moment; never back."""
    SHARED[_OFFSET] = max(SHARED[_OFFSET], to_us - time.time_ns() // 1000)


def start_clock(at_us: int) -> None:
    """Set the clock, whatever it was."""
    SHARED[_OFFSET] = at_us - time.time_ns() // 1000


class TurnedClock(datetime):
    """What the library that verifies signatures takes for the time."""

    @classmethod
    def now(cls, tz: Any = None) -> datetime:
        return datetime.fromtimestamp(now_us() / 1e6, tz or UTC)


class FaultyGate:
    """Lets requests through to an application, in one of the ways of `FAULTS`; with draw 0 without
    any. Before each that is let through a line is written."""

    def __init__(self, app: Any, seen: Path, draw: int) -> None:
        self.app, self.draw = app, draw
        self.seen = seen.open("ab", buffering=0)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        message = await receive()
        body = message["body"]
        while message.get("more_body"):
            message = await receive()
            body += message["body"]
        SHARED[_REQUESTS] += 1
        scope["came_us"] = now_us()
        chance = Random(f"{self.draw} {SHARED[_REQUESTS]}")
        odds = [*FAULTS.values(), 1 - sum(FAULTS.values())]
        [fault] = chance.choices([*FAULTS, ""], odds) if self.draw else [""]
        await self._do(fault, scope, body, send)

    async def _do(self, fault: str, scope: Any, body: bytes, send: Any) -> None:
        if fault == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if fault in ("fail", "busy"):
            await self._refuse(fault, send)
            return
        if fault == "late":
            await asyncio.sleep(TIMEOUT_S * 1.2)
        answers = [await self._let_through(scope, body) for _ in range(1 + (fault == "double"))]
        if fault == "restart":
            os.kill(os.getpid(), signal.SIGKILL)
        status = answers[-1]
        headers = [(b"content-length", b"9" if fault == "cut" else b"0")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    async def _let_through(self, scope: Any, body: bytes) -> int:
        """Its status; the line is there if the application was asked."""
        told: list[int] = []
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        line = {"id": headers.get("webhook-id"), "came_us": scope["came_us"], "body": body.decode()}

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body}

        async def send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                told.append(message["status"])

        os.write(self.seen.fileno(), json.dumps(line).encode() + b"\n")
        await self.app(scope, receive, send)
        return told[0]

    async def _refuse(self, fault: str, send: Any) -> None:
        status, headers = 503, [(b"content-length", b"0")]
        if fault == "busy":
            status, headers = 429, [*headers, (b"retry-after", b"3600")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b""})


@contextmanager
def serving_faultily(folder: Path, draw: int) -> Generator[str]:
    """Run the receiver, and run it again whenever it is killed; yields its URL."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen(128)
        keeper = os.fork()
        if not keeper:
            _keep_it_running(folder, door, draw)
        try:
            yield f"http://127.0.0.1:{door.getsockname()[1]}/hook"
        finally:
            os.killpg(keeper, signal.SIGKILL)
            os.waitpid(keeper, 0)


def read_seen(folder: Path) -> list[dict[str, Any]]:
    """Every request that was let through, in order."""
    path = folder / "seen.ndjson"
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def read_received(folder: Path) -> list[tuple[Any, ...]]:
    """What the receiver keeps: id, account, device, treatment, withdraws."""
    with sqlite3.connect(f"file:{folder / 'tool.db'}?mode=ro", uri=True) as database:
        return database.execute("SELECT * FROM received ORDER BY id").fetchall()


def _die_with_the_parent() -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def _keep_it_running(folder: Path, door: socket.socket, draw: int) -> None:
    os.setpgid(0, 0)
    _die_with_the_parent()
    while True:
        child = os.fork()
        if not child:
            _die_with_the_parent()
            _serve(folder, door, draw)
        os.waitpid(child, 0)


def _serve(folder: Path, door: socket.socket, draw: int) -> None:
    standardwebhooks.webhooks.datetime = TurnedClock  # type: ignore[attr-defined]
    app = FaultyGate(receiver(str(folder / "tool.db"), [KEY]), folder / "seen.ndjson", draw)
    config = uvicorn.Config(app, log_level="critical", lifespan="off", access_log=False)
    try:
        uvicorn.Server(config).run(sockets=[door])
    finally:
        os._exit(0)
