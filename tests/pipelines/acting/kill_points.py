"""Kills the commands that act on a run at many points, and looks at what comes of it.

Run as a program of its own, because it forks: ``python -m tests.pipelines.acting.kill_points 200``
prints what it saw as JSON, and ends with 1 if anything is wrong.

One trial is a week of commands (`nights.WEEK`) against a receiver that fails, delays, doubles and
is killed itself. A command of a trial is killed up to twice: the second time while it is given
again. Points are drawn evenly from the steps of each kind that the commands of a week without kills
take.
"""

import gc
import json
import os
import shutil
import sys
import time
import traceback
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from importlib import import_module
from itertools import takewhile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pipelines.clock
from detector.cases.open import open_store
from tests.own_postgres import serving
from tests.pipelines.acting.checks import check_week, decided_ids
from tests.pipelines.acting.naive import NaiveSender
from tests.pipelines.acting.nights import (
    DONE,
    LEFT,
    MOST_CALLS,
    NOTHING,
    WEEK,
    Command,
    Desk,
    Stores,
    turn_to_next_try,
    write_flagged_run,
)
from tests.pipelines.acting.receiving import now_us, read_seen, serving_faultily, start_clock
from tests.pipelines.acting.steps import CANNOT, Kill, Walk, can_watch, draw_points, walk

MEMORY = Path("/dev/shm")
SEED = 7
AT_ONCE = 2
"""Kills of one command in a trial."""


@dataclass
class Found:
    """What trials showed."""

    points: Counter[str] = field(default_factory=Counter)
    commands: Counter[str] = field(default_factory=Counter)
    trials: int = 0
    messages: int = 0
    violations: list[str] = field(default_factory=list)
    caught: int = 0
    seconds: float = 0

    def document(self) -> dict[str, Any]:
        return {**vars(self), "points": self.points.total(), "kinds": dict(self.points)}


@dataclass
class Trial:
    """One week: its kills by command, and what came of it."""

    desk: Desk
    number: int
    kills: Mapping[int, Sequence[Kill]]
    found: Found
    steps: list[Counter[str]] = field(default_factory=lambda: [Counter() for _ in WEEK])
    done: set[int] = field(default_factory=set)
    missed: list[tuple[int, Kill]] = field(default_factory=list)

    def live(self) -> None:
        for at in range(len(WEEK)):
            if at not in self.done:
                WEEK[at].start_day()
                self._give(at)

    def _give(self, at: int) -> None:
        """Until it ends well, as a cron job does."""
        command = WEEK[at]
        self.done.add(at)
        kills, well = deque(self.kills.get(at, ())), {DONE, NOTHING}
        for call in range(MOST_CALLS):
            kill = kills.popleft() if kills else None
            went = self._call(command, kill, first=not call)
            if not call:
                self.steps[at] = went.steps
            if went.code is None:
                self._count(kill, command)
                well |= {*command.again}
                self._let_people_act(at)
            elif kill:
                self.missed += [(at, each) for each in (kill, *kills)]
                kills.clear()
            if went.code in well:
                return
            if went.code not in (None, LEFT):
                self.found.violations.append(f"{command.name} ended with {went.code}")
                return
            if command.delivers:
                turn_to_next_try()
        self.found.violations.append(f"{command.name} never ended well")

    def _call(self, command: Command, kill: Kill | None, *, first: bool) -> Walk:
        other = self._second(command) if first else None
        went = walk(lambda: command.call(self.desk), kill)
        if other:
            os.waitpid(other, 0)
        return went

    def _let_people_act(self, at: int) -> None:
        """In every third trial right after a delivery was killed, before the next one: what is on
        its way, and not marked as sent, is then withdrawn."""
        if WEEK[at].delivers and self.number % 3 == 1:
            for later in takewhile(lambda n: WEEK[n].is_answer, range(at + 1, len(WEEK))):
                if later not in self.done:
                    self._give(later)

    def _count(self, kill: Kill | None, command: Command) -> None:
        self.found.points[kill.kind if kill else "?"] += 1
        self.found.commands[command.name] += 1

    def _second(self, command: Command) -> int | None:
        """Another deliverer at the same time, in every other trial."""
        if not command.delivers or self.number % 2:
            return None
        child = os.fork()
        if not child:
            try:
                command.call(self.desk, "--as", "second")
            finally:
                os._exit(0)
        return child


