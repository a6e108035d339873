"""A first, cheap look at one file: its footer, its columns, and its rows per day."""

import hashlib
from collections import Counter
from pathlib import Path
from typing import Any

from detector.events import OLDEST
from detector.rows import Rows
from pipelines.reading.mapping import Mapped, UnmappedError, column_types, map_columns
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
        mapped = map_columns(log.schema, request.file, source, plan.explicit)
        return _with_days(_with_mapping(survey, mapped), log, mapped, plan, source)
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
    survey: Survey, log: OpenLog, mapped: Mapped, plan: ReadPlan, source: LogSource
) -> Survey:
    """Decode the times alone; other columns are only checked for their type."""
    _check_types(log, mapped, source)
    times = Mapped({Rows.ts.name: mapped.steps[Rows.ts.name]}, {})
    days: Counter[str] = Counter()
    notes: set[str] = set()
    ends: list[Any] = []
    for table in read_pieces(log, times, range(len(log.row_groups)), 4 * plan.chunk_rows):
        notes.update(naive_notes(table, times))
        ts = read_rows(table, times, source.columns).filter(Rows.ts.col >= OLDEST)[Rows.ts.name]
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


def _check_types(log: OpenLog, mapped: Mapped, source: LogSource) -> None:
    """Bring a table without rows through the same rules, so that a wrong type shows at once."""
    empty = log.schema.empty_table()
    read_rows(empty, mapped, source.columns)
