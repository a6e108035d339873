"""Job: a run, a policy and the cases -> decisions, and with them the outbox."""

import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import dataframely as dy
import polars as pl
from rich.console import Console

from detector.cases.night import JudgedRun, Night, NightOutcome, count_decided, decide_night
from detector.cases.open import open_store
from detector.cases.store import CaseStore
from detector.cases.writing import Writing
from detector.errors import NothingToDoError, SettingsError
from detector.policy.decisions import Decisions, ExternalDevices
from detector.policy.idle import count_idle
from detector.policy.read import fingerprint
from detector.policy.rules import Policy
from detector.runs.manifest import Manifest, hash_json
from detector.runs.run import Run
from detector.schemas import ACCOUNT, DEVICE, Accounts, Devices
from pipelines.jobs.decide_waves import DecideJob, choose, read_plan
from pipelines.jobs.policy import load_policy
from pipelines.jobs.wave_stops import WaveAsked, check_wave
from pipelines.run_tables import read_table
from pipelines.terminal.drawing import counted, plain, quiet_table

ACTOR = "household decide"
UNJUDGED = "this run is the last that judged it"
SHOWN = 3
"""Messages shown of a dry run."""


@dataclass(frozen=True)
class DecidedNight:
    """What a call of `decide` did, or in a dry run would do."""

    job: DecideJob
    decisions: dy.DataFrame[Decisions]
    """New ones, in their order; withdrawals among them."""
    counts: Sequence[Mapping[str, Any]]
    """By treatment, partner and country."""
    before: Sequence[Mapping[str, Any]]
    """The counts of the last call of the same wave."""
    held_back: Mapping[str, int]
    idle: Mapping[str, int]
    """Of a wave: accounts about which nothing is done, by what is not true of them."""
    messages: tuple[str, ...]
    """A few, as they are sent; only in a dry run."""

    def document(self) -> dict[str, Any]:
        """Everything as plain values."""
        return {
            "as_of": self.job.as_of,
            "dry_run": self.job.dry_run,
            "decisions": self.decisions.filter(Decisions.withdraws.col.is_null()).height,
            "withdrawals": self.decisions.filter(Decisions.withdraws.col.is_not_null()).height,
            "counts": self.counts,
            "counts_before": self.before,
            "held_back": self.held_back,
            "idle": self.idle,
            "messages": [json.loads(text) for text in self.messages],
        }


class _DryRun(Exception):  # noqa: N818 - no fault: it makes the transaction leave no trace
    """Ends a transaction of which nothing is to stay but what it found."""

    def __init__(self, found: DecidedNight) -> None:
        self.found = found


def decide(job: DecideJob) -> DecidedNight:
    """Decide what is done about the accounts of a run, once for each day, run, policy and wave.

    The decisions and the moves of cases are written in one transaction of the case store; the
    decisions are the outbox that `household deliver` sends from. `decisions.parquet` beside the
    run's tables is a copy of what the store holds.

    Raises:
        NothingToDoError: This was decided before; `decisions.parquet` is made again if it is gone.
            Or a wave file has no wave on this day.
        WaveStoppedError: A stop rule keeps the wave from being decided.
        SettingsError: The day lies before the run's last one, the policy asks more of the run, or
            there is no case store to write.
        DetectorError: The run, the policy, the wave or the store cannot be used.
    """
    manifest = Run(job.folder).finished()
    plan = None if job.wave is None else read_plan(job.wave)
    judged = read_run(job.folder, manifest)
    night = Night(job.as_of, load_policy(job.policy), choose(job, plan))
    _check(job, manifest, judged.day, night.policy)
    with ExitStack() as stack:
        store = stack.enter_context(_store(job, stack))
        if plan is not None and not job.begun:
            call = _call(judged, night)
            check_wave(store, plan, call, WaveAsked(job.measured, ACTOR, dry_run=job.dry_run))
        return _decide(store, job, judged, night)


