"""The first run of a version compiles its loops side by side, and later ones not at all."""

import subprocess
import sys
from pathlib import Path

import pytest

from detector.kernels.compiled import FOLDER, UNCOMPILED, none_are_kept
from pipelines.local.compiling import Compiling

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """An empty folder for loops that are to be compiled."""
    monkeypatch.setenv(FOLDER, str(tmp_path))
    monkeypatch.delenv(UNCOMPILED, raising=False)
    return tmp_path


def test_nothing_is_left_to_compile_while_accounts_are_judged():
    command = [sys.executable, "-m", "tests.pipelines.local.whole_way"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


class TestFirstRun:
    def test_is_one_without_loops(self, kept):
        assert none_are_kept()

    def test_is_none_with_some(self, kept):
        (kept / "places").mkdir()
        (kept / "places" / "lines.nbi").touch()
        assert not none_are_kept()

    def test_is_none_where_loops_run_as_written(self, kept, monkeypatch):
        monkeypatch.setenv(UNCOMPILED, "1")
        assert not none_are_kept()

    def test_of_one_core_compiles_when_loops_are_needed(self, kept):
        assert not Compiling.start(threads=1).processes

    def test_waits_for_all_processes(self, kept, monkeypatch):
        monkeypatch.setattr("pipelines.local.compiling.PARTS", {"nothing": None, "neither": None})
        compiling = Compiling.start(threads=2)
        compiling.wait()
        assert [process.poll() for process in compiling.processes] == [1, 1]
