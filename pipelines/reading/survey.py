"""A first, cheap look at one file: its footer, its columns, and its rows per day."""

import hashlib
from collections import Counter
from pathlib import Path
from typing import Any

from detector.events import OLDEST
from detector.rows import Rows
from detector.settings import ColumnSettings
from pipelines.reading.mapping import (
    Mapped,
    UnmappedError,
    check_columns,
    column_types,
    find_columns,
)
from pipelines.reading.messages import LogFile, LogSource, ReadPlan, Survey, SurveyRequest
from pipelines.reading.opening import OpenLog, open_log, read_identity, read_pieces, refuse
from pipelines.reading.rows import naive_notes, read_rows


def survey_file(request: SurveyRequest, plan: ReadPlan) -> Survey:
    """Look at a file's footer, find its columns, and count its rows by day."""
    path = request.file.path
    identity = read_identity(path)
    with Path(path).open("rb") as file:
        survey = Survey(identity=identity, sha256=hashlib.file_digest(file, "sha256").hexdigest())
    try:
        log = open_log(path)
        survey = _with_schema(survey, log)
        source = find_source(request.file, plan)
        mapped = find_columns(log.schema, request.file, source)
        survey = _with_mapping(survey, mapped)
        if Rows.ts.name in mapped.steps:
            survey = _with_days(survey, log, mapped, plan.chunk_rows, source.columns)
        check_columns(log.schema, mapped, source, plan.explicit)
        read_rows(log.schema.empty_table(), mapped, source.columns)
        return survey
    except UnmappedError as error:
        return survey.model_copy(update={"problem": error.problem})


def find_source(file: LogFile, plan: ReadPlan) -> LogSource:
    """Find the layout that a file's name asks for.

    Raises:
        UnmappedError: If the preset says nothing of such a file.
    """
    name = Path(file.path).name
    csv = name.lower().endswith(".csv")
    for source in plan.sources:
        if Path(name).match(source.files) and (source.csv or not csv):
            return source
    hint = "CSV is read with --preset tautulli or netflix-export" if csv else ""
    raise refuse("is not of a kind that is read here", hint)


def _with_schema(survey: Survey, log: OpenLog) -> Survey:
    types = column_types(log.schema)
    columns = tuple((name, str(kind)) for name, kind in types.items())
    return survey.model_copy(update={"row_groups": log.row_groups, "columns": columns})


def _with_mapping(survey: Survey, mapped: Mapped) -> Survey:
    ways = {column: ".".join(map(str, steps)) for column, steps in mapped.steps.items()}
    return survey.model_copy(update={"mapped": ways})


def _with_days(
    survey: Survey, log: OpenLog, mapped: Mapped, rows: int, columns: ColumnSettings
) -> Survey:
    """Decode the times alone; of other columns only the types are looked at, later."""
    times = Mapped({Rows.ts.name: mapped.steps[Rows.ts.name]}, {})
    days: Counter[str] = Counter()
    notes: set[str] = set()
    ends: list[Any] = []
    for table in read_pieces(log, times, range(len(log.row_groups)), 4 * rows):
        notes.update(naive_notes(table, times))
        ts = read_rows(table, times, columns).filter(Rows.ts.col >= OLDEST)[Rows.ts.name]
        counts = ts.dt.date().value_counts(name="n")
        days.update({str(day): n for day, n in counts.iter_rows()})
        ends += [] if ts.is_empty() else [ts.min(), ts.max()]
    return survey.model_copy(
        update={
            "days": dict(days),
            "notes": tuple(sorted(notes)),
            "first_ts": min(ends).isoformat() if ends else None,
            "last_ts": max(ends).isoformat() if ends else None,
        }
    )
