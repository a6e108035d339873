import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest

from detector.kernels.compiled import UNCOMPILED
from detector.runs.files import hash_file
from detector.runs.publish import WORK

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
MEMORY = Path("/dev/shm")
HOUSEHOLD = [sys.executable, "-c", "from pipelines.cli import main; main()"]
KILLS = 4


def kill_everywhere(scenario: str, program: str = "kill_points") -> dict[str, int]:
    """Kill a job at each of its steps.

    In memory where there is such a folder, and without compiled loops, which every fork would
    have to load: this takes less time.
    """
    environment = {"PYTHONPATH": str(ROOT), UNCOMPILED: "1"}
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        command = [sys.executable, "-m", f"tests.pipelines.{program}"]
        ended = subprocess.run(
            [*command, f"{folder}/run", scenario], cwd=ROOT, env=environment,
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


def household(*arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*HOUSEHOLD, *arguments], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def started(world: str, out: Path) -> subprocess.Popen[bytes]:
    """A run that has begun its work."""
    job = household("detect", world, "--out", str(out))
    while job.poll() is None and not (out / WORK).is_dir():
        time.sleep(0.01)
    return job


def tables(folder: Path) -> dict[str, str]:
    """With the messages about them."""
    paths = (path for kind in ("*.parquet", "*.ndjson") for path in folder.glob(kind))
    return {path.name: hash_file(path) for path in paths}


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> str:
    folder = tmp_path_factory.mktemp("killed") / "world"
    assert household("simulate", "--accounts", "40", "--out", str(folder)).wait() == 0
    return str(folder / "events")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, world) -> tuple[dict[str, str], float]:
    """The tables of a run that nobody killed, and the seconds that it took."""
    out, start = tmp_path_factory.mktemp("undisturbed"), time.monotonic()
    assert household("detect", world, "--out", str(out)).wait() == 0
    return tables(out), time.monotonic() - start


class TestKilledAtAnyMoment:
    def test_detect_finishes_with_the_same_bytes(self, tmp_path, world, undisturbed):
        wanted, seconds = undisturbed
        draw = Random(7)
        for _ in range(KILLS):
            job = started(world, tmp_path)
            time.sleep(draw.uniform(0, 0.6) * seconds)
            job.kill()
            job.wait()
            assert tables(tmp_path).items() <= wanted.items()
        assert household("detect", world, "--out", str(tmp_path)).wait() in (0, 99)
        assert tables(tmp_path) == wanted

    @pytest.mark.parametrize(("sent", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
    def test_asked_to_stop(self, tmp_path, world, undisturbed, sent, code):
        wanted, _ = undisturbed
        job = started(world, tmp_path)
        time.sleep(0.1)
        job.send_signal(sent)
        assert job.wait(timeout=10) == code
        assert not tables(tmp_path)
        assert household("detect", world, "--out", str(tmp_path)).wait() == 0
        assert tables(tmp_path) == wanted
