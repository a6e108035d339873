"""Loops are compiled ahead of the first run, once."""

import json
import os
import shutil

import pytest

from detector.errors import DetectorError, NothingToDoError
from detector.kernels.compiled import FOLDER, UNCOMPILED
from pipelines.cli import run
from pipelines.jobs.warm_up import warm_up
from pipelines.local.compiling import Compiling

FEW = ("circles.", "common_lines.first_true")
"""Loops that are compiled soon, for places and for what comes after them."""
HALF_WRITTEN = shutil.ignore_patterns("*.tmp.*")


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """An empty folder for loops that are to be compiled."""
    monkeypatch.setenv(FOLDER, str(tmp_path))
    monkeypatch.delenv(UNCOMPILED, raising=False)
    return tmp_path


def compiles(monkeypatch, folder, *, whole=True, loops=2):
    """Processes that keep so many loops, if they are not there."""

    def wait(self):
        for number in range(loops):
            (folder / f"loop-{number}.nbc").touch()
        return whole

    monkeypatch.setattr(Compiling, "of_all", classmethod(lambda cls: cls([])))
    monkeypatch.setattr(Compiling, "wait", wait)


class TestWarmUp:
    @pytest.mark.slow
    def test_leaves_nothing_to_compile(self, monkeypatch, tmp_path):
        """Where a few are missing: to compile all takes a minute, with which `make test` begins."""
        shutil.copytree(os.environ[FOLDER], tmp_path / "kept", ignore=HALF_WRITTEN)
        monkeypatch.setenv(FOLDER, str(tmp_path / "kept"))
        monkeypatch.delenv(UNCOMPILED, raising=False)
        missing = [path for loop in FEW for path in tmp_path.rglob(f"{loop}*.nbc")]
        for path in missing:
            path.unlink()
        assert warm_up().loops >= len(missing) >= len(FEW)
        assert all(path.exists() for path in missing)
        with pytest.raises(NothingToDoError):
            warm_up()

    def test_tells_how_many_and_where(self, kept, monkeypatch, capsys):
        compiles(monkeypatch, kept)
        assert run(["warm-up", "--json"]) == 0
        told = json.loads(capsys.readouterr().out)
        assert (told["folder"], told["loops"]) == (str(kept), 2)

    def test_has_nothing_to_do_twice(self, kept, monkeypatch):
        compiles(monkeypatch, kept)
        assert [run(["warm-up"]), run(["warm-up"])] == [0, 99]

    def test_has_nothing_to_do_where_loops_run_as_written(self, kept, monkeypatch):
        monkeypatch.setenv(UNCOMPILED, "1")
        with pytest.raises(NothingToDoError, match="as they are written"):
            warm_up()

    @pytest.mark.parametrize(("whole", "loops"), [(False, 2), (True, 0)])
    def test_fails_if_they_cannot_be_compiled_or_kept(self, kept, monkeypatch, whole, loops):
        compiles(monkeypatch, kept, whole=whole, loops=loops)
        with pytest.raises(DetectorError, match="could not be compiled"):
            warm_up()
