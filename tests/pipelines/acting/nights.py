"""A week of acting on one run, as commands that a cron job and a few people give."""

import os
import shutil
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from detector import schemas
from detector.cases.open import open_store
from detector.runs.run import Run
from pipelines.cli import run as household
from tests.own_postgres import OwnPostgres
from tests.pipelines.acting.receiving import KEY, TIMEOUT_S, now_us, turn_clock
from tests.pipelines.tiny_run import FIRST, device, lender, table, write_manifest

FIRST_NIGHT = FIRST + timedelta(days=42)
ACCOUNTS = [f"a{number:02}" for number in range(14)]
LATE = ACCOUNTS[10:]
"""Accounts of the wave that is taken back later."""
DONE, NOTHING, LEFT, REFUSED = 0, 99, 4, 1
HOUR_US = 3_600_000_000
MOST_CALLS = 60

POLICY = """
name = "harness"
version = "1"
home_confidence = 0.9
accepted_by = "J. Doe"
accepted_for = ["offer_extra_member", "pause_external_devices"]
caps = {per_day = 10}
treatments.pause_external_devices = {notice_days = 7}
calendar = {quiet_hours = "20:00-06:00"}

[[rules]]
name = "pause"
reason = "Devices elsewhere are paused."
treatment = "pause_external_devices"
given = ["notify"]

[[rules]]
name = "tell"
reason = "The account is used elsewhere."
treatment = "notify"
"""

SINKS = f"""
[sinks.tool]
kind = "webhook"
url = "%s"
hosts = ["127.0.0.1"]
allow_loopback = true
key_file = "%s"
timeout_s = {TIMEOUT_S}
in_flight = 4
batch = 8
first_wait_s = 1
longest_wait_s = 600
attempts = 1000

[sinks.lines]
kind = "file"
folder = "%s"
batch = 6
"""

FEEDBACK = """feedback_id,account_id,kind
f1,a03,appealed
f2,a04,verified
f3,a05,extra_member_bought
"""


@dataclass(frozen=True)
class Desk:
    """The folder of one trial, and the URL of its case store."""

    folder: Path
    store: str

    @property
    def run(self) -> Path:
        return self.folder / "run"

    @property
    def lines(self) -> Path:
        return self.folder / "lines"

    def lay(self, url: str) -> None:
        """Write all that commands are given, besides the run; a receiver waits at the URL."""
        for name, text in {
            "policy.toml": POLICY,
            "late.csv": "\n".join(["account_id", *LATE]),
            "feedback.csv": FEEDBACK,
            "key": KEY,
            "sinks.toml": SINKS % (url, self.folder / "key", self.lines),
        }.items():
            (self.folder / name).write_text(text)


@dataclass(frozen=True)
class Command:
    """One command, given until it ends well; `again` are exit codes that are well only if it was
    killed before, and so may have been done."""

    name: str
    words: Callable[[Desk], Sequence[str]]
    day: int
    again: tuple[int, ...] = field(default=(DONE, NOTHING))

    @property
    def delivers(self) -> bool:
        return self.name == "deliver"

    @property
    def is_answer(self) -> bool:
        """Whether somebody outside has a word to say."""
        return self.name in ("cases", "feedback")

    def call(self, desk: Desk, *more: str) -> int:
        """Its exit code; for a child, which keeps quiet."""
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        return household([*self.words(desk), "--cases", desk.store, *more])

    def start_day(self) -> None:
        """At ten in the morning, or later if it is later."""
        morning = datetime.combine(as_of(self.day), datetime.min.time(), UTC)
        turn_clock(int(morning.timestamp()) * 1_000_000 + 10 * HOUR_US)


def as_of(day: int) -> date:
    return FIRST_NIGHT + timedelta(days=day)


def decide(day: int, *more: str) -> Command:
    def words(desk: Desk) -> list[str]:
        given = ["--as-of", str(as_of(day)), "--policy", str(desk.folder / "policy.toml")]
        waves = [word.format(desk.folder) for word in more]
        return ["decide", str(desk.run), *given, *waves]

    return Command("decide", words, day)


def deliver(day: int) -> Command:
    return Command(
        "deliver",
        lambda desk: ["deliver", "--sinks", str(desk.folder / "sinks.toml"), "--as", "first"],
        day,
    )


def person(day: int, *words: str) -> Command:
    told = ["cases", *words, "--by", "eve"]
    return Command("cases", lambda _desk: told, day, (DONE, NOTHING, REFUSED))


def other(day: int, *words: str) -> Command:
    return Command(
        words[0], lambda desk: [word.format(desk.folder) for word in words], day, (DONE, NOTHING)
    )


WEEK = (
    decide(0),
    person(0, "exempt", "a00", "--reason", "staff"),
    deliver(0),
    person(0, "exempt", "a01", "--reason", "staff"),
    person(0, "appeal", "a02"),
    decide(1, "--wave", "{}/late.csv"),
    deliver(1),
    decide(9, "--wave", "{}/late.csv"),
    decide(9),
    person(9, "exempt", "a06", "--reason", "staff"),
    deliver(9),
    other(9, "feedback", "{}/feedback.csv"),
    person(9, "appeal", "a07"),
    other(10, "revert", "late", "--by", "eve", "--reason", "wrong list"),
    deliver(10),
)
"""A day of slack before notice runs out: some deliveries end after midnight."""

STATES = {
    **dict.fromkeys(("a00", "a01", "a06"), "exempt"),
    **dict.fromkeys(("a02", "a03", "a07"), "appealed"),
    **dict.fromkeys(("a04", "a05", *LATE), "withdrawn"),
}
"""Where cases stand at the end, by what people and other systems said of them."""


class Stores:
    """Hands out empty case stores, each a copy of the first."""

    def __init__(self, folder: Path, server: OwnPostgres | None) -> None:
        self.server = server
        self.first = str(folder / "empty.db") if server is None else server.empty_database("empty")

    def make_first(self) -> int:
        open_store(self.first).close()
        return DONE

    @contextmanager
    def copied(self, folder: Path) -> Generator[str]:
        if self.server is None:
            shutil.copy(self.first, folder / "cases.db")
            yield str(folder / "cases.db")
        else:
            with self.server.copied_database("empty") as url:
                yield url


def write_flagged_run(folder: Path) -> None:
    """Every account is flagged, with two devices at home and two elsewhere."""
    run, rows = Run(folder), [lender(account, summary="Two homes.") for account in ACCOUNTS]
    run.write(schemas.Accounts, table(schemas.Accounts, rows))
    devices = [
        device(account, f"{account}-{name}", home, household_id=f"{account}-{home}")
        for account in ACCOUNTS
        for home, name in ((0, "tv"), (0, "phone"), (1, "guest-tv"), (1, "guest-phone"))
    ]
    run.write(schemas.Devices, table(schemas.Devices, devices))
    write_manifest(folder)


def turn_to_next_try() -> None:
    """Past every lease of who was killed, and every wait for another try."""
    turn_clock(now_us() + HOUR_US // 2)