class Harness:
    """Trials with one kind of store."""

    def __init__(self, folder: Path, stores: Stores) -> None:
        self.folder, self.stores = folder, stores
        self.found = Found()
        self.wanted: list[Any] | None = None
        tell_child(folder, stores.make_first)
        tell_child(folder, lambda: write_flagged_run(folder / "run"))

    def run(self, points: int) -> Found:
        start = time.monotonic()
        plan = draw_points(self._trial({}).steps, points)
        while any(plan) and self.found.points.total() < points:
            kills = {at: take(some, AT_ONCE) for at, some in enumerate(plan)}
            for at, kill in self._trial(kills).missed:
                plan[at].append(Kill(kill.kind, 1 + kill.at // 2))
        self.found.seconds = round(time.monotonic() - start, 1)
        return self.found

    def _trial(self, kills: dict[int, Kill]) -> Trial:
        number = self.found.trials
        with ExitStack() as stack:
            folder = Path(stack.enter_context(TemporaryDirectory(dir=self.folder)))
            shutil.copytree(self.folder / "run", folder / "run")
            desk = Desk(folder, stack.enter_context(self.stores.copied(folder)))
            url = stack.enter_context(serving_faultily(folder, SEED + number))
            desk.lay(url)
            start_clock(0)
            trial = Trial(desk, number, kills, self.found)
            trial.live()
            told = tell_child(folder, lambda: look_at(desk, self.wanted))
            self.found.messages += len(read_seen(folder))
        self.found.trials += 1
        self.found.caught += bool(told["wrong"])
        self.found.violations += [f"trial {number}: {words}" for words in told["wrong"]]
        if self.wanted is None:
            self.wanted = told["decided"]
        return trial


def take(kills: deque[Kill], most: int) -> list[Kill]:
    return [kills.popleft() for _ in range(min(most, len(kills)))]


def look_at(desk: Desk, wanted: list[Any] | None) -> dict[str, Any]:
    with open_store(desk.store, create=False) as store, store.reading() as reading:
        decided = decided_ids(reading.read_decisions())
    return {"decided": decided, "wrong": check_week(desk, wanted)}


def tell_child(folder: Path, job: Callable[[], Any]) -> Any:
    """What a forked child finds: this process itself must not start the threads of a library."""
    told = folder / "told.json"
    child = os.fork()
    if not child:
        code = 1
        try:
            told.write_text(json.dumps(job()))
            code = 0
        except Exception:  # noqa: BLE001 - a fork must not go on as if it were its parent
            traceback.print_exc()
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if status:
        raise SystemExit("a child failed")
    return json.loads(told.read_text())


def kill_naively(folder: Path, points: int) -> Found:
    """The null control: who sends without any of this, at as many points, one for each trial."""
    found, start = Found(), time.monotonic()
    steps = _naive_trial(folder, found, None)
    every = [kill for kills in draw_points([steps], points) for kill in kills]
    found = Found()
    for kill in every:
        _naive_trial(folder, found, kill)
        found.points[kill.kind] += 1
    found.seconds = round(time.monotonic() - start, 1)
    return found


def _naive_trial(folder: Path, found: Found, kill: Kill | None) -> Counter[str]:
    """Without faults: what is wrong in the end is wrong because of the kill."""
    with TemporaryDirectory(dir=folder) as place, serving_faultily(Path(place), 0) as url:
        start_clock(0)
        sender = NaiveSender(Path(place), url)

        def act() -> int:
            return sender.act() or sender.spare()

        went = walk(act, kill)
        if went.code is None:
            assert walk(act).code == 0
        wrong = list(sender.check())
    found.trials += 1
    found.caught += bool(wrong)
    found.violations += wrong
    return went.steps


def load_what_children_need() -> None:
    """Once, and not in every fork."""
    kinds = ("cases", "decide", "deliver", "feedback", "revert")
    for name in (
        *(f"pipelines.{folder}.{kind}" for folder in ("commands", "jobs") for kind in kinds),
        *("detector.feed.sinks.file", "detector.feed.sinks.webhook", "pipelines.config"),
        *("pg8000.dbapi", "pyarrow.parquet", "sqlalchemy.dialects.postgresql.pg8000"),
        *("alembic.migration", "sqlalchemy.dialects.sqlite.pysqlite"),
    ):
        import_module(name)


def turn_to_our_clock() -> None:
    """Wherever the clock was imported by its name."""
    clock = pipelines.clock.now_us
    for module in [*sys.modules.values()]:
        if getattr(module, "now_us", None) is clock:
            vars(module)["now_us"] = now_us


def main(points: int, kinds: list[str]) -> int:
    if not can_watch():
        return CANNOT
    told: dict[str, Any] = {}
    load_what_children_need()
    turn_to_our_clock()
    gc.freeze()  # children collect nothing of ours, and so copy none of its pages
    with ExitStack() as stack:
        base = MEMORY if MEMORY.is_dir() else None
        folder = Path(stack.enter_context(TemporaryDirectory(dir=base)))
        for kind in kinds:
            place = folder / kind
            place.mkdir()
            if kind == "naive":
                found = kill_naively(place, points)
            else:
                server = stack.enter_context(serving()) if kind == "postgres" else None
                found = Harness(place, Stores(place, server)).run(points)
            told[kind] = found.document()
    sys.stdout.write(json.dumps(told) + "\n")
    naive = told.pop("naive", {"trials": 1, "caught": 1})
    clean = not any(found["violations"] for found in told.values())
    return 0 if clean and 2 * naive["caught"] > naive["trials"] else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:] or ["sqlite", "postgres", "naive"]))
