"""`household inspect-log`: what is in a log, and how its columns can be mapped."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from detector.settings import Settings
from pipelines.reading.files import find_files, name_left_out
from pipelines.reading.options import Progress, ReadOptions
from pipelines.reading.plan import make_read_plan
from pipelines.reading.pool import ChildPool
from pipelines.reading.shared.mapping import CONTRACT, REQUIRED
from pipelines.reading.shared.messages import FileSurvey, Look
from pipelines.reading.shared.proposing import REAL, WHOLE
from pipelines.reading.shared.shapes import UNITS
from pipelines.reading.steps import Surveys, survey_all

_FILES = 20
_NEARLY_ALL = 0.95


@dataclass(frozen=True)
class ColumnFate:
    """One column of the contract: where it comes from, or where it might."""

    column: str
    required: bool
    source: str | None
    proposal: str | None


@dataclass(frozen=True)
class ColumnLook:
    """What the rows that were looked at hold in one column."""

    null_share: float
    distinct: int
    sample: str
    """How its commonest values are written; ids and addresses are not shown."""


@dataclass(frozen=True)
class FileFate:
    """What was made of one file."""

    name: str
    rows: int
    left_out: int
    """Rows that the preset's filters leave out."""
    verified: bool
    """Whether damage to it would be noticed."""
    columns: tuple[str, ...]
    """Columns of the contract that it has."""


@dataclass(frozen=True)
class LogInspection:
    """What a log holds and how it would be read."""

    files: int
    rows: int
    first_ts: str | None
    last_ts: str | None
    schema: Mapping[str, str]
    """Types by column, nested ones under dotted names; several types where files differ."""
    looks: Mapping[str, ColumnLook]
    """Of a file that has the column; the first such."""
    columns: tuple[ColumnFate, ...]
    made: tuple[FileFate, ...]
    problems: Mapping[str, str]
    """What is wrong with a file, by its name."""
    notes: tuple[str, ...]
    toml: str
    """A [columns] table that maps what can be guessed; empty if nothing is to be done."""


def inspect_log(logs: Sequence[str], settings: Settings, options: ReadOptions) -> LogInspection:
    """Look at a log without judging anybody: schema, rows, times, and how columns map.

    Files are opened in child processes; footers, times and the first rows are read.
    """
    plan = make_read_plan(settings, options).model_copy(update={"look": True})
    found = find_files(logs, plan.sources)
    with TemporaryDirectory() as folder:
        path = Path(folder, "plan.json")
        path.write_text(plan.model_dump_json(), encoding="utf-8")
        with ChildPool(path, options.threads, options.deadline_s) as pool:
            surveys = survey_all(pool, found, _silent)
    return _inspection(surveys, name_left_out(logs, plan.sources, found))


def render_inspection(inspection: LogInspection) -> RenderableType:
    """Lay an inspection out for a terminal; names from the log cannot style or move the text."""
    plural = "" if inspection.files == 1 else "s"
    head = f"{inspection.files} file{plural}, {inspection.rows} rows"
    times = f"from {inspection.first_ts} to {inspection.last_ts}" if inspection.first_ts else ""
    parts: list[RenderableType] = [Text(f"{head} {times}".strip()), _schema_table(inspection)]
    parts += [_mapping_table(inspection), _files_table(inspection)]
    parts += [Text(f"{_plain(name)!r} {text}") for name, text in inspection.problems.items()]
    parts += [Text(_plain(note)) for note in inspection.notes]
    if inspection.toml:
        parts.append(Text("Put this into your settings file and correct it:\n" + inspection.toml))
    return Group(*parts)


def _inspection(surveys: Surveys, left_out: Sequence[str]) -> LogInspection:
    seen = list(surveys.seen.values())
    schema = _merged_schema(seen)
    columns = _fates(seen)
    ends = sorted(ts for survey in seen for ts in (survey.first_ts, survey.last_ts) if ts)
    notes = sorted({note for survey in seen for note in survey.notes})
    looks = {name: look for survey in reversed(seen) for name, look in survey.looks.items()}
    return LogInspection(
        files=len(surveys.files),
        rows=sum(sum(survey.row_groups) for survey in seen),
        first_ts=ends[0] if ends else None,
        last_ts=ends[-1] if ends else None,
        schema=schema,
        looks={name: _column_look(look) for name, look in looks.items()},
        columns=columns,
        made=tuple(_made(name, survey) for name, survey in sorted(surveys.seen.items())),
        problems={name: problem.text for name, problem in sorted(surveys.bad.items())},
        notes=(*notes, *left_out),
        toml=_toml(columns, schema, looks),
    )


