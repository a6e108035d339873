"""Nights drawn at random: runs, policies, people, other systems, and a receiver that fails."""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any

import polars as pl

from detector.cases import actions
from detector.cases.actions import Act
from detector.cases.failures import RefusedMoveError, UnknownCaseError
from detector.cases.night import JudgedRun, Night
from detector.cases.results import ResultKind, clean_results, take_in_results
from detector.cases.store import CaseStore
from detector.cases.subjects import Chosen
from detector.errors import NothingToDoError
from detector.feed.sinks.sink import Reply
from detector.kinds import DEVICE_TREATMENTS, Treatment
from detector.policy.decisions import ExternalDevices
from detector.policy.opening_hours import CalendarSettings
from detector.policy.rules import BEYOND_NOTIFY, Policy, PolicyCaps, TreatmentTerms
from detector.schemas import Accounts
from pipelines.jobs.decide import DecideJob, _decide
from tests.detector.feed.decided import Receiver, Time, send
from tests.detector.policy.drawn import COUNTRIES, PARTNERS, rule
from tests.pipelines.tiny_run import lender, table

BEGIN = date(2026, 5, 1)
NAMES = tuple(f"a{number:02}" for number in range(16))
HELD_OUT = NAMES[14:]
ARMS = pl.DataFrame({"account_id": HELD_OUT, "arm": "control"})
DEVICES = ("tv", "phone", "guest-tv", "guest-phone")
WAVE = NAMES[:5]
HOUR_S = 3600


