"""Job: a log -> sightings, added to a store."""

import os
import shutil
import uuid
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta
from errno import EACCES
from pathlib import Path

from detector.errors import InputError, NothingToDoError, PartialRunError
from detector.events.clean import OLDEST, Window
from detector.events.window import find_window
from detector.runs.files import hash_file, lock_file, replace_file
from detector.settings import Settings
from detector.store.ledger import Ingest, IngestedFile, file_key, sum_days
from detector.store.table import (
    BESIDE,
    ConflictError,
    Snapshot,
    commit,
    create_store,
    ledger_path,
    open_store,
)
from pipelines.reading.files import find_files, unusable
from pipelines.reading.oddities import describe_files
from pipelines.reading.options import Progress, ReadOptions
from pipelines.reading.plan import make_read_plan
from pipelines.reading.pool import Batch, ChildPool, deal_parts
from pipelines.reading.quality import check_files, check_not_empty, check_rows
from pipelines.reading.requests import decode_all
from pipelines.reading.shared.messages import LogFile
from pipelines.reading.steps import Pieces, Step, Surveys, survey_all
from pipelines.reading.tally import count_rows, describe_file, find_notes
from pipelines.storing.additions import write_additions
from pipelines.storing.refusals import write_refusals

BYTES_PER_CHILD = 8 << 20

ENDLESS = Window(OLDEST.date(), date.max, date.max)


@dataclass(frozen=True)
class IngestJob:
    """What to add to which store."""

    logs: tuple[str, ...]
    store: Path
    settings: Settings
    read: ReadOptions


@dataclass(frozen=True)
class _Decoded:
    """Files whose rows lie decoded in a folder, whatever the store holds by then."""

    surveys: Surveys
    pieces: Pieces
    late: Pieces
    """The rows after the log's last day once more, as rejects."""
    log_ends: date
    odd: Sequence[str]


def ingest(job: IngestJob, on_progress: Callable[[Progress], None]) -> Ingest:
    """Add the sightings of a log to a store.

    Files that the store holds already are not read again; what it holds from other files changes
    nothing. All files become part of the store in one step, so that a crash before it changes
    nothing, and the same call goes on after a crash.

    Raises:
        InputError: The log, or too much of it, cannot be read.
        SettingsError: The folder holds something else, or a store with other settings.
        NothingToDoError: The store holds every file of the log.
        PartialRunError: The disk failed; nothing was added.
    """
    with _repeatable(job.store):
        files = find_files(job.logs, make_read_plan(job.settings, job.read).sources)
        _check_writable(job.store)
        create_store(job.store, job.settings.events)
        found = _new_files(files, open_store(job.store))
        with _work_folder(job.store) as work:
            decoded = _decode(job, found, work, on_progress)
            try:
                return _add(open_store(job.store), decoded)
            except ConflictError as error:
                raise PartialRunError(
                    f"Others changed {job.store} too often meanwhile.",
                    hint="give the same command again: nothing was added",
                ) from error


def _check_writable(store: Path) -> None:
    """Refuse what the library of stores would only call not found."""
    store.mkdir(parents=True, exist_ok=True)
    if not os.access(store, os.W_OK):
        raise PermissionError(EACCES, "Permission denied", str(store))


def _new_files(found: Sequence[LogFile], snapshot: Snapshot) -> list[LogFile]:
    """The files that the store does not hold, hashed without being opened as tables."""
    new = [
        file
        for file in found
        if unusable(file)
        or file_key(file.path, hash_file(Path(file.path))) not in snapshot.ingested
    ]
    if not new:
        raise _nothing_to_do(snapshot.folder)
    return new


def _nothing_to_do(store: Path) -> NothingToDoError:
    return NothingToDoError(
        f"{store} already holds every file of this log.", hint="nothing was changed"
    )


def _decode(
    job: IngestJob,
    found: Sequence[LogFile],
    work: Path,
    on_progress: Callable[[Progress], None],
) -> _Decoded:
    """Decode all good rows of any day; which days are judged is asked when they are read."""
    plan = work / "plan.json"
    plan.write_text(make_read_plan(job.settings, job.read).model_dump_json(), encoding="utf-8")
    with ChildPool(plan, _hands(found, job.read.threads), job.read.deadline_s) as pool:
        step = Step(pool, job.settings, job.read, _folder(work / "all"), on_progress)
        surveys = survey_all(pool, found, on_progress)
        check_files(len(found), surveys.bad, skip=job.read.skip_bad_files)
        check_not_empty(surveys.rows)
        pieces = decode_all(step, surveys, ENDLESS, together=pool.together)
        check_files(len(found), pieces.bad, skip=job.read.skip_bad_files)
        check_rows(count_rows(pieces), job.settings.quality)
        files = [describe_file(file, surveys, pieces) for file in found]
        odd = describe_files(files, job.settings.quality, skip=job.read.skip_bad_files)
        surveys = replace(surveys, bad=pieces.bad)
        log_ends = _log_ends(open_store(job.store), surveys, job.settings)
        step = replace(step, folder=_folder(work / "late"))
        late = _late(step, surveys, log_ends)
        return _Decoded(surveys, pieces, late, log_ends, odd)