def _column_look(look: Look) -> ColumnLook:
    rows = look.rows + look.nulls
    return ColumnLook(round(look.nulls / rows, 4) if rows else 0.0, look.distinct, look.sample)


def _made(name: str, survey: FileSurvey) -> FileFate:
    columns = tuple(column for column in CONTRACT if column in survey.mapped)
    rows = sum(survey.row_groups)
    return FileFate(name, rows, survey.left_out, survey.verified, columns)


def _merged_schema(seen: Sequence[FileSurvey]) -> dict[str, str]:
    kinds: dict[str, Counter[str]] = {}
    for survey in seen:
        for name, kind in survey.columns:
            kinds.setdefault(name, Counter()).update([kind])
    return {name: " | ".join(sorted(found)) for name, found in kinds.items()}


def _fates(seen: Sequence[FileSurvey]) -> tuple[ColumnFate, ...]:
    mapped = {column: way for survey in seen for column, way in survey.mapped.items()}
    proposed = {column: way for survey in seen for column, way in survey.proposed.items()}
    return tuple(
        ColumnFate(
            column,
            column in REQUIRED,
            mapped.get(column),
            None if column in mapped else proposed.get(column),
        )
        for column in CONTRACT
    )


def _toml(
    columns: Sequence[ColumnFate], schema: Mapping[str, str], looks: Mapping[str, Look]
) -> str:
    lines = [f"{f.column} = {_quoted(f.proposal)}" for f in columns if f.proposal]
    time = next(fate for fate in columns if fate.column == "ts")
    name = time.proposal or time.source or ""
    shares = looks[name].shares if name in looks else {}
    unit = next((unit for unit in UNITS if shares.get(f"since_{unit}", 0) >= _NEARLY_ALL), None)
    if unit and (time.proposal or schema.get(name, "").startswith(WHOLE + REAL)):
        lines.append(f'ts_unit = "{unit}"')
    elif schema.get(name, "").startswith(WHOLE + REAL):
        lines.append('# ts_unit = "ms"  # what the numbers count since 1970: s, ms, us or ns')
    return "\n".join(["[columns]", *lines]) + "\n" if lines else ""


def _quoted(name: str) -> str:
    """A TOML basic string."""
    return json.dumps(name, ensure_ascii=True).replace("\x7f", "\\u007f")


def _schema_table(inspection: LogInspection) -> Table:
    title = "What the log holds (9 stands for a digit, a for a letter)"
    table = Table("column of the log", "type", title=title, title_justify="left")
    for name in ("null", "distinct", "for example"):
        table.add_column(name)
    for name, kind in inspection.schema.items():
        look = inspection.looks.get(name)
        cells = (f"{look.null_share:.0%}", str(look.distinct), _plain(look.sample)) if look else ()
        table.add_row(Text(_plain(name)), Text(kind), *map(Text, cells))
    return table


def _files_table(inspection: LogInspection) -> Table:
    title = f"What was made of each file (the first {_FILES})"
    table = Table("file", "rows", "left out", "checksums", title=title, title_justify="left")
    table.add_column("columns")
    for file in inspection.made[:_FILES]:
        facts = (file.rows, file.left_out or "-", "yes" if file.verified else "no")
        cells = (_plain(file.name), *map(str, facts), " ".join(file.columns) or "none")
        table.add_row(*map(Text, cells))
    return table


def _mapping_table(inspection: LogInspection) -> Table:
    title = "What is read as what"
    table = Table("contract", "read from", "perhaps", title=title, title_justify="left")
    for fate in inspection.columns:
        mark = f"{fate.column} (required)" if fate.required else fate.column
        source = _plain(fate.source or ("missing" if fate.required else "-"))
        table.add_row(Text(mark), Text(source), Text(_plain(fate.proposal or "")))
    return table


def _plain(text: str) -> str:
    """Without characters that would move or colour a terminal's text."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def _silent(progress: Progress) -> None:
    """An inspection is quick; nobody needs a bar."""
