"""The benchmark measures what it says, and writes it down."""

import json

import pytest

from detector.errors import DetectorError
from pipelines.bench import baselines, engines, multiplied, naive
from pipelines.bench.bench import BenchJob, run_bench
from pipelines.bench.goals import GOALS, hold
from pipelines.bench.judging import time_judging
from pipelines.bench.nights import measure_first_run, measure_nights
from pipelines.bench.process import measure
from pipelines.worlds.settings import WorldSettings

pytestmark = pytest.mark.slow

WORLD = WorldSettings(accounts=12, days=6, seed=5, geo_columns=False)


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bench") / "logs" / "100"
    multiplied.write_multiplied(folder, 100, WORLD)
    return folder


@pytest.fixture(scope="module")
def benched(log):
    """The figures, and what was said on the way."""
    told = []
    return run_bench(BenchJob(log.parents[1], (100,), references=False), told.append), told


class TestMeasure:
    def test_takes_the_answer(self):
        assert measure(["-c", "print(6 * 7)"], 1).answer.strip() == "42"

    def test_sees_the_memory_of_children(self):
        code = "import time; held = b'x' * (300 << 20); time.sleep(0.5)"
        parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {code!r}])"
        assert measure(["-c", parent], 1).peak_mib >= 300

    def test_tells_a_failure(self):
        with pytest.raises(DetectorError, match="no good"):
            measure(["-c", "raise SystemExit('no good')"], 1)


class TestRunBench:
    def test_writes_figures_and_a_picture(self, benched, log):
        (bench, _), folder = benched, log.parents[1]
        saved = json.loads((folder / "bench.json").read_text())
        assert saved == json.loads(json.dumps(bench.document()))
        assert saved["sizes"][0]["files"] == len(list(log.rglob("*.parquet")))
        assert (folder / "bench.svg").read_text().startswith("<svg")

    def test_a_log_that_is_there_is_used_again(self, benched):
        _, told = benched
        assert told
        assert not any("writing" in words for words in told)


class TestGoals:
    def test_the_figures_stand_beside_what_they_must_reach(self, benched):
        (bench, _) = benched
        (size,) = bench.sizes
        held = {each.name: each for each in size.held}
        assert held["whole / decode"].measured == size.ratios["whole / decode"]
        assert held["CPU per account"].must == 120

    def test_time_and_memory_are_asked_of_their_own_size_only(self):
        figures = {goal.name: 1.0 for goal in GOALS}
        names = [held.name for held in hold(figures, 1_000_000)]
        assert "memory" not in names
        assert "memory" in [held.name for held in hold(figures, 50_035_104)]

    def test_growth_has_goals_of_its_own(self):
        (held,) = hold({"CPU seconds, whole": 1.2, "CPU seconds, decode": 3})
        assert (held.must, held.is_met) == (1.03, False)


class TestSpark:
    def test_a_log_is_judged_beside_one_that_is_next_to_nothing(self, log, tmp_path, monkeypatch):
        """Run once, as a start takes a minute; the log itself is asked for by the same words."""
        told, asked, way = [], [], engines.measure_command

        def measured(words, threads):
            asked.append(words)
            return way(words, threads) if str(log) not in words else None

        monkeypatch.setattr(engines, "measure_command", measured)
        found = engines.measure_spark(log, tmp_path / "engines", 1, told.append)
        assert set(found) == {"start", "spark_start", "spark"}
        assert told == ["start", "spark start", "spark"]
        assert found["spark_start"].seconds > found["start"].seconds > 0
        of_small, of_log = ([w for w in words if "/" not in w] for words in asked[1:])
        assert of_small == of_log


class TestReferences:
    def test_naive_program_judges_every_account(self, log):
        found = naive.detect(log)
        assert 0 < found["accounts"] <= WORLD.accounts

    def test_baselines_read_every_row(self, log):
        files = [str(path) for path in log.rglob("*.parquet")]
        assert baselines.decode_in_polars(files) == baselines.decode_in_arrow(files) > 0
        assert baselines.reduce_in_duckdb(files) > 0

    def test_every_stage_is_timed(self, log, tmp_path):
        found = time_judging(log, tmp_path / "work")
        assert {"places", "ties", "households"} <= found["seconds"].keys()
        assert found["accounts"] == found["accounts_of_log"]


class TestNights:
    def test_a_night_is_measured_beside_one_that_knows_nothing(self, log, tmp_path):
        told = []
        found = measure_nights(log, tmp_path / "nights", 1, told.append)
        assert set(found.costs) == {"day_in", "night", "night_anew"}
        assert 0 < found.judged_again <= 1
        assert told[-1].startswith("the night with nothing left")
        assert not (tmp_path / "nights").exists()

    def test_a_first_run_finds_no_loops(self, tmp_path):
        code = "import os, pathlib; path = pathlib.Path(os.environ['NUMBA_CACHE_DIR']); "
        found = measure_first_run(["-c", code + "print(path.exists()); path.mkdir()"], tmp_path, 1)
        assert found.answer.strip() == "False"