def _hands(found: Sequence[LogFile], threads: int) -> int:
    """A child more for so many bytes; starting it for fewer costs more than it saves."""
    whole = (Path(file.path) for file in found if not unusable(file))
    return min(threads, 1 + sum(path.stat().st_size for path in whole) // BYTES_PER_CHILD)


def _log_ends(snapshot: Snapshot, surveys: Surveys, settings: Settings) -> date:
    """The last day of all that is known, before or after which these rows may yet prove to be."""
    stored = [file.days for ingest in snapshot.ingests for file in ingest.files]
    days = sum_days([*stored, *(_days(surveys, name) for name in surveys.good)])
    try:
        return find_window(days, None, settings).log_ends
    except InputError:
        return date.max


def _late(step: Step, surveys: Surveys, log_ends: date) -> Pieces:
    """Decode files with rows long after the log's last day as a log that ends there."""
    late = {
        name: seen
        for name, seen in surveys.good.items()
        if (max(_days(surveys, name), default=log_ends) - log_ends).days > 1
    }
    first = OLDEST.date()
    some = replace(surveys, seen=late, bad={})
    return decode_all(step, some, Window(first, first, log_ends), together=step.pool.together)


def _add(snapshot: Snapshot, decoded: _Decoded) -> Ingest:
    """Write the sightings of files that the store does not hold, and commit them."""
    names = [
        name for name in decoded.pieces.decoded if _key(decoded, name) not in snapshot.ingested
    ]
    if not names:
        raise _nothing_to_do(snapshot.folder)
    files = tuple(_describe(decoded, name) for name in sorted(names))
    good = sum_days(file.good for file in files)
    # What is played past midnight is a sighting of both days.
    beside = {day + timedelta(step) for day in good for step in (-1, 0, 1) if day < date.max}
    transaction = uuid.uuid4().hex
    parts = _parts(decoded)
    added = write_additions(snapshot.folder, transaction, parts, sorted(beside))
    keys = {name: _key(decoded, name) for name in names}
    write_refusals(snapshot.folder, transaction, keys, decoded.pieces, decoded.late)
    counts = count_rows(Pieces({name: decoded.pieces.decoded[name] for name in names}, {}))
    entry = Ingest(
        id=transaction,
        files=files,
        log_ends=decoded.log_ends,
        rejected=counts.rejected,
        repairs=counts.repairs,
        set_aside={name: problem.text for name, problem in decoded.pieces.bad.items()},
        notes=(*find_notes(decoded.surveys, decoded.pieces), *decoded.odd),
    )
    with replace_file(ledger_path(snapshot.folder, transaction)) as part:
        part.write_text(entry.model_dump_json(indent=2) + "\n", encoding="utf-8")
    commit(snapshot, transaction, added)
    return entry


def _describe(decoded: _Decoded, name: str) -> IngestedFile:
    file, seen = decoded.surveys.files[name], decoded.surveys.seen[name]
    pieces = decoded.pieces.decoded[name]
    return IngestedFile(
        path=file.path,
        root=file.root or str(Path(file.path).parent),
        bytes=seen.identity.bytes,
        sha256=seen.sha256,
        rows=sum(piece.rows for piece in pieces),
        days=_days(decoded.surveys, name),
        good=sum_days(piece.days for piece in pieces),
        not_listed=sum(piece.not_listed for piece in pieces),
        verified=seen.verified,
    )


def _key(decoded: _Decoded, name: str) -> str:
    return file_key(decoded.surveys.files[name].path, decoded.surveys.seen[name].sha256)


def _days(surveys: Surveys, name: str) -> dict[date, int]:
    return {date.fromisoformat(day): rows for day, rows in surveys.seen[name].days.items()}


def _parts(decoded: _Decoded) -> dict[int, list[Batch]]:
    """Of all files: what the store came to hold of some meanwhile makes no difference."""
    pieces = (piece for each in decoded.pieces.decoded.values() for piece in each)
    return deal_parts(part for piece in pieces for part in piece.parts)


def _folder(path: Path) -> Path:
    (path / "parts").mkdir(parents=True)
    return path


@contextmanager
def _work_folder(store: Path) -> Generator[Path]:
    """Scratch space of this process; that of processes which were killed is cleared away."""
    top = store / BESIDE / "work"
    top.mkdir(parents=True, exist_ok=True)
    for lock in top.glob("*.lock"):
        with suppress(BlockingIOError), lock_file(lock):
            shutil.rmtree(lock.with_suffix(""), ignore_errors=True)
    with ExitStack() as stack:
        work = _claim(top, stack)
        stack.callback(shutil.rmtree, work, ignore_errors=True)
        yield work


def _claim(top: Path, stack: ExitStack) -> Path:
    """A folder of our own; another process that clears away may hold a new lock for a moment."""
    while True:
        work = top / uuid.uuid4().hex
        with suppress(BlockingIOError):
            stack.enter_context(lock_file(work.with_suffix(".lock")))
            work.mkdir()
            return work


@contextmanager
def _repeatable(store: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise PartialRunError(
            f"The ingest into {store} stopped: {error}.",
            hint="mend that and give the same command again: nothing was added",
        ) from error
