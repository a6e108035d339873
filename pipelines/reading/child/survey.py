"""A first, cheap look at one file: its footer, its columns, and its rows per day."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from detector.events.rows import LogRows
from detector.log_settings import ColumnSettings
from pipelines.reading.child.checksums import find_digest, has_checksums
from pipelines.reading.child.coercion import coerce
from pipelines.reading.child.filtering import find_kept
from pipelines.reading.child.looking import look_at
from pipelines.reading.child.opening import OpenLog, open_log, read_pieces
from pipelines.reading.child.rows import naive_notes, read_columns, walk
from pipelines.reading.shared.arrow import Schema
from pipelines.reading.shared.layouts import LogSource
from pipelines.reading.shared.mapping import (
    CONTRACT,
    Mapped,
    UnmappedError,
    check_columns,
    column_types,
    find_columns,
    refuse,
)
from pipelines.reading.shared.messages import (
    FileSurvey,
    LogFile,
    Look,
    ReadPlan,
    SurveyRequest,
    read_identity,
)
from pipelines.reading.shared.proposing import propose_columns
from pipelines.reading.shared.times import OLDEST_US, count_by_day


def survey_file(request: SurveyRequest, plan: ReadPlan) -> FileSurvey:
    """Look at a file's footer, find its columns, and count its rows by day."""
    path = request.file.path
    identity = read_identity(path)
    with Path(path).open("rb") as file:
        survey = FileSurvey(
            identity=identity, sha256=hashlib.file_digest(file, "sha256").hexdigest()
        )
    try:
        source = find_source(request.file, plan)
        digested = _check_digest(request.file, survey.sha256)
        log = open_log(path, source, request.file.constants)
        footer = log.parquet.metadata if log.parquet else None
        verified = digested or has_checksums(path, footer)
        survey = _with_schema(survey, log).model_copy(update={"verified": verified})
        mapped = find_columns(log.schema, request.file, source)
        survey = _with_mapping(survey, mapped)
        if plan.look:
            survey = _with_looks(survey, look_at(log))
        if LogRows.ts.name in mapped.steps:
            survey = _with_days(survey, log, mapped, plan.chunk_rows, source)
        _check_columns(survey, log, mapped, source, plan)
        steps, constants = tuple(mapped.steps.items()), tuple(mapped.constants.items())
        _check_types(log.schema, steps, constants, source.columns.model_dump_json())
        return survey
    except UnmappedError as error:
        return survey.model_copy(update={"problem": error.problem})


def _check_digest(file: LogFile, sha256: str) -> bool:
    """Whether a file is as its digest says; False if it has none."""
    digest = find_digest(file)
    if digest not in (None, sha256):
        raise refuse("is damaged: it does not match its digest", "fetch it again.")
    return digest is not None


def find_source(file: LogFile, plan: ReadPlan) -> LogSource:
    """Find the layout that a file's name asks for.

    Raises:
        UnmappedError: If the preset says nothing of such a file.
    """
    name = Path(file.path).name
    source = next((source for source in plan.sources if source.takes(name)), None)
    if source is None:
        raise refuse("is not of a kind that is read here")
    return source


def _check_columns(
    survey: FileSurvey, log: OpenLog, mapped: Mapped, source: LogSource, plan: ReadPlan
) -> None:
    """See that nothing is missing; if something is, look for what may be meant."""
    try:
        check_columns(log.schema, mapped, source, plan.explicit)
    except UnmappedError as error:
        wanted = [column for column in CONTRACT if column in error.problem.missing]
        proposed = _propose(survey, survey.looks or look_at(log), wanted)
        raise UnmappedError(error.problem.model_copy(update={"proposed": proposed})) from None


def _propose(
    survey: FileSurvey, looks: Mapping[str, Look], wanted: Sequence[str]
) -> dict[str, str]:
    rest = [column for column in wanted if column not in survey.mapped]
    return propose_columns(rest, dict(survey.columns), survey.mapped, looks)


def _with_looks(survey: FileSurvey, looks: Mapping[str, Look]) -> FileSurvey:
    proposed = _propose(survey, looks, CONTRACT)
    return survey.model_copy(update={"looks": looks, "proposed": proposed})


def _with_schema(survey: FileSurvey, log: OpenLog) -> FileSurvey:
    types = column_types(log.schema)
    columns = tuple((name, str(kind)) for name, kind in types.items())
    update = {"row_groups": log.row_groups, "columns": columns, "notes": log.notes}
    return survey.model_copy(update=update)


def _with_mapping(survey: FileSurvey, mapped: Mapped) -> FileSurvey:
    ways = {column: f"= {value}" for column, value in mapped.constants.items()}
    ways |= {column: ".".join(map(str, steps)) for column, steps in mapped.steps.items()}
    return survey.model_copy(update={"mapped": ways})


def _with_days(
    survey: FileSurvey, log: OpenLog, mapped: Mapped, rows: int, way: LogSource
) -> FileSurvey:
    """Decode the times alone; of other columns only the types are looked at, later."""
    steps = mapped.steps[LogRows.ts.name]
    times = Mapped({LogRows.ts.name: steps}, {}, mapped.filters)
    days: Counter[date] = Counter()
    notes, left_out = set(survey.notes), 0
    ends: list[int] = []
    for table in read_pieces(log, times, range(len(log.row_groups)), 4 * rows):
        notes.update(naive_notes(table, times))
        if (kept := find_kept(table, times)) is not None:
            left_out += table.num_rows - len(kept)
            table = table.take(kept)
        ts = coerce(LogRows.ts.name, walk(table, steps), way.columns)[0].drop_nulls()
        micros = ts.to_physical().to_numpy()
        micros = micros[micros >= OLDEST_US]
        days.update(count_by_day(micros))
        ends += [int(micros.min()), int(micros.max())] if len(micros) else []
    return survey.model_copy(
        update={
            "left_out": left_out,
            "days": {str(day): n for day, n in days.items()},
            "notes": tuple(sorted(notes)),
            "first_ts": _iso(min(ends)) if ends else None,
            "last_ts": _iso(max(ends)) if ends else None,
        }
    )


def _iso(micros: int) -> str:
    return (datetime.fromtimestamp(0, UTC) + timedelta(microseconds=micros)).isoformat()


@lru_cache(maxsize=8)
def _check_types(
    schema: Schema, steps: tuple[Any, ...], constants: tuple[Any, ...], columns: str
) -> None:
    """See that the columns' types serve; files of one log are mostly alike."""
    names = ColumnSettings.model_validate_json(columns)
    mapped = Mapped(dict(steps), dict(constants))
    read_columns(schema.empty_table(), mapped, LogSource(columns=names))
