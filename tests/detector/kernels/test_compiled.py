"""Compiled loops of one version are not those of another."""

import shutil
import subprocess
import sys
from pathlib import Path

import detector

CALLER = """
from numba import njit
from detector.callee import told
@njit(cache=True)
def ask():
    return told()
"""
CALLEE = "from numba import njit\n@njit(cache=True)\ndef told():\n    return {}\n"
ASK = "from detector.caller import ask; print(ask())"


def test_an_edited_callee_is_compiled_into_its_callers(tmp_path):
    package = tmp_path / "detector"
    (package / "kernels").mkdir(parents=True)
    for name in ("__init__.py", "kernels/__init__.py", "kernels/compiled.py"):
        shutil.copy(Path(detector.__file__).parent / name, package / name)
    (package / "caller.py").write_text(CALLER)
    answers = []
    for number in (1, 2):
        (package / "callee.py").write_text(CALLEE.format(number))
        # Python itself would take a file of the same second and size for the same file.
        environment = {"PYTHONPATH": str(tmp_path), "PATH": "", "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(
            [sys.executable, "-c", ASK],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            check=True,
        )
        answers.append(int(done.stdout))
    assert answers == [1, 2]
