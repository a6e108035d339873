"""Reviewers as programs: each signs in over HTTP and decides without a pause, as a page would."""

import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from html import unescape
from http.client import HTTPConnection, HTTPException
from threading import Lock, Thread
from urllib.parse import urlencode

from tests.detector.review.load.checks import Acknowledged

PASSWORD = "correct horse battery"
CSRF, REVIEW, ACCOUNT, VERSION, SHOWN = (
    re.compile(f'name="{name}" value="([^"]*)"')
    for name in ("csrf", "review_id", "id", "version", "shown_us")
)
GONE = (HTTPException, OSError)
"""What a client sees of a server that was killed."""
AGAIN_SECONDS = 0.2
PIECE = 1 << 20


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    location: str
    text: str
    """Of a page; what is saved as a file is read and thrown away."""
    seconds: float


class Browser:
    """One person's connection and cookie; forms are sent as a page of the server sends them."""

    def __init__(self, port: int, timeout: float = 120) -> None:
        self.host = f"127.0.0.1:{port}"
        self.connection = HTTPConnection("127.0.0.1", port, timeout=timeout)
        self.cookie = ""

    def close(self) -> None:
        self.connection.close()

    def get(self, address: str) -> Reply:
        return self._ask("GET", address, None)

    def post(self, address: str, form: dict[str, str]) -> Reply:
        return self._ask("POST", address, urlencode(form))

    def sign_in(self, name: str) -> str:
        """Begin a session, and return the token that its forms need."""
        reply = self.post("/login", {"name": name, "password": PASSWORD})
        if reply.status != 303:
            raise RuntimeError(f"{name} could not sign in: {reply.status}")
        return find(CSRF, self.get("/done").text)

    def _ask(self, method: str, address: str, body: str | None) -> Reply:
        headers = {"Host": self.host, "Cookie": self.cookie}
        if body is not None:
            headers["Origin"] = f"http://{self.host}"
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        start = time.perf_counter()
        try:
            self.connection.request(method, address, body, headers)
            answer = self.connection.getresponse()
            is_page = "html" in answer.headers.get("Content-Type", "")
            content = b"".join(part for part in iter(partial(answer.read, PIECE), b"") if is_page)
        except GONE:
            self.connection.close()
            raise
        seconds = time.perf_counter() - start
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            self.cookie = cookie.partition(";")[0]
        location = answer.headers.get("Location", "")
        return Reply(answer.status, location, content.decode(), seconds)


def find(pattern: re.Pattern[str], text: str) -> str:
    """The value of a hidden field; empty where the page has none."""
    found = pattern.search(text)
    return unescape(found.group(1)) if found else ""


@dataclass
class Seen:
    """What all reviewers of one round saw together."""

    acknowledged: list[Acknowledged] = field(default_factory=list)
    answers: list[tuple[float, float]] = field(default_factory=list)
    """When, and how long it took until the next account was known."""
    pages: list[float] = field(default_factory=list)
    unanswered: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    lock: Lock = field(default_factory=Lock)


class Reviewer:
    """Takes a case, looks at it, answers it, until the time is over."""

    def __init__(self, name: str, port: int, seen: Seen, over: Callable[[], bool]) -> None:
        self.name, self.seen, self.over = name, seen, over
        self.browser = Browser(port)
        self.csrf = ""
        self.next = ""
        self.sent: dict[str, str] | None = None
        """An answer that the server has not acknowledged."""

    def sign_in(self) -> None:
        self.csrf = self.browser.sign_in(self.name)

    def work(self) -> None:
        """Go on after the server was killed: sign in, and send again what was not acknowledged."""
        while not self.over():
            try:
                if not self.csrf:
                    self.sign_in()
                self._step()
            except GONE:
                self.csrf = ""
                time.sleep(AGAIN_SECONDS)
        self.browser.close()
        if self.sent is not None:
            with self.seen.lock:
                self.seen.unanswered += 1

    def _step(self) -> None:
        if self.sent is not None:
            self._send()
        elif not self.next:
            self._follow(self.browser.post("/next", {"csrf": self.csrf, "in": ""}))
        else:
            self._look()

    def _look(self) -> None:
        page = self.browser.get(self.next)
        self.next = ""
        review, account = find(REVIEW, page.text), find(ACCOUNT, page.text)
        if page.status != 200 or not review:
            self._refused(f"page {page.status}")
            return
        with self.seen.lock:
            self.seen.pages.append(page.seconds)
        said = "confirm" if int(review, 16) % 3 else "clear"
        self.sent = {
            "id": account,
            "review_id": review,
            "version": find(VERSION, page.text),
            "shown_us": find(SHOWN, page.text),
            "answer": said,
            "given": "yes",
            "in": "",
        }

    def _send(self) -> None:
        assert self.sent is not None
        reply = self.browser.post("/answer", {**self.sent, "csrf": self.csrf})
        sent, self.sent = self.sent, None
        if reply.status != 303:
            self._refused(f"answer {reply.status}")
            return
        told = Acknowledged(sent["review_id"], sent["id"], self.name, sent["answer"])
        with self.seen.lock:
            self.seen.acknowledged.append(told)
            self.seen.answers.append((time.monotonic(), reply.seconds))
        self._follow(reply)

    def _follow(self, reply: Reply) -> None:
        if reply.location.startswith("/account"):
            self.next = reply.location
        else:
            self._refused(f"next {reply.status} {reply.location.partition('?')[0]}")

    def _refused(self, words: str) -> None:
        with self.seen.lock:
            self.seen.refused[words] += 1


def review_together(
    port: int, names: Sequence[str], over: Callable[[], bool]
) -> tuple[Seen, list[Thread]]:
    """Let people sign in, then begin; they stop by themselves when it is over."""
    seen = Seen()
    workers = [Reviewer(name, port, seen, over) for name in names]
    for worker in workers:
        worker.sign_in()
    threads = [Thread(target=worker.work, name=worker.name) for worker in workers]
    for thread in threads:
        thread.start()
    return seen, threads
