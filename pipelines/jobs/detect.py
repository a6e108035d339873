"""Job: a log -> verdicts, in a run folder."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import repeat
from pathlib import Path
from typing import Protocol

import polars as pl

from detector.events.accounts import Known, describe_gaps
from detector.events.rows import Rejects
from detector.evidence.scorecard import PACKAGED
from detector.runs.files import hash_file
from detector.runs.manifest import InputFile, JudgedDays, Manifest, Role, RunPlan
from detector.runs.messages import MESSAGES
from detector.runs.publish import Outcome, make_run, make_run_plan
from detector.runs.run import Draft, Run
from detector.runs.tell import ToldRun, write_messages
from detector.schemas import Accounts, Devices, Networks
from detector.settings import Settings
from pipelines.jobs.models import read_model
from pipelines.local.compiling import Compiling
from pipelines.local.earlier import Memory, recall, remember
from pipelines.local.hands import Hands, hire_hands
from pipelines.local.judge import (
    PER_ACCOUNT,
    JudgedBuckets,
    Rules,
    Standard,
    clear_flagged,
    judge_buckets,
    merge_table,
)
from pipelines.local.survey import DealtNetworks, survey_buckets
from pipelines.reading.files import find_beside, find_files, unusable
from pipelines.reading.log import read_log
from pipelines.reading.oddities import describe_oddities
from pipelines.reading.options import FileRecord, LogReading, Progress, ReadOptions
from pipelines.reading.plan import make_read_plan
from pipelines.reading.quality import check_devices
from pipelines.reading.shared.arrow import pq
from pipelines.run_tables import list_flagged_accounts, list_residents
from pipelines.storing.window import StoredLog, read_window

TABLES = (*PER_ACCOUNT.values(), Networks, Rejects)


@dataclass(frozen=True)
class DetectJob:
    """What to judge, how, and where the verdicts go."""

    logs: tuple[str, ...]
    out: Path
    settings: Settings
    read: ReadOptions
    model: Path = PACKAGED
    previous: Path | None = None
    """A finished run whose flags are held while the evidence is near the threshold."""
    force: bool = False
    stored: StoredLog | None = None
    """The log, if it is a window of a store; `logs` is empty then."""


class Engine(Protocol):
    """Others than this machine's own cores to do the work; the tables are the same."""

    def hash_files(self, paths: Sequence[Path]) -> Sequence[str]:
        """The sha256 of each file."""
        ...

    def build(
        self,
        draft: Draft,
        job: DetectJob,
        standard: Standard,
        on_progress: Callable[[Progress], None],
    ) -> Outcome:
        """Fill the draft."""
        ...


def detect(
    job: DetectJob, on_progress: Callable[[Progress], None], engine: Engine | None = None
) -> Manifest:
    """Judge every account of a log and fill the run folder.

    Args:
        job: What to judge, and how.
        on_progress: Told after each piece of work.
        engine: Who does the work, if not this machine.

    Raises:
        InputError: The log, or too much of it, cannot be read.
        SettingsError: The model cannot be used.
        DetectorError: The previous run is not finished.
        NothingToDoError: The folder holds the finished run of the same log and settings.
        PartialRunError: The disk failed; the same call goes on.
    """
    previous = "" if job.previous is None else Run(job.previous).finished().fingerprint
    standard = _standard(job)
    inputs = (*_log_files(job, engine), *_extras(job))
    store = "" if job.stored is None else job.stored.snapshot.id
    plan = make_run_plan(job.settings, inputs, _options(job), store, previous)

    def build(draft: Draft) -> Outcome:
        if engine is not None:
            outcome = engine.build(draft, job, standard, on_progress)
        else:
            outcome = _build(draft, job, plan, standard, on_progress)
        return _with_messages(outcome, draft, plan, standard.known)

    return make_run(job.out, plan, build, force=job.force)


