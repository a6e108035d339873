"""What is measured: pages that are looked at, and people who decide at once."""

import os
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from threading import Event
from typing import Any
from urllib.parse import quote

from argon2 import PasswordHasher

from detector.cases.golden import add_golden
from detector.cases.open import open_store
from detector.cases.users import User, add_user
from detector.kinds import Role
from detector.runs.run import Run
from detector.schemas import Accounts
from tests.detector.review.load.checks import Acknowledged, check_store
from tests.detector.review.load.people import PASSWORD, Browser, Seen, review_together
from tests.detector.review.load.serving import Server

DAY_US = 86_400_000_000
LEAD = "lead"
GOLDEN = 20
QUEUES = (
    "/queue",
    "/queue?page=2",
    "/queue?page=1000",
    "/queue?show=all",
    "/queue?show=all&page=10000",
    "/queue?show=all&order=use",
    "/queue?order=oldest",
    "/queue?order=notice",
    "/queue?show=borderline",
    "/queue?show=unflagged&min_home=0.9",
    "/queue?show=all&reason=separation&status=open",
    "/queue?min_probability=0.99&page=77",
    "/queue?show=sample",
)
OTHERS = ("/overview", "/search?q=000001-", "/search?q=Paris", "/team")
EXPORTS = ("/export.csv", "/export.parquet?show=all")
LONGEST = 240
"""Seconds after which a part of a round ends, whatever it waits for."""
LOOKS = 24
"""Accounts whose pages are opened, spread over the run."""


def fill_store(cases: str, folder: Path, names: Sequence[str]) -> None:
    """Open a case for each flagged account, as a night does; let people in; know some answers."""
    run, now = Run(folder), time.time_ns() // 1000
    manifest = run.finished()
    columns = [name for name in Accounts.column_names() if name not in ("reasons", "mitigations")]
    accounts = run.scan(Accounts).filter("flagged").select(columns).collect()
    kept = PasswordHasher().hash(PASSWORD)
    with open_store(cases) as store:
        day = manifest.window.last_day if manifest.window else None
        assert day is not None
        with store.writing("night", now - 5 * DAY_US) as writing:
            writing.take_in(accounts, manifest.fingerprint, day)
        for name in names:
            add_user(store, User(name, Role.REVIEWER, kept), "root", now)
        add_user(store, User(LEAD, Role.LEAD, kept), "root", now)
        for account in accounts["account_id"][-GOLDEN:]:
            add_golden(store, account, manifest.fingerprint, "confirm", LEAD, now)


def look_around(server: Server, folder: Path) -> dict[str, Any]:
    """Open each kind of page as a lead does, one after the other."""
    ids = Run(folder).scan(Accounts).select("account_id").collect()["account_id"]
    places = [ids.len() * n // LOOKS for n in range(LOOKS)]
    accounts = [f"/account?id={quote(ids[at], safe='')}" for at in places]
    with closing(Browser(server.port)) as reader:
        reader.sign_in(LEAD)
        first = reader.get("/queue")
        kinds = {"queue": QUEUES, "account": accounts, "other": OTHERS, "export": EXPORTS}
        return {
            "seconds_to_start": round(server.seconds_to_start, 2),
            "first_page_ms": round(first.seconds * 1e3, 1),
            **{kind: _open(reader, addresses) for kind, addresses in kinds.items()},
            "peak_mib": server.peak_mib(),
        }


def _open(reader: Browser, addresses: Sequence[str]) -> dict[str, Any]:
    """How long pages take: each twice, as nothing may hang on who came first."""
    replies = [(address, reader.get(address)) for address in [*addresses, *addresses]]
    bad = sorted({f"{reply.status} {address}" for address, reply in replies if reply.status != 200})
    slowest, reply = max(replies, key=lambda each: each[1].seconds)
    return {
        "median_ms": round(median(each.seconds for _, each in replies) * 1e3, 1),
        "max_ms": round(reply.seconds * 1e3, 1),
        "slowest": slowest,
        **({"wrong": bad} if bad else {}),
    }


@dataclass(frozen=True)
class Round:
    """People who decide at once, and how often the server is killed meanwhile."""

    names: Sequence[str]
    seconds: float
    kills: int = 0
    least: int = 0
    """Answers to wait for before each kill and before the end, on however slow a machine."""


def decide_together(server: Server, round_: Round) -> tuple[Seen, dict[str, Any]]:
    """Let people decide; after each kill the server is started again at the same address."""
    before, load = server.cpu_seconds(), os.getloadavg()[0]
    over = Event()
    seen, threads = review_together(server.port, round_.names, over.is_set)
    spent = _wait(seen, round_)
    for _ in range(round_.kills):
        server.kill()
        server.start()
        spent += _wait(seen, round_)
    over.set()
    for thread in threads:
        thread.join()
    told: dict[str, Any] = {"reviewers": len(round_.names), "seconds": round(spent, 1)}
    if not round_.kills and seen.answers:
        reckoned = server.cpu_seconds() - before
        told["cpu_ms_per_answer"] = round(reckoned * 1e3 / len(seen.answers), 1)
    return seen, {
        **told,
        "kills": round_.kills,
        "acknowledged": len(seen.acknowledged),
        "per_second": round(len(seen.acknowledged) / spent, 1),
        "answer": tell_times([seconds for _, seconds in seen.answers]),
        "answer_by_third_p50_ms": _thirds(seen),
        "page": tell_times(seen.pages),
        "refused": dict(sorted(seen.refused.items())),
        "peak_mib": server.peak_mib(),
        "load_average": [round(load, 1), round(os.getloadavg()[0], 1)],
    }


def _wait(seen: Seen, round_: Round) -> float:
    """Until a part of the round is over; returns how long that took."""
    begun, before = time.monotonic(), len(seen.acknowledged)
    spent = 0.0
    while spent < LONGEST:
        enough = len(seen.acknowledged) - before >= round_.least
        if enough and spent >= round_.seconds / (round_.kills + 1):
            break
        time.sleep(0.01)
        spent = time.monotonic() - begun
    return spent


def tell_times(seconds: Sequence[float]) -> dict[str, float]:
    """Half of them took no longer than the first number, 19 of 20 no longer than the second."""
    if len(seconds) < 2:
        return {}
    cuts = quantiles(seconds, n=20, method="inclusive")
    times = {"p50_ms": cuts[9], "p95_ms": cuts[18], "max_ms": max(seconds)}
    return {name: round(time_ * 1e3, 1) for name, time_ in times.items()}


def _thirds(seen: Seen) -> list[float]:
    """Whether answers took longer the more there were."""
    times = [seconds for _, seconds in sorted(seen.answers)]
    third = max(len(times) // 3, 1)
    parts = (times[:third], times[third : 2 * third], times[2 * third :])
    return [round(median(part) * 1e3, 1) for part in parts if part]


def check(cases: str, told: Sequence[Acknowledged], unanswered: int) -> list[str]:
    """What is wrong with the store after all of it."""
    with open_store(cases, create=False) as store:
        return check_store(store, told, unanswered)
