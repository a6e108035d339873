"""The README is complete: what a user can call, set or open is named in it."""

from pathlib import Path

import pytest

from detector.runs.run import Run
from detector.settings import Settings
from pipelines.cli import COMMANDS
from pipelines.jobs.detect import TABLES

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", COMMANDS)
def test_command(command):
    assert f"`household {command}`" in README


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.__name__)
def test_table_with_its_key(table):
    key = ", ".join(table.primary_key())
    rows = [row for row in README.splitlines() if row.startswith(f"| `{Run(Path()).path(table)}`")]
    assert len(rows) == 1
    assert rows[0].endswith(f"| {key} |")


@pytest.mark.parametrize(("stage", "field"), Settings.model_fields.items(), ids=str)
def test_settings(stage, field):
    assert f"| `[{stage}]` | `{field.annotation.__name__}` |" in README


@pytest.mark.parametrize("target", ["demo", "test"])
def test_make_target(target):
    assert f"\n{target}: " in (ROOT / "Makefile").read_text(encoding="utf-8")
    assert f"make {target}" in README
