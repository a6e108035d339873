"""The operators' page is complete: what one can call, set, give or open is named in it."""

from pathlib import Path

import pytest

from detector.errors import (
    DetectorError,
    InputError,
    NothingToDoError,
    PartialRunError,
    SettingsError,
)
from detector.events import clean
from detector.runs.run import Run
from detector.settings import ColumnSettings, Settings
from pipelines.cli import COMMANDS
from pipelines.commands.choices import ReadingChoices
from pipelines.commands.detect import DetectChoices
from pipelines.commands.failures import INTERRUPTED, TERMINATED
from pipelines.commands.ingest import IngestChoices
from pipelines.jobs.detect import TABLES
from pipelines.reading.presets import preset_names
from tests.pages import read

PAGE = read("pipelines/README.md")
ERRORS = (DetectorError, SettingsError, InputError, PartialRunError, NothingToDoError)
CODES = (0, *(error.exit_code for error in ERRORS), INTERRUPTED, TERMINATED)
OPTIONS = sorted(
    {
        f"--{name.replace('_', '-')}"
        for choices in (ReadingChoices, DetectChoices, IngestChoices)
        for name in choices.__dataclass_fields__
    }
)


@pytest.mark.parametrize("command", COMMANDS)
def test_command(command):
    assert f"`household {command}`" in PAGE


@pytest.mark.parametrize("option", OPTIONS)
def test_option(option):
    assert option in PAGE


@pytest.mark.parametrize("code", sorted(set(CODES)))
def test_exit_code(code):
    table = PAGE[PAGE.index("| exit code |") : PAGE.index("## A first log")]
    assert f"| {code} |" in table or f" {code} |" in table or f"| {code}, " in table


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.__name__)
def test_table_with_its_key(table):
    key = ", ".join(table.primary_key())
    rows = [row for row in PAGE.splitlines() if row.startswith(f"| `{Run(Path()).path(table)}`")]
    assert len(rows) == 1
    assert rows[0].endswith(f"| {key} |")


@pytest.mark.parametrize(("stage", "field"), Settings.model_fields.items(), ids=str)
def test_settings(stage, field):
    assert f"| `[{stage}]` | `{field.annotation.__name__}` |" in PAGE


@pytest.mark.parametrize("column", ColumnSettings.model_fields)
def test_column_of_a_log(column):
    section = PAGE[PAGE.index("## What a log holds") : PAGE.index("What comes beside the log")]
    assert f"`{column}`" in section


@pytest.mark.parametrize("preset", preset_names())
def test_preset(preset):
    assert f"| `{preset}` |" in PAGE


@pytest.mark.parametrize("reason", clean.REASONS)
def test_each_reason_of_a_reject(reason):
    assert f"`{reason}`" in PAGE
