"""Many requests to one receiver over HTTP, some of them at a time, each with its end."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime

import aiohttp
from pydantic import BaseModel, ConfigDict, Field

from detector.feed.messages import Now
from detector.feed.sinks.sink import Reply
from detector.feed.sinks.targets import Lookup, RefusedTargetError, Target, connector, look_up

SECOND = 1_000_000
GONE, REDIRECTS = 410, range(300, 400)


class PostingSettings(BaseModel):
    """How requests are made.

    Attributes:
        in_flight: Requests at a time.
        timeout_s: From the first byte of a request to the last one of its answer.
        batch: Messages that are taken in hand at once.
        per_second: The most requests in a second; by default as many as the receiver takes.
        most_bytes: A longer message is refused before it is sent.
        most_answer_bytes: Of a longer answer the rest is not read.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    in_flight: int = Field(default=64, ge=1, le=1024)
    timeout_s: float = Field(default=15, gt=0, le=120)
    batch: int = Field(default=1000, ge=1, le=10_000)
    per_second: float | None = Field(default=None, gt=0)
    most_bytes: int = Field(default=64 * 1024, ge=1024)
    most_answer_bytes: int = Field(default=16 * 1024, ge=0)

    @property
    def patience_s(self) -> float:
        """The longest that a batch takes."""
        rounds = -(-self.batch // self.in_flight)
        return rounds * self.timeout_s + self.batch / (self.per_second or 1e9) + 5


@dataclass(frozen=True)
class Post:
    """One request: its body, and its headers as they are when it is sent."""

    body: bytes
    headers: Callable[[int], dict[str, str]]


@dataclass(frozen=True)
class Received:
    """What a receiver answered."""

    status: int
    body: bytes
    after_s: float


Judge = Callable[[Received], Reply]


class Poster:
    """Posts to one target, and nowhere else: it follows no redirect and uses no proxy."""

    def __init__(self, target: Target, settings: PostingSettings, lookup: Lookup = look_up) -> None:
        self.target = target
        self.settings = settings
        self._lookup = lookup
        self._runner = asyncio.Runner()
        self._session: aiohttp.ClientSession | None = None

    def post(self, posts: Sequence[Post], now: Now, judge: Judge) -> list[Reply]:
        """Make all requests and judge each answer; what has none in time is to be sent again."""
        replies = [Reply.again("not sent in time")] * len(posts)
        self._runner.run(self._post_all(posts, now, judge, replies))
        return replies

    def close(self) -> None:
        """End the connections that were kept open."""
        if self._session is not None:
            self._runner.run(self._session.close())
        self._runner.close()

    async def _post_all(
        self, posts: Sequence[Post], now: Now, judge: Judge, replies: list[Reply]
    ) -> None:
        session = self._opened()
        pace = _Pace(self.settings.per_second)
        waiting = iter(enumerate(posts))

        async def work(waiting: Iterator[tuple[int, Post]]) -> None:
            for at, post in waiting:
                await pace.wait()
                replies[at] = await self._post(session, post, now, judge)

        workers = [work(waiting) for _ in range(min(self.settings.in_flight, len(posts)))]
        with suppress(TimeoutError):
            async with asyncio.timeout(self.settings.patience_s):
                await asyncio.gather(*workers)

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=connector(self.target, self._lookup, self.settings.in_flight),
                timeout=aiohttp.ClientTimeout(total=self.settings.timeout_s),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
                headers={"User-Agent": "household-detector", "Accept-Encoding": "identity"},
            )
        return self._session

    async def _post(
        self, session: aiohttp.ClientSession, post: Post, now: Now, judge: Judge
    ) -> Reply:
        if len(post.body) > self.settings.most_bytes:
            return Reply.never(f"the message is longer than {self.settings.most_bytes} bytes")
        try:
            received = await self._send(session, post, now)
        except TimeoutError:
            return Reply.again(f"no answer within {self.settings.timeout_s:g} s")
        except (aiohttp.ClientError, OSError) as error:
            return Reply.again(_words(error))
        return judge(received)

    async def _send(self, session: aiohttp.ClientSession, post: Post, now: Now) -> Received:
        now_us = now()
        request = session.post(
            self.target.url,
            data=post.body,
            headers=post.headers(now_us),
            allow_redirects=False,
        )
        async with request as response:
            body = await self._read(response)
            after_s = _retry_after(response.headers.get("Retry-After", ""), now_us)
            return Received(response.status, body, after_s)

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        """To the end, as an answer that is cut off is none; but no more than we want to hold."""
        body = bytearray()
        async for piece in response.content.iter_any():
            body += piece
            if len(body) > self.settings.most_answer_bytes:
                response.close()
                break
        return bytes(body[: self.settings.most_answer_bytes])


def judge_status(received: Received) -> Reply:
    """What an answer's status says of a message, as Standard Webhooks has it.

    Examples:
        >>> judge_status(Received(204, b"", 0)).fate, judge_status(Received(410, b"", 0)).fate
        (<Fate.SENT: 'sent'>, <Fate.NEVER: 'never'>)
    """
    if 200 <= received.status < 300:
        return Reply.sent()
    if received.status == GONE:
        return Reply.never("410: the receiver is gone")
    if received.status in REDIRECTS:
        return Reply.again(f"{received.status}: redirects are not followed", received.after_s)
    return Reply.again(f"answered {received.status}", received.after_s)


class _Pace:
    """Lets so many through in a second, one after the other."""

    def __init__(self, per_second: float | None) -> None:
        self._step = 1 / per_second if per_second else 0
        self._next = 0.0

    async def wait(self) -> None:
        if not self._step:
            return
        time = asyncio.get_running_loop().time()
        self._next = max(self._next, time) + self._step
        await asyncio.sleep(self._next - self._step - time)


def _retry_after(text: str, now_us: int) -> float:
    """Seconds from now; a receiver may also name a moment."""
    if text.isascii() and text.isdecimal():
        return float(text[:9])
    with suppress(ValueError, TypeError, OverflowError):
        moment = parsedate_to_datetime(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0.0, moment.timestamp() - now_us / SECOND)
    return 0


def _words(error: BaseException) -> str:
    """What went wrong, without the URL or an address."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, RefusedTargetError):
            return str(cause)
        cause = cause.__cause__ or cause.__context__
    return f"no connection ({type(error).__name__})"
