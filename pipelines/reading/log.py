"""A whole log → buckets of sightings: the order of the reader's steps."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import rmtree

from detector.events.clean import Window
from detector.events.window import find_window
from detector.settings import Settings
from pipelines.reading.files import find_files, name_left_out
from pipelines.reading.oddities import describe_files
from pipelines.reading.options import LogReading, ReadOptions
from pipelines.reading.plan import make_read_plan
from pipelines.reading.pool import ChildPool, Hire
from pipelines.reading.quality import check_files, check_kept, check_not_empty, check_rows
from pipelines.reading.records import read_records
from pipelines.reading.requests import decode_all
from pipelines.reading.steps import (
    OnProgress,
    Pieces,
    Step,
    Surveys,
    count_days,
    reduce_all,
    survey_all,
)
from pipelines.reading.tally import (
    count_rows,
    describe_file,
    find_notes,
    write_rejects,
)


@dataclass(frozen=True)
class _ReadIn:
    """The log once every file is either decoded or set aside."""

    surveys: Surveys
    window: Window
    pieces: Pieces


def read_log(  # noqa: PLR0913 - who does the work is nearly always left alone
    logs: Sequence[str],
    settings: Settings,
    options: ReadOptions,
    work: Path,
    on_progress: OnProgress,
    hire: Hire = ChildPool,
) -> LogReading:
    """Read a log into sightings, one file per bucket of accounts.

    Steps: (1) survey each file: footer, columns, rows by day; (2) find the window; (3) decode
    the files piece by piece into sightings, dealt into buckets by account; (4) unite each bucket.
    What is read twice changes nothing, as sightings are sets. Files are opened in child processes
    only, and memory is bounded by a piece or a bucket, not by the log. The result does not
    depend on the order of files or rows, nor on the number of children.

    Args:
        logs: Files, folders and patterns.
        settings: Of these, window, quality, events and columns are used.
        options: What else the caller asked for.
        work: A folder of the caller's, in which `reading` is made anew.
        on_progress: Told after each piece of work.
        hire: Finds those who open the files; child processes of this one by default.

    Raises:
        InputError: If the log, too much of it, or the accounts table cannot be read.
    """
    plan = make_read_plan(settings, options)
    found = find_files(logs, plan.sources)
    folder = _fresh_folder(work / "reading")
    plan_path = folder / "plan.json"
    plan_path.write_text(plan.model_dump_json(), encoding="utf-8")
    with hire(plan_path, options.threads, options.deadline_s) as pool:
        records = read_records(pool, options.accounts, folder)
        step = Step(pool, settings, options, folder, on_progress)
        read_in = _decode(step, survey_all(pool, found, on_progress))
        window, pieces = read_in.window, read_in.pieces
        counts = count_rows(pieces)
        check_rows(counts, settings.quality)
        check_kept(counts, f"{window.first_day} to {window.last_day}")
        files = tuple(describe_file(file, read_in.surveys, pieces) for file in found)
        describe_files(files, settings.quality, skip=options.skip_bad_files)
        reduced = reduce_all(step, pieces)
    rejects = folder / "rejects.parquet"
    write_rejects((path for piece in pieces.all for path in piece.rejects), rejects)
    notes = (*find_notes(read_in.surveys, pieces), *name_left_out(logs, plan.sources, found))
    rmtree(folder / "parts")
    return LogReading(
        buckets=tuple(path for path, done in reduced.items() if done.sightings),
        rejects=rejects,
        records=records,
        files=files,
        first_day=window.first_day,
        last_day=window.last_day,
        notes=notes,
        counts=counts,
    )


def _decode(step: Step, surveys: Surveys) -> _ReadIn:
    """Decode all files; where one turns out bad only now, its days do not make the window."""
    window = _window(step, surveys)
    pieces = decode_all(step, surveys, window, together=step.pool.together)
    if pieces.bad.keys() == surveys.bad.keys():
        return _ReadIn(surveys, window, pieces)
    fewer = replace(surveys, bad=pieces.bad)
    same = _window(step, fewer) == window
    return _ReadIn(fewer, window, pieces) if same else _decode(step, fewer)


def _window(step: Step, surveys: Surveys) -> Window:
    check_files(len(surveys.files), surveys.bad, skip=step.options.skip_bad_files)
    check_not_empty(surveys.rows)
    return find_window(count_days(surveys), step.options.as_of, step.settings)


def _fresh_folder(folder: Path) -> Path:
    rmtree(folder, ignore_errors=True)
    (folder / "parts").mkdir(parents=True)
    return folder