def _standard(job: DetectJob) -> Standard:
    scorecard = read_model(job.model)
    if job.previous is None:
        return Standard(scorecard, Known())
    flagged, residents = list_flagged_accounts(job.previous), list_residents(job.previous)
    return Standard(scorecard, Known(flagged_before=flagged, residents=residents))


def _build(
    draft: Draft,
    job: DetectJob,
    plan: RunPlan,
    standard: Standard,
    on_progress: Callable[[Progress], None],
) -> Outcome:
    loops = Compiling.start(job.read.threads)
    with draft.stage("sightings") as stage:
        reading = read_days(job, draft.folder, on_progress)
        stage.rows_in, stage.rows_out = reading.counts.read, reading.counts.kept
        if job.stored is None:
            draft.write_sorted(Rejects, iter_rejects(reading))
        else:
            draft.adopt(Rejects, reading.rejects)
    standard = replace(standard, known=replace(standard.known, records=reading.records))
    with hire_hands(job.read.threads, len(reading.buckets)) as hands:
        with draft.stage("networks") as stage:
            dealt = _survey(draft, job, reading)
            stage.rows_in, stage.rows_out = reading.counts.kept, draft.rows(Networks)
        standard = standard.for_log(dealt.regime)
        rules = Rules(dealt, job.settings, standard)
        loops.wait()
        memory = _recall(draft, job, plan, rules)
        judged = _judge_all(draft, reading, rules, memory, hands)
    with draft.stage("tables") as stage:
        with ThreadPoolExecutor(job.read.threads) as pool:
            list(pool.map(partial(merge_table, draft, judged), judged.largest_first()))
        stage.rows_in = stage.rows_out = draft.rows(Accounts)
    if job.stored is not None:
        remember(job.stored.snapshot.folder, plan, draft, PER_ACCOUNT)
    return tell_outcome(draft, job, reading, standard)


def _survey(draft: Draft, job: DetectJob, reading: LogReading) -> DealtNetworks:
    with ThreadPoolExecutor(job.read.threads) as pool:
        folder, each, records = draft.folder / "survey", pool.map, reading.records
        dealt = survey_buckets(reading.buckets, job.settings, folder, each, records)
    draft.write_sorted(Networks, dealt.networks())
    return dealt


def _judge_all(
    draft: Draft, reading: LogReading, rules: Rules, memory: Memory | None, hands: Hands
) -> JudgedBuckets:
    """Judge all accounts, and find what would clear the flagged."""
    with draft.stage("verdicts") as stage:
        buckets = reading.buckets
        if memory is not None:
            buckets = memory.changed(buckets, hands)
        pieces = judge_buckets(draft, buckets, rules, hands)
        stage.rows_in = reading.counts.kept
        stage.rows_out = sum(piece.rows(Accounts) for piece in pieces)
    with draft.stage("clearing") as stage:
        judged = JudgedBuckets(pieces, clear_flagged(pieces, rules, hands), memory)
        stage.rows_in = stage.rows_out = judged.cleared.height
    return judged


def read_days(job: DetectJob, work: Path, on_progress: Callable[[Progress], None]) -> LogReading:
    """Read the days that are judged, of a log or of a store."""
    if job.stored is None:
        return read_log(job.logs, job.settings, job.read, work, on_progress)
    return read_window(job.stored, job.settings, job.read, work)


def _recall(draft: Draft, job: DetectJob, plan: RunPlan, rules: Rules) -> Memory | None:
    if job.stored is None:
        return None
    store, known = job.stored.snapshot.folder, rules.standard.known
    return recall(store, plan, draft, rules.dealt, known)


def _gaps(draft: Draft, job: DetectJob, reading: LogReading) -> tuple[str, ...]:
    if job.read.accounts is None:
        return ()
    judged = draft.scan(Accounts).select(Accounts.account_id.name).collect()
    return describe_gaps(reading.records, judged)


def iter_rejects(reading: LogReading) -> Iterator[pl.DataFrame]:
    """In the order in which they stand in the log."""
    with pq.ParquetFile(reading.rejects) as file:
        for batch in file.iter_batches():
            yield pl.DataFrame(batch)


