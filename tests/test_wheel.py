"""A wheel alone: what it holds, and that it runs without the sources beside it."""

import json
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from zipfile import ZipFile

import pytest

from detector.kernels.compiled import FOLDER
from detector.settings import Settings
from pipelines.jobs.detect import DetectJob, detect
from pipelines.reading.options import ReadOptions
from tests.pipelines.jobs.test_detect import tables
from tests.pipelines.tiny_log import silent

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
TOPS = ("detector", "pipelines")
ACCOUNTS = "accounts=400"
"""Of the demo's world."""
PAGES = (".md", ".png")
"""What is read where the sources are."""
BUILD = "import sys; from setuptools.build_meta import build_wheel; build_wheel(sys.argv[1])"
PROGRAM = (
    "from importlib.metadata import entry_points;"
    "[program] = entry_points(group='console_scripts', name='household'); program.load()()"
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """Built from a copy, as building leaves folders behind."""
    copy = tmp_path_factory.mktemp("source")
    for top in TOPS:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / top, copy / top, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    command = [sys.executable, "-c", BUILD, str(copy / "dist")]
    subprocess.run(command, cwd=copy, check=True, capture_output=True)
    [built] = (copy / "dist").iterdir()
    return built


def shrink(demo: Path) -> None:
    """Let the demo show fewer accounts, as few as say the same."""
    text = demo.read_text(encoding="utf-8")
    assert ACCOUNTS in text
    demo.write_text(text.replace(ACCOUNTS, "accounts=120"), encoding="utf-8")


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory) -> Path:
    """Of an environment into which the wheel is unpacked; its libraries are borrowed."""
    home = tmp_path_factory.mktemp("empty")
    venv.create(home)
    program = home / "bin" / "python"
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = Path(subprocess.check_output([program, "-c", where], text=True).strip())
    ZipFile(wheel).extractall(site)
    shrink(site / "pipelines" / "jobs" / "demo.py")
    # Folders named in such a file are searched, but not for more such files: the sources,
    # which stand there for whoever works on them, are out of sight.
    (site / "borrowed.pth").write_text(sysconfig.get_path("purelib"))
    return program


@pytest.fixture(scope="module")
def here(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("here")


@pytest.fixture(scope="module")
def household(python, here):
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [python, "-c", PROGRAM, *arguments]
        environment = {"PATH": "", "HOME": str(here), FOLDER: str(here / "loops")}
        return subprocess.run(
            command, cwd=here, env=environment, capture_output=True, text=True, check=True
        )

    return run


def test_holds_the_whole_source_and_nothing_else(wheel):
    held = {name for name in ZipFile(wheel).namelist() if ".dist-info/" not in name}
    there = {
        path.relative_to(ROOT).as_posix()
        for top in TOPS
        for path in (ROOT / top).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix not in PAGES
    }
    assert held == there
    assert {f"{top}/py.typed" for top in TOPS} < held


def test_helps(household):
    assert "household demo" in household("--help").stdout


def test_sources_are_out_of_sight(python, tmp_path):
    where = (
        "import pipelines, importlib.util as u; print(pipelines.__file__, u.find_spec('fixtures'))"
    )
    told = subprocess.check_output([python, "-c", where], cwd=tmp_path, env={}, text=True)
    path, fixtures = told.split()
    assert not Path(path).is_relative_to(ROOT)
    assert fixtures == "None"


def test_demo_compiles_nothing_and_says_what_compiled_loops_say(household, here, tmp_path):
    """Numba adds up small numbers in wide ones, where NumPy stays narrow and wraps around."""
    shown = json.loads(household("demo", "--out", str(tmp_path / "demo"), "--json").stdout)
    assert shown["summary"]["flagged"] > 3
    assert not (here / "loops").exists()
    world = Path(shown["world"])
    read = ReadOptions(accounts=world / "accounts.parquet")
    detect(DetectJob((str(world / "events"),), tmp_path / "run", Settings(), read), silent)
    assert tables(tmp_path / "run") == tables(Path(shown["results"]))
