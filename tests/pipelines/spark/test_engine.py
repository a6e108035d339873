"""The engine that has Spark do the work: one session for all tests, on this machine alone."""

import os
import pickle
import sys
from pathlib import Path

import polars as pl
import pytest

from detector.errors import DetectorError, InputError, PartialRunError, SettingsError
from detector.log_settings import QualitySettings
from detector.runs.files import hash_file
from detector.runs.publish import WORK
from detector.runs.run import SEAL
from detector.settings import Settings
from pipelines.cli import run as household
from pipelines.jobs.detect import TABLES, DetectJob, detect
from pipelines.reading import starting
from pipelines.reading.options import ReadOptions
from pipelines.reading.plan import make_read_plan
from pipelines.reading.shared.messages import Failed, FileSurvey, LogFile, SurveyRequest
from pipelines.reading.shared.tables import WorkFolderError
from pipelines.spark import engine
from pipelines.spark.cluster import Cluster
from pipelines.spark.engine import open_engine
from pipelines.spark.reader import Reader
from pipelines.spark.session import check_java, check_reachable, open_session
from pipelines.worlds.build import build_world
from pipelines.worlds.settings import WorldSettings
from tests.pages import blocks, commands, read
from tests.pipelines.tiny_log import day_rows, event, events

pytestmark = [
    # py4j leaves sockets to the garbage collector.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.slow,
    pytest.mark.usefixtures("one_process"),
]
NAMES = {table.__name__: f"{table.__name__.lower()}.parquet" for table in TABLES}
ADDRESS = "81.2.69.142"
HASTY = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""For Java: a session of tests ends before its better compiler has paid for itself."""


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    return tmp_path_factory.mktemp("spark")


@pytest.fixture(scope="module")
def spark(work):
    try:
        check_java()
    except SettingsError as error:
        pytest.skip(error.problem)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JDK_JAVA_OPTIONS", HASTY)
        with open_engine("local[2]", work) as made:
            yield made


def judge(log, out, where=None, *, previous=None, **options):
    # Everybody of a tiny log is on one line.
    settings = Settings(quality=QualitySettings(max_common_address_share=1))
    job = DetectJob((str(log),), out, settings, ReadOptions(**options), previous=previous)
    return detect(job, lambda progress: None, where)


def write(rows: pl.DataFrame, folder: Path, *, files: int = 3) -> Path:
    folder.mkdir(parents=True)
    size = -(-rows.height // files)
    for n in range(files):
        rows[n * size : (n + 1) * size].write_parquet(folder / f"part-{n}.parquet")
    return folder


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A small world with the dirt of real logs, its accounts table, and a file cut short."""
    top = tmp_path_factory.mktemp("world")
    made = build_world(WorldSettings(accounts=120, seed=5))
    log = write(made.events, top / "events")
    (log / "short.parquet").write_bytes((log / "part-0.parquet").read_bytes()[:-10])
    flipped = bytearray((log / "part-1.parquet").read_bytes())
    flipped[len(flipped) // 3] ^= 0xFF
    (log / "flipped.parquet").write_bytes(flipped)
    sold = made.events.drop_nulls("account_id").group_by("account_id")
    table = sold.agg(partner=pl.col("as_org").drop_nulls().min(), extra_members=1)
    table.sort("account_id").head(80).write_csv(top / "accounts.csv")
    return top


@pytest.fixture(scope="module")
def both(world, spark, tmp_path_factory):
    """The same log judged here in one bucket, and on Spark in many; and what each says of it."""
    out = tmp_path_factory.mktemp("both")
    options = {"skip_bad_files": True, "accounts": world / "accounts.csv"}
    judge(world / "events", out / "before", skip_bad_files=True)
    options["previous"] = out / "before"
    here = judge(world / "events", out / "here", **options)
    small = {"bucket_rows": 6_000, "chunk_rows": 9_000}
    there = judge(world / "events", out / "there", spark, **options, **small)
    return out, here, there


class TestSameBytes:
    @pytest.mark.parametrize("table", NAMES)
    def test_of_every_table(self, both, table):
        out, _, _ = both
        assert hash_file(out / "there" / NAMES[table]) == hash_file(out / "here" / NAMES[table])

    def test_there_is_something_in_every_table(self, both):
        _, here, _ = both
        assert all(output.rows for output in here.outputs.values())

    def test_the_run_says_the_same_of_its_log(self, both):
        _, here, there = both
        unlike = {"stages", "versions"}
        assert there.model_dump(exclude=unlike) == here.model_dump(exclude=unlike)
        assert sum(bool(file.problem) for file in there.inputs) == 2

    def test_of_a_log_without_rejects_or_networks_in_common(self, spark, tmp_path):
        log = write(events(*day_rows(accounts=4)), tmp_path / "log")
        here, there = judge(log, tmp_path / "a"), judge(log, tmp_path / "b", spark)
        assert there.outputs == here.outputs

    def test_in_whatever_buckets(self, spark, tmp_path):
        """One device on many accounts, one address for all: both are links between buckets."""
        rows = [
            event(f"acc-{a}", hour=24 * d + a, device_id="lent" if a % 3 else f"tv-{a}")
            for a in range(30)
            for d in range(6)
        ]
        log = write(events(*rows), tmp_path / "log")
        few, many = (judge(log, tmp_path / f"{n}", spark, bucket_rows=n) for n in (90, 30))
        assert few.outputs == many.outputs == judge(log, tmp_path / "here").outputs


class TestBadFiles:
    def test_are_refused_in_the_same_words(self, world, spark, tmp_path):
        told = []
        for where in (None, spark):
            with pytest.raises(InputError) as refused:
                judge(world / "events", tmp_path / "out", where)
            told.append(str(refused.value))
        assert told[0] == told[1]

    def test_one_that_kills_its_reader_leaves_the_task_alive(self, tmp_path, monkeypatch):
        monkeypatch.setattr(starting, "CHILD", ("-m", "tests.pipelines.reading.fatal_survey"))
        plan = tmp_path / "plan.json"
        plan.write_text(make_read_plan(Settings(), ReadOptions()).model_dump_json())
        reader = Reader(str(plan), plan.read_text(), 60)
        for name in ("abort", "good"):
            events(event()).write_parquet(tmp_path / f"{name}.parquet")
        requests = [
            SurveyRequest(file=LogFile(name=name, path=str(tmp_path / f"{name}.parquet")))
            for name in ("abort", "good")
        ]
        dead, alive = map(reader.ask, requests)
        reader.close()
        assert isinstance(dead, Failed) and "SIGABRT" in dead.problem.text
        assert isinstance(alive, FileSurvey) and alive.problem is None


class TestDriver:
    def test_takes_no_more_from_a_longer_log(self, spark, tmp_path, monkeypatch):
        """As many files and buckets of ten times the rows bring it as many bytes."""
        taken = dict.fromkeys((20, 200), 0)
        for name in ("run", "run_partition"):
            way = getattr(Cluster, name)

            def weighed(cluster, *tasks, way=way):
                answers = way(cluster, *tasks)
                taken[accounts] += len(pickle.dumps(answers))
                return answers

            monkeypatch.setattr(Cluster, name, weighed)
        for accounts in taken:
            log = write(events(*day_rows(accounts)), tmp_path / f"log-{accounts}")
            judge(log, tmp_path / f"{accounts}", spark, bucket_rows=accounts * 5 // 4)
        assert 0 < taken[200] < 1.1 * taken[20]

    def test_listens_to_this_machine_only(self, spark):
        context = spark.cluster.session.sparkContext
        assert context.getConf().get("spark.driver.bindAddress") == "127.0.0.1"
        assert context.uiWebUrl is None

    def test_writes_below_the_work_folder_only(self, spark, work, both):
        conf = spark.cluster.session.sparkContext.getConf()
        own = work / f"session-{os.getpid()}"
        assert Path(conf.get("spark.local.dir")).is_relative_to(own)
        assert [path.name for path in work.iterdir()] == [own.name]


class TestGoingOn:
    def test_judged_buckets_are_kept(self, spark, work, tmp_path, monkeypatch):
        log = write(events(*day_rows(accounts=9)), tmp_path / "log")
        merge = engine.Course.merge
        seals = []

        def seen(course, *arguments):
            found = sorted(arguments[0].pieces.folder.glob(f"*/{SEAL}"))
            seals.append([path.stat().st_mtime_ns for path in found])
            if len(seals) == 1:
                raise OSError("no space left")
            return merge(course, *arguments)

        monkeypatch.setattr(engine.Course, "merge", seen)
        with pytest.raises(PartialRunError):
            judge(log, tmp_path / "out", spark, bucket_rows=9)
        there = judge(log, tmp_path / "out", spark, bucket_rows=9)
        assert seals[0] == seals[1] != []
        assert there.outputs == judge(log, tmp_path / "here").outputs
        assert not (tmp_path / "out" / WORK).exists()


def quote(item):
    raise ValueError(f"{ADDRESS} is no number: {item}")


def fill(_):
    raise WorkFolderError("cannot write to the run's folder: no space left")


class TestFailures:
    def test_no_value_of_the_log_gets_out(self, spark):
        with pytest.raises(DetectorError, match=r"ValueError in .*test_engine") as failed:
            spark.cluster.each(quote, [1])
        seen = str(failed.value) + str(failed.value.__cause__)
        assert ADDRESS not in seen
        assert "ValueError" in str(failed.value.__cause__)

    def test_a_lost_process_is_told_with_its_usual_reason(self, spark):
        with pytest.raises(DetectorError, match="executor was lost") as failed:
            spark.cluster.each(os._exit, [1])
        assert "memoryOverhead" in failed.value.hint

    def test_a_full_disk_is_no_fault_of_the_log(self, spark):
        with pytest.raises(OSError, match="no space left"):
            spark.cluster.each(fill, [1])

    def test_a_folder_that_is_not_shared(self, spark, tmp_path):
        with pytest.raises(DetectorError) as failed:
            spark.cluster.read(tmp_path / "elsewhere")
        assert "--work" in failed.value.hint


class TestStart:
    def test_without_pyspark(self, tmp_path, monkeypatch):
        monkeypatch.setitem(sys.modules, "pyspark.sql", None)
        with pytest.raises(SettingsError, match="pyspark") as refused, open_session("x", tmp_path):
            pass
        assert "household-detector[spark]" in refused.value.hint

    def test_without_java(self, tmp_path, monkeypatch):
        monkeypatch.setenv("JAVA_HOME", str(tmp_path))
        with pytest.raises(SettingsError, match="finds none"):
            check_java()

    def test_with_an_old_java(self, tmp_path, monkeypatch):
        java = tmp_path / "bin" / "java"
        java.parent.mkdir()
        java.write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\" 2019-01-15' >&2\n")
        java.chmod(0o755)
        monkeypatch.setenv("JAVA_HOME", str(tmp_path))
        with pytest.raises(SettingsError, match=r"needs Java 17; .* is Java 11"):
            check_java()

    def test_with_nobody_at_the_master(self):
        with pytest.raises(SettingsError, match="No Spark master answers"):
            check_reachable("spark://127.0.0.1:1")

    def test_with_what_is_no_master(self):
        with pytest.raises(SettingsError, match="no master of Spark"):
            check_reachable("http://cluster")

    def test_in_a_folder_that_spark_takes_for_a_pattern(self, tmp_path):
        with pytest.raises(SettingsError, match="pattern"), open_engine("x", tmp_path / "a[1]"):
            pass

    def test_its_options_are_for_it_alone(self, tmp_path, capsys):
        command = ["detect", "log", "--out", str(tmp_path), "--master", "local[1]"]
        assert household(command) == 2
        assert "--engine spark" in capsys.readouterr().err


class TestRecipe:
    def test_of_the_operators_page(self, spark, tmp_path):
        """The session is older than this folder, so that its paths have to be whole."""
        write(events(*day_rows(accounts=4)), tmp_path / "logs")
        recipes = blocks(read("pipelines/README.md"), "sh")
        lines = [each for recipe in recipes for each in commands(recipe)]
        found = [line.words[1:] for line in lines if "--engine" in line.words]
        assert found
        for words in found:
            paths = [str(tmp_path / word) if word.endswith("/") else word for word in words]
            assert household(paths) == 0