def _check(job: DecideJob, manifest: Manifest, last_day: date, policy: Policy) -> None:
    """Refuse a run that the policy does not act upon, as a whole."""
    if job.as_of < last_day:
        raise SettingsError(
            f"The run judged days up to {last_day}, after {job.as_of}.",
            hint="give the day on which this is decided as --as-of, as 2026-06-30",
        )
    if (age := (job.as_of - last_day).days) > policy.max_run_age_days:
        raise SettingsError(
            f"The run judged days up to {last_day}, {age} days before {job.as_of}.",
            hint="judge a newer log; the policy's max_run_age_days says how old a run may be",
        )
    if policy.require_verified and manifest.verified_share < 1:
        raise SettingsError(
            f"{1 - manifest.verified_share:.1%} of the log's rows stand in files without "
            "checksums, and the policy requires verified ones.",
            hint="write the log with page checksums, in pyarrow write_page_checksum=True; or take "
            "require_verified out of the policy",
        )


def read_run(folder: Path, manifest: Manifest) -> JudgedRun:
    """Read of a run what is acted upon."""
    if manifest.window is None:
        raise SettingsError(f"{folder} judged no days.", hint="name the folder of a run")
    accounts, devices = read_table(folder, Accounts), read_table(folder, Devices)
    d = Devices
    external = devices.filter(d.household.col > 0, d.household_id.col.is_not_null())
    return JudgedRun(
        manifest.fingerprint,
        manifest.window.last_day,
        accounts,
        ExternalDevices.cast(external.select(ExternalDevices.column_names())),
        devices.filter(d.household.col == 0).select(ACCOUNT, DEVICE),
    )


def render_decided(decided: DecidedNight, console: Console) -> None:
    """Print what was decided by treatment, partner and country, and what is new in that."""
    done = "would be decided" if decided.job.dry_run else "decided"
    console.print(f"As of {decided.job.as_of} {done}:")
    before = {_key(row): row["accounts"] for row in decided.before}
    table = quiet_table("Treatment", "Partner", "Country", ">Accounts", ">Decisions", ">Before")
    for row in decided.counts:
        name = str(row["treatment"]).replace("_", " ")
        table.add_row(
            f"take back {name}" if row["withdrawn"] else name,
            plain(row["partner"] or "-"),
            plain(row["country"] or "-"),
            f"{row['accounts']:,}",
            f"{row['decisions']:,}",
            f"{before.get(_key(row), 0):,}",
        )
    console.print(table if decided.counts else "Nothing.")
    for cap, accounts in decided.held_back.items():
        console.print(f"{counted(accounts, 'account')} wait for another day: {cap}.")
    for lacking, accounts in decided.idle.items():
        told = plain(lacking)
        console.print(f"Nothing is done about {counted(accounts, 'account')}; not true: {told}.")
    if decided.messages:
        console.print("\nAs it would be sent:")
    for text in decided.messages:
        console.print(plain(text), soft_wrap=True)


def _midnight_us(day: date) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp()) * 1_000_000


def _store(job: DecideJob, stack: ExitStack) -> CaseStore:
    """The case store; for a dry run without one, an empty one that nobody keeps."""
    if job.cases is not None and not (job.dry_run and _is_new_file(job.cases)):
        return open_store(job.cases, create=not job.dry_run)
    if not job.dry_run:
        raise SettingsError("There is no case store to decide in.", hint="--cases cases.db")
    folder = stack.enter_context(TemporaryDirectory())
    return open_store(str(Path(folder) / "cases.db"))


def _is_new_file(url: str) -> bool:
    return "://" not in url and not Path(url).exists()


