import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

ROOT = Path(__file__).parents[2]
MEMORY = Path("/dev/shm")


def kill_everywhere(scenario: str) -> dict[str, int]:
    """Kill a run at each of its steps; in memory where there is such a folder, for speed."""
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        program = [sys.executable, str(Path(__file__).with_name("kill_points.py"))]
        ended = subprocess.run(
            [*program, f"{folder}/run", scenario], cwd=ROOT, env={"PYTHONPATH": str(ROOT)},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


class TestKilledAtEachStep:
    @pytest.mark.parametrize("scenario", ["first", "forced"])
    def test_nothing_is_torn_and_the_same_command_finishes(self, scenario):
        found = kill_everywhere(scenario)
        assert found["points"] > 50
        assert found["violations"] == 0

    def test_a_careless_program_is_caught(self):
        assert kill_everywhere("careless")["violations"] > 0
