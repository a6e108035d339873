"""Ingests that are killed, or meet each other, as real processes."""

import time
from pathlib import Path
from random import Random

import pytest

from detector.store.table import open_store
from pipelines.worlds.build import build_world
from pipelines.worlds.settings import WorldSettings
from tests.pipelines.test_kill import household, kill_everywhere, tables

pytestmark = pytest.mark.slow

KILLS = 3
PROGRAM = "storing.kill_points"


@pytest.fixture(scope="module")
def days(tmp_path_factory) -> list[str]:
    """A log in three files, each of which repeats rows of the one before."""
    folder = tmp_path_factory.mktemp("stored") / "log"
    folder.mkdir()
    events = build_world(WorldSettings(accounts=30, days=9, seed=4)).events.sort("ts")
    size = events.height // 3
    for part in range(3):
        start = max(0, part * size - 40)
        events[start : (part + 1) * size].write_parquet(folder / f"{part}.parquet")
    return sorted(str(path) for path in folder.iterdir())


@pytest.fixture(scope="module")
def wanted(days, tmp_path_factory) -> dict[str, str]:
    """The tables of a run over the log itself."""
    out = tmp_path_factory.mktemp("wanted")
    assert household("detect", str(Path(days[0]).parent), "--out", str(out)).wait() == 0
    return tables(out)


def judged(store: Path, out: Path) -> dict[str, str]:
    assert household("detect", "--store", str(store), "--out", str(out)).wait() == 0
    return tables(out)


class TestKilledAtEachStep:
    @pytest.mark.parametrize("scenario", ["added", "compacted"])
    def test_store_is_as_before_or_after_and_the_same_command_finishes(self, scenario):
        found = kill_everywhere(scenario, PROGRAM)
        assert found["points"] > 10
        assert found["violations"] == 0

    def test_a_careless_program_is_caught(self):
        assert kill_everywhere("careless", PROGRAM)["violations"] > 0


class TestRealProcesses:
    def test_killed_at_any_moment(self, days, wanted, tmp_path):
        store, draw = tmp_path / "store", Random(5)
        start = time.monotonic()
        assert household("ingest", days[0], "--store", str(store)).wait() == 0
        seconds = time.monotonic() - start
        for _ in range(KILLS):
            job = household("ingest", *days, "--store", str(store))
            time.sleep(draw.uniform(0.2, 1.0) * seconds)
            job.kill()
            job.wait()
        assert household("ingest", *days, "--store", str(store)).wait() in (0, 99)
        assert judged(store, tmp_path / "out") == wanted

    def test_several_at_once(self, days, wanted, tmp_path):
        """Each pair of ingests shares a file, which both may add; all files share events."""
        store = tmp_path / "store"
        pairs = [(days[a], days[b]) for a, b in ((0, 1), (1, 2), (2, 0))]
        jobs = [household("ingest", *pair, "--store", str(store)) for pair in pairs]
        assert {job.wait() for job in jobs} <= {0, 99}
        files = {file.path for ingest in open_store(store).ingests for file in ingest.files}
        assert sorted(files) == days
        assert judged(store, tmp_path / "out") == wanted

    def test_next_day_judges_only_what_changed_to_the_same_bytes(self, days, wanted, tmp_path):
        store = tmp_path / "store"
        assert household("ingest", *days[:2], "--store", str(store)).wait() == 0
        judged(store, tmp_path / "yesterday")
        assert household("ingest", days[2], "--compact", "--store", str(store)).wait() == 0
        assert judged(store, tmp_path / "today") == wanted
