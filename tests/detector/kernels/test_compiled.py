"""Compiled loops of one version are not those of another, nor do they say another thing."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

import detector
from detector.kernels.compiled import KEPT_S

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
HOUSEHOLD = [sys.executable, "-c", "from pipelines.cli import main; main()"]
HERE = Path("detector") / "__pycache__"
OLD, OTHER = "numba-0123456789abcdef", "numba-fedcba9876543210"

CALLER = """
from detector.callee import told
from detector.kernels.loops import loop
@loop
def ask():
    return told()
"""
CALLEE = "from detector.kernels.loops import part\n@part\ndef told():\n    return {}\n"
ASK = "from detector.caller import ask; print(ask())"


@pytest.fixture
def package(tmp_path) -> Path:
    """A package of this name with one loop that calls another."""
    folder, source = tmp_path / "detector", Path(detector.__file__)
    shutil.copytree(source.parent / "kernels", folder / "kernels")
    shutil.copy(source, folder)
    (folder / "caller.py").write_text(CALLER)
    (folder / "callee.py").write_text(CALLEE.format(1))
    return folder


def ask(package: Path) -> int:
    """What the loop answers to a process of its own."""
    # Python itself would take a file of the same second and size for the same file.
    environment = {"PYTHONPATH": str(package.parent), "PATH": "", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        env=environment,
        cwd=package.parent,
        capture_output=True,
        check=True,
    )
    return int(done.stdout)


def folders(package: Path) -> set[str]:
    return {path.name for path in (package / "__pycache__").iterdir()}


class TestVersions:
    def test_an_edited_callee_is_compiled_into_its_callers(self, package):
        first = ask(package)
        (package / "callee.py").write_text(CALLEE.format(2))
        assert (first, ask(package)) == (1, 2)

    @pytest.mark.parametrize(("idle_s", "stays"), [(KEPT_S - 600, True), (KEPT_S + 600, False)])
    def test_a_new_version_removes_what_nobody_uses(self, package, idle_s, stays):
        ask(package)
        [first] = folders(package)
        used = time.time() - idle_s
        os.utime(package / "__pycache__" / first, (used, used))
        (package / "callee.py").write_text(CALLEE.format(2))
        ask(package)
        assert (first in folders(package)) == stays
        assert len(folders(package)) == 1 + stays

    def test_to_run_is_to_use(self, package):
        ask(package)
        [folder] = (package / "__pycache__").iterdir()
        os.utime(folder, (0, 0))
        ask(package)
        assert time.time() - folder.stat().st_mtime < KEPT_S

    def test_nothing_else_is_removed(self, package):
        mine = package / "__pycache__" / "numba-notes"
        mine.mkdir(parents=True)
        os.utime(mine, (0, 0))
        ask(package)
        assert mine.is_dir()