@dataclass
class DrawnNights:
    """One store, a receiver, a clock, and what is drawn for them night by night."""

    store: CaseStore
    folder: Path
    seed: int
    day: date = BEGIN
    time: Time = field(default_factory=Time)
    names: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chance = Random(self.seed)
        self.policy = draw_policy(self.chance)
        self.receiver = Receiver(says=self._says, batch=5)
        self.sold = {
            name: {
                "partner": self.chance.choice([None, "direct", *PARTNERS]),
                "country_of_record": self.chance.choice([None, *COUNTRIES]),
            }
            for name in NAMES
        }
        self.judged = self._run()

    def next_day(self) -> None:
        self.day += timedelta(days=self.chance.choice([1, 1, 2, 5]))
        morning = datetime.combine(self.day, time(3), UTC)
        self.time.us = int(morning.timestamp()) * 1_000_000
        if self.chance.random() < 0.8:
            self.judged = self._run()

    def decide(self, wave: str | None = None) -> Any:
        """As the command does; nothing if it was decided already."""
        members = None if wave is None else pl.Series("account_id", WAVE)
        chosen = Chosen(wave or "standing", members, ARMS)
        job = DecideJob(self.folder, self.day)
        with suppress(NothingToDoError):
            return _decide(self.store, job, self.judged, Night(self.day, self.policy, chosen))
        return None

    def people_act(self) -> None:
        """Whatever they try: what may not be done is refused."""
        for _ in range(self.chance.randint(0, 5)):
            self.time.turn(HOUR_S * self.chance.random())
            act = Act(self.chance.choice(NAMES), "eve", self.time.us, "a reason")
            with suppress(RefusedMoveError, UnknownCaseError):
                self._act(act)

    def results_come(self) -> None:
        rows = [
            {
                "feedback_id": f"{self.seed}-{self.chance.randint(0, 60)}",
                "account_id": self.chance.choice(NAMES),
                "kind": str(self.chance.choice([*ResultKind])),
            }
            for _ in range(self.chance.choice([0, 0, 1, 2]))
        ]
        if rows:
            self.time.turn(60)
            results = clean_results(pl.DataFrame(rows).unique("feedback_id", maintain_order=True))
            with self.store.writing("feedback", self.time.us) as writing:
                take_in_results(writing, results)

    def deliver(self) -> list[Any]:
        """What reached the receiver, whether or not it answered."""
        before = len(self.receiver.came)
        for _ in range(self.chance.randint(0, 3)):
            send(self.store, self.receiver, self.time)
            self.time.turn(HOUR_S)
        return self.receiver.came[before:]

    def _act(self, act: Act) -> None:
        until = self.chance.choice([None, self.time_day() + timedelta(days=9)])
        match self.chance.randint(0, 9):
            case 0 | 1 | 2 | 3:
                actions.decide(self.store, act, "confirm")
            case 4:
                actions.decide(self.store, act, self.chance.choice(["clear", "unsure"]))
            case 5:
                actions.exempt(self.store, act, until)
            case 6:
                actions.appeal(self.store, act)
            case 7:
                actions.answer(self.store, act, "uphold")
            case 8:
                actions.answer(self.store, act, "overturn", until)
            case _:
                actions.undo(self.store, act)

    def time_day(self) -> date:
        return datetime.fromtimestamp(self.time.us / 1e6, UTC).date()

    def _says(self, _message: Any, _time: int) -> Reply:
        return Reply.again("busy") if self.chance.random() < 0.2 else Reply.sent()

    def _run(self) -> JudgedRun:
        """Most accounts are judged, and flagged; devices move between households now and then."""
        self.names.append(f"run-{self.seed}-{len(self.names)}".ljust(16, "x"))
        rows = [
            lender(
                name,
                flagged=self.chance.random() < 0.9,
                verdict=self.chance.choice(["shared"] * 9 + ["insufficient_evidence"]),
                probability=self.chance.choice([0.95, 0.97, 0.99]),
                home_confidence=self.chance.choice([0.5, 0.99, 0.99, 0.99]),
                evidence_bits=self.chance.uniform(3, 12),
                pattern=self.chance.choice(["other_city"] * 12 + ["extra_members"]),
                **self.sold[name],
            )
            for name in NAMES
            if self.chance.random() < 0.9
        ]
        at_home = {
            (name, device): device in DEVICES[:2] or self.chance.random() < 0.15
            for name in NAMES
            for device in DEVICES
        }
        pairs = [{"account_id": a, "device_id": d, "household_id": f"{a}-1"} for a, d in at_home]
        devices = pl.DataFrame(pairs).with_columns(at_home=pl.Series(list(at_home.values())))
        external = devices.filter(~pl.col("at_home")).drop("at_home")
        return JudgedRun(
            self.names[-1],
            self.day,
            table(Accounts, rows),
            ExternalDevices.validate(external, cast=True),
            devices.filter("at_home").select("account_id", "device_id"),
        )


def draw_policy(chance: Random) -> Policy:
    """Notice at last; before it some of what may follow it."""
    after = chance.sample(BEYOND_NOTIFY, chance.randint(1, 3))
    accepted = tuple(chance.sample(BEYOND_NOTIFY, chance.randint(0, 5)))
    rules = [rule(each, f"{each}".replace("_", "-"), given=(Treatment.NOTIFY,)) for each in after]
    return Policy(
        name="drawn",
        version="1",
        home_confidence=0.9,
        accepted_by="J. Doe" if accepted else "",
        accepted_for=accepted,
        rules=(*rules, rule(Treatment.NOTIFY, "tell")),
        treatments={each: _draw_terms(chance) for each in BEYOND_NOTIFY},
        caps=PolicyCaps(
            per_day=chance.choice([None, 2, 6]),
            per_partner_per_day=chance.choice([None, 1, 3]),
            per_country_per_day=chance.choice([None, 2, 4]),
        ),
        calendar=CalendarSettings(quiet_hours=chance.choice([None, "20:00-09:00"])),
    )


def _draw_terms(chance: Random) -> TreatmentTerms:
    return TreatmentTerms(
        notice_days=chance.choice([1, 3]),
        grace_days=chance.choice([0, 2]),
        cooldown_days=chance.choice([0, 2]),
    )


ON_DEVICES = [str(each) for each in DEVICE_TREATMENTS]