def tell_outcome(draft: Draft, job: DetectJob, reading: LogReading, standard: Standard) -> Outcome:
    """Tell what a draft was made from, once it holds all tables.

    Raises:
        InputError: What was read as devices cannot be any, or too much of the log is odd.
    """
    days = reading.first_day, reading.last_day
    check_devices(draft.rows(Devices), reading.counts.kept, days, job.settings.quality)
    odd = describe_oddities(draft, reading, job.settings, job.read)
    return Outcome(
        tables=TABLES,
        inputs=(*(_read_file(record) for record in reading.files), *_extras(job)),
        rows=reading.counts,
        window=JudgedDays(first_day=reading.first_day, last_day=reading.last_day),
        notes=(*reading.notes, *odd, standard.scorecard.words, *_gaps(draft, job, reading)),
        model=standard.judged_by,
    )


def _with_messages(outcome: Outcome, draft: Draft, plan: RunPlan, known: Known) -> Outcome:
    """Tell who is flagged and what changed, once the tables are there."""
    if outcome.window is None:
        return outcome
    before = known.flagged_before
    told = ToldRun(plan.fingerprint, outcome.window, plan.previous or None, before)
    with draft.stage("messages") as stage:
        write_messages(draft, told)
        stage.rows_in = stage.rows_out = draft.rows(Accounts)
    return replace(outcome, messages=MESSAGES)


def _read_file(record: FileRecord) -> InputFile:
    return InputFile(
        path=record.path,
        bytes=record.bytes,
        sha256=record.sha256,
        rows=record.rows,
        problem=record.skipped or "",
        verified=record.verified,
    )


def _log_files(job: DetectJob, engine: Engine | None) -> tuple[InputFile, ...]:
    """What the log consists of before it is read; what cannot be hashed is told by its name."""
    if job.stored is not None:
        return tuple(
            InputFile(path=job.stored.names[file.key], bytes=file.bytes, sha256=file.sha256)
            for file in job.stored.files
        )
    found = find_files(job.logs, make_read_plan(job.settings, job.read).sources)
    paths = [Path(file.path) for file in found if unusable(file) is None]
    if engine is not None:
        hashes = zip(paths, engine.hash_files(paths), strict=True)
        return tuple(InputFile.of(path, "log", sha256) for path, sha256 in hashes)
    with ThreadPoolExecutor(job.read.threads) as threads:
        return tuple(threads.map(_hashed, paths, repeat("log")))


def _extras(job: DetectJob) -> tuple[InputFile, ...]:
    """The other files that the verdicts depend on."""
    read = job.read
    beside = () if job.stored else find_beside(job.logs, make_read_plan(job.settings, read).sources)
    own = (Path(read.preset),) if read.preset and read.preset.endswith(".toml") else ()
    layouts = (*(_hashed(p, "beside") for p in beside), *(_hashed(p, "preset") for p in own))
    tables = () if read.accounts is None else (_hashed(read.accounts, "accounts"),)
    lists = () if read.only is None else (_hashed(read.only, "only"),)
    databases = tuple(_hashed(path, "mmdb") for path in read.mmdb)
    blocks = tuple(_hashed(each.path, "cidr") for each in read.cidr)
    earlier = () if job.previous is None else (Accounts, Devices)
    before = tuple(_hashed(Run(job.previous or job.out).path(t), "previous") for t in earlier)
    return (*layouts, *tables, *lists, *databases, *blocks, *before)


def _hashed(path: Path, role: Role) -> InputFile:
    return InputFile.of(path, role, hash_file(path))


def _options(job: DetectJob) -> dict[str, str]:
    """Choices that change the verdicts but are no settings."""
    read = job.read.model_dump(mode="json", include={"preset", "as_of", "skip_bad_files"})
    kinds = ",".join(each.connection_type for each in job.read.cidr)
    chosen = {**read, "cidr": kinds, "model": hash_file(job.model)}
    return {name: str(value) for name, value in chosen.items() if value}
