"""Job: a log -> verdicts, in a run folder."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields, replace
from functools import partial
from itertools import repeat
from pathlib import Path
from typing import Protocol

import dataframely as dy
import polars as pl

from detector.account_records import Known, describe_gaps
from detector.clearing import clear_accounts, tell_cleared
from detector.detect import judge
from detector.files import hash_file
from detector.manifest import InputFile, Manifest, Plan, Role, RowCounts, Window
from detector.publishing import Outcome, make_plan, make_run
from detector.runs import Draft, Run
from detector.schemas import (
    Accounts,
    Devices,
    Evidence,
    Households,
    Networks,
    PlaceNetworks,
    Places,
    Rejects,
    Sightings,
    Ties,
    Visits,
)
from detector.scorecard import PACKAGED, Scorecard
from detector.settings import Settings
from detector.trials import AT_ONCE, Flagged, Law
from pipelines.atlas import Atlas
from pipelines.models import read_model
from pipelines.pieces import Piece, Written, merge
from pipelines.reading.arrow import pq
from pipelines.reading.files import find_files, unusable
from pipelines.reading.log import read_log
from pipelines.reading.options import FileRecord, LogReading, Progress, ReadOptions
from pipelines.reading.plan import make_plan as plan_reading
from pipelines.reading.tables import read_bucket
from pipelines.run_tables import list_flagged_accounts
from pipelines.storing.memory import Memory, recall, remember
from pipelines.storing.window import StoredLog, read_window
from pipelines.surveying import survey_buckets

PER_ACCOUNT: dict[str, type[dy.Schema]] = {
    "accounts": Accounts,
    "households": Households,
    "devices": Devices,
    "places": Places,
    "evidence": Evidence,
    "ties": Ties,
    "visits": Visits,
}
"""Tables that are judged account by account, by their name in `Detection`."""

PIECES: dict[str, type[dy.Schema]] = {**PER_ACCOUNT, "place_networks": PlaceNetworks}
"""And what is kept of a bucket until the flagged accounts are known; not published."""

FEW = "flagged"
FLAGGED: dict[str, type[dy.Schema]] = {
    field.name: {**PIECES, "sightings": Sightings}[field.name] for field in fields(Flagged)
}
"""The tables of the flagged accounts alone, by their name in `Flagged`."""

NETWORK = Networks.network.name

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


@dataclass(frozen=True)
class Standard:
    """What accounts are judged by, besides the settings."""

    scorecard: Scorecard
    known: Known


@dataclass(frozen=True)
class Rules:
    """All that accounts are judged by."""

    atlas: Atlas
    settings: Settings
    standard: Standard


@dataclass(frozen=True)
class Judged:
    """What is known of all accounts, before it is put together."""

    pieces: Sequence[Piece]
    cleared: dy.DataFrame[Accounts]
    """The flagged accounts of the pieces."""
    memory: Memory | None
    """Of those who were not judged again."""


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
    standard = _standard(job)
    plan = make_plan(job.settings, (*_log_files(job, engine), *_extras(job)), _options(job))

    def build(draft: Draft) -> Outcome:
        if engine is not None:
            return engine.build(draft, job, standard, on_progress)
        return _build(draft, job, plan, standard, on_progress)

    return make_run(job.out, plan, build, force=job.force)


def _standard(job: DetectJob) -> Standard:
    scorecard = read_model(job.model)
    if job.previous is None:
        return Standard(scorecard, Known())
    Run(job.previous).finished()
    return Standard(scorecard, Known(flagged_before=list_flagged_accounts(job.previous)))


def _build(
    draft: Draft,
    job: DetectJob,
    plan: Plan,
    standard: Standard,
    on_progress: Callable[[Progress], None],
) -> Outcome:
    with draft.stage("sightings") as stage:
        reading = _read(job, draft.folder, on_progress)
        stage.rows_in, stage.rows_out = reading.counts.rows_in, reading.counts.kept
        if job.stored is None:
            draft.write_sorted(Rejects, iter_rejects(reading))
        else:
            draft.adopt(Rejects, reading.rejects)
    standard = replace(standard, known=replace(standard.known, records=reading.records))
    with draft.stage("networks") as stage:
        threads = job.read.threads
        atlas = survey_buckets(reading.buckets, job.settings, draft.folder / "survey", threads)
        draft.write_sorted(Networks, atlas.networks())
        stage.rows_in, stage.rows_out = reading.counts.kept, draft.rows(Networks)
    rules = Rules(atlas, job.settings, standard)
    memory = _recall(draft, job, plan, rules)
    _judge_all(draft, job, reading, rules, memory)
    if job.stored is not None:
        remember(job.stored.snapshot.folder, plan, draft, PER_ACCOUNT)
    return tell_outcome(draft, job, reading, standard)


def _judge_all(
    draft: Draft, job: DetectJob, reading: LogReading, rules: Rules, memory: Memory | None
) -> None:
    """Fill the tables of accounts."""
    threads = job.read.threads
    with draft.stage("verdicts") as stage:
        buckets = memory.changed(reading.buckets, AT_ONCE) if memory else reading.buckets
        pieces = _judge_buckets(draft, buckets, rules, threads)
        stage.rows_in = reading.counts.kept
        stage.rows_out = sum(piece.rows(Accounts) for piece in pieces)
    with draft.stage("clearing") as stage:
        judged = Judged(pieces, _clear_flagged(pieces, rules, threads), memory)
        stage.rows_in = stage.rows_out = judged.cleared.height
    with draft.stage("tables") as stage:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(partial(_merge, draft, judged), PER_ACCOUNT.values()))
        stage.rows_in = stage.rows_out = draft.rows(Accounts)


def _read(job: DetectJob, work: Path, on_progress: Callable[[Progress], None]) -> LogReading:
    if job.stored is None:
        return read_log(job.logs, job.settings, job.read, work, on_progress)
    return read_window(job.stored, job.settings, job.read, work)


def _recall(draft: Draft, job: DetectJob, plan: Plan, rules: Rules) -> Memory | None:
    if job.stored is None:
        return None
    store, known = job.stored.snapshot.folder, rules.standard.known
    return recall(store, plan, draft, rules.atlas, known)


def _judge_buckets(
    draft: Draft, buckets: Sequence[Path], rules: Rules, threads: int
) -> list[Piece]:
    """Judge several buckets side by side: much of it is compiled and lets others run."""
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(partial(_judge_bucket, draft, rules=rules), buckets))


def _judge_bucket(draft: Draft, bucket: Path, rules: Rules) -> Piece:
    """Judge a bucket, unless an earlier attempt did, which may have dealt accounts otherwise."""
    piece = Piece(draft.folder / f"bucket-{hash_file(bucket)[:16]}")
    if not piece.is_sealed:
        model, known = rules.standard.scorecard, rules.standard.known
        sightings, networks = read_bucket(bucket), rules.atlas.of_bucket(bucket)
        around = rules.atlas.around(networks)
        detection = judge(sightings, around, rules.settings, model, known)
        for name, table in PER_ACCOUNT.items():
            piece.write(table, getattr(detection, name))
        flagged = Flagged.among({**vars(detection), "sightings": sightings})
        for name, table in FLAGGED.items():
            some: pl.DataFrame = getattr(flagged, name)
            piece.part(FEW).write(table, table.cast(some))
        known_of = networks.join(flagged.sightings, on=NETWORK, how="semi")
        piece.part(FEW).write(Networks, Networks.cast(known_of))
        piece.seal()
    return piece


def _clear_flagged(pieces: Sequence[Piece], rules: Rules, threads: int) -> dy.DataFrame[Accounts]:
    """Find what would clear the flagged accounts, many buckets' at once."""

    def clear(some: Sequence[Piece]) -> pl.DataFrame:
        networks = pl.concat(few.scan(Networks) for few in some).unique(NETWORK).collect()
        around = rules.atlas.around(Networks.cast(networks))
        law = Law(around, rules.settings, rules.standard.scorecard)
        return clear_accounts(Flagged.together([_flagged(few) for few in some]), law)

    parts = [piece.part(FEW) for piece in pieces]
    with ThreadPoolExecutor(threads) as pool:
        cleared = list(pool.map(clear, _together(parts, threads)))
    return Accounts.cast(pl.concat([Accounts.create_empty(), *cleared]))


