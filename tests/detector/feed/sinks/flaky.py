"""A receiver on this machine that fails in every way that receivers do, on demand."""

import asyncio
import json
import threading
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

REASONS = {
    200: "OK",
    202: "Accepted",
    302: "Found",
    400: "Bad",
    410: "Gone",
    429: "Busy",
    500: "No",
}

Mood = Callable[["Request", int], str]
"""What to do with a request that comes for the n-th time, by its message's id."""


@dataclass(frozen=True)
class Request:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers.get("webhook-id", "")


@dataclass
class FlakyReceiver:
    """Answers by its mood, and remembers what came and what it took."""

    mood: Mood
    port: int = 0
    came: list[Request] = field(default_factory=list)
    took: list[Request] = field(default_factory=list)
    times: Counter[str] = field(default_factory=Counter)
    open_now: int = 0
    most_open: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def taken(self) -> list[dict]:
        return [json.loads(request.body) for request in self.took]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while await self._one(reader, writer):
                pass
        writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.strip().split("\r\n")
        headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        request = Request(first.split()[1], headers, body)
        self.came.append(request)
        self.times[request.id] += 1
        self.open_now += 1
        self.most_open = max(self.most_open, self.open_now)
        try:
            return await self._answer(request, writer)
        finally:
            self.open_now -= 1

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> bool:
        what, _, more = self.mood(request, self.times[request.id]).partition(" ")
        if what == "late":
            await asyncio.sleep(0.02)
            what = "200"
        if not what.isdecimal():
            await self._fail(what, request, writer)
            return False
        if 200 <= int(what) < 300:
            self.took.append(request)
        extra = f"{more}\r\n" if more else ""
        writer.write(f"HTTP/1.1 {what} So\r\n{extra}Content-Length: 2\r\n\r\n{{}}".encode())
        await writer.drain()
        return True

    async def _fail(self, what: str, request: Request, writer: asyncio.StreamWriter) -> None:
        if what in ("cut", "endless"):
            self.took.append(request)
        match what:
            case "reset":
                writer.transport.abort()
            case "silent":
                await asyncio.sleep(30)
            case "slow":
                await self._drip(writer)
            case "cut":
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nok")
            case "endless":
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n")
                writer.write(b"x" * 99_999)
                await writer.drain()
                await asyncio.sleep(30)
        await writer.drain()

    async def _drip(self, writer: asyncio.StreamWriter) -> None:
        for byte in b"HTTP/1.1 200 OK\r\n" * 9:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.05)


@contextmanager
def receiving(mood: Mood = lambda _request, _times: "200") -> Generator[FlakyReceiver]:
    """Run a receiver in a thread of its own."""
    receiver, ready = FlakyReceiver(mood), threading.Event()
    loop, stop = asyncio.new_event_loop(), asyncio.Event()

    async def serve() -> None:
        server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
        receiver.port = server.sockets[0].getsockname()[1]
        ready.set()
        await stop.wait()
        server.close()

    def run() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(serve())

    thread = threading.Thread(target=run)
    thread.start()
    ready.wait()
    try:
        yield receiver
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