def _decide(store: CaseStore, job: DecideJob, judged: JudgedRun, night: Night) -> DecidedNight:
    call = _call(judged, night)
    try:
        with store.writing(ACTOR, _midnight_us(job.as_of)) as writing:
            if writing.has_call(call["call"]):
                _keep(job.folder, writing, call["call"])
                raise NothingToDoError(
                    f"This was decided as of {job.as_of} already.", hint="nothing was changed"
                )
            before = _last_counts(writing, call)
            outcome = decide_night(writing, judged, night)
            idle = _count_idle(judged, night, outcome) if job.wave and not job.begun else {}
            found = _tell(writing, job, outcome, (before, idle))
            told = {"by": found.counts, "first": outcome.first, "last": outcome.last}
            writing.record_call(call, told)
            if job.dry_run:
                raise _DryRun(found)
    except _DryRun as dry:
        return dry.found
    Run(job.folder).write(Decisions, found.decisions)
    return found


def _tell(
    writing: Writing,
    job: DecideJob,
    outcome: NightOutcome,
    besides: tuple[Sequence[Mapping[str, Any]], Mapping[str, int]],
) -> DecidedNight:
    """What was decided; besides, the counts of the call before, and whom nothing is done about."""
    before, idle = besides
    decisions = _numbered(writing, outcome.first, outcome.last)
    sold = writing.read_cases([ACCOUNT, "partner", "country"])
    return DecidedNight(
        job,
        decisions,
        count_decided(decisions, sold),
        before,
        dict(outcome.treated.held_back.iter_rows()),
        idle,
        _messages(writing, outcome) if job.dry_run else (),
    )


def _count_idle(judged: JudgedRun, night: Night, outcome: NightOutcome) -> dict[str, int]:
    """Whom of a wave nothing is done about: whoever plans a wave takes it to be told."""
    subjects, members = outcome.subjects, night.chosen.members
    found = count_idle(subjects, judged.external, night.policy, night.as_of)
    gone = 0 if members is None else members.n_unique() - subjects.height
    return found | ({UNJUDGED: gone} if gone else {})


def _messages(writing: Writing, outcome: NightOutcome) -> tuple[str, ...]:
    """The first few messages, as they would be sent."""
    from detector.cases.rows import DECISIONS
    from detector.feed.messages import read_message, select_messages, write_body

    wanted = select_messages().where(DECISIONS.c.seq >= outcome.first)
    rows = writing.connection.execute(wanted.order_by(DECISIONS.c.seq).limit(SHOWN))
    return tuple(write_body(read_message(row)).decode() for row in rows)


def _numbered(writing: Writing, first: int, last: int) -> dy.DataFrame[Decisions]:
    """The decisions of a call, as the store holds them."""
    mine = writing.read_numbered(first, last)
    return Decisions.validate(mine.select(Decisions.column_names()), cast=True)


def _keep(folder: Path, writing: Writing, call: str) -> None:
    """Make the copy beside the run's tables again, if it is gone or of another call.

    Whoever was killed after the store had the decisions left the copy of the call before.
    """
    calls = writing.read_calls().filter(pl.col("call") == call)
    told = json.loads(calls["counts"].item())
    decisions = _numbered(writing, told["first"], told["last"])
    run, wanted = Run(folder), decisions.sort(Decisions.primary_key())
    if not run.holds(Decisions) or not run.scan(Decisions).collect().equals(wanted):
        run.write(Decisions, decisions)


def _call(judged: JudgedRun, night: Night) -> dict[str, Any]:
    """What makes two calls the same."""
    chosen = night.chosen
    members = None if chosen.members is None else chosen.members.to_list()
    known = {
        "as_of": str(night.as_of),
        "run": judged.run,
        "wave": chosen.wave,
        "policy": fingerprint(night.policy),
    }
    call = hash_json({**known, "members": members, "arms": chosen.arms.rows()})
    return {**known, "as_of": night.as_of, "call": call}


def _last_counts(writing: Writing, call: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """What the last call of the same wave decided."""
    calls = writing.read_calls().filter(pl.col("wave") == call["wave"])
    return json.loads(calls["counts"][-1])["by"] if calls.height else []


def _key(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return row["treatment"], row["withdrawn"], row["partner"], row["country"]