def _together(parts: Sequence[Piece], threads: int) -> Iterator[Sequence[Piece]]:
    """The flagged accounts of as many buckets as come to the size of one; work for all threads."""
    most = min(AT_ONCE, sum(few.rows(Sightings) for few in parts) // threads)
    waiting, rows = list[Piece](), 0
    for few in parts:
        more = few.rows(Sightings)
        if waiting and rows + more > most:
            yield waiting
            waiting, rows = list[Piece](), 0
        waiting.append(few)
        rows += more
    if waiting:
        yield waiting


def _flagged(few: Piece) -> Flagged:
    return Flagged(**{name: few.scan(table).collect() for name, table in FLAGGED.items()})


def _merge(draft: Draft, judged: Judged, table: type[dy.Schema]) -> None:
    """Put the pieces' rows of a table together with those that stay as they were."""
    parts = [Written(piece.path(table)) for piece in judged.pieces]
    kept = judged.memory.unchanged(table) if judged.memory else []
    rows = merge(table, [*parts, *kept])
    if table is Accounts:
        rows = (tell_cleared(some, judged.cleared) for some in rows)
    draft.write_sorted(table, rows)


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
    """Tell what a draft was made from, once it holds all tables."""
    counts = reading.counts
    return Outcome(
        tables=TABLES,
        inputs=(*(_read_file(record) for record in reading.files), *_extras(job)),
        rows=RowCounts(
            read=counts.rows_in,
            kept=counts.kept,
            duplicates=counts.duplicates,
            outside_window=counts.outside_window,
            not_listed=counts.not_listed,
            rejected=counts.rejected,
            repairs=counts.repairs,
        ),
        window=Window(first_day=reading.first_day, last_day=reading.last_day),
        notes=(*reading.notes, standard.scorecard.words, *_gaps(draft, job, reading)),
    )


def _read_file(record: FileRecord) -> InputFile:
    return InputFile(
        path=record.path,
        bytes=record.bytes,
        sha256=record.sha256,
        rows=record.rows,
        problem=record.skipped or "",
    )


def _log_files(job: DetectJob, engine: Engine | None) -> tuple[InputFile, ...]:
    """What the log consists of before it is read; what cannot be hashed is told by its name."""
    if job.stored is not None:
        return tuple(
            InputFile(path=job.stored.names[file.key], bytes=file.bytes, sha256=file.sha256)
            for file in job.stored.files
        )
    found = find_files(job.logs, plan_reading(job.settings, job.read).sources)
    paths = [Path(file.path) for file in found if unusable(file) is None]
    if engine is not None:
        hashes = zip(paths, engine.hash_files(paths), strict=True)
        return tuple(_input_file(path, "log", sha256) for path, sha256 in hashes)
    with ThreadPoolExecutor(job.read.threads) as threads:
        return tuple(threads.map(_hashed, paths, repeat("log")))


def _extras(job: DetectJob) -> tuple[InputFile, ...]:
    """The other files that the verdicts depend on."""
    read = job.read
    tables = () if read.accounts is None else (_hashed(read.accounts, "accounts"),)
    lists = () if read.only is None else (_hashed(read.only, "only"),)
    databases = tuple(_hashed(path, "mmdb") for path in read.mmdb)
    blocks = tuple(_hashed(each.path, "cidr") for each in read.cidr)
    before = (
        () if job.previous is None else (_hashed(Run(job.previous).path(Accounts), "previous"),)
    )
    return (*tables, *lists, *databases, *blocks, *before)


def _hashed(path: Path, role: Role) -> InputFile:
    return _input_file(path, role, hash_file(path))


def _input_file(path: Path, role: Role, sha256: str) -> InputFile:
    return InputFile(path=str(path), role=role, bytes=path.stat().st_size, sha256=sha256)


def _options(job: DetectJob) -> dict[str, str]:
    """Choices that change the verdicts but are no settings."""
    read = job.read.model_dump(mode="json", include={"preset", "as_of", "skip_bad_files"})
    kinds = ",".join(each.connection_type for each in job.read.cidr)
    chosen = {**read, "cidr": kinds, "model": hash_file(job.model)}
    return {name: str(value) for name, value in chosen.items() if value}
