"""A store says the same as the logs it was filled from, however they came in."""

import os
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from deltalake import DeltaTable
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from detector.errors import InputError, NothingToDoError, PartialRunError, SettingsError
from detector.events.window import find_window
from detector.log_settings import EventSettings, QualitySettings, WindowSettings
from detector.schemas import Sightings
from detector.settings import Settings
from detector.sightings.build import merge_sightings
from detector.store.columns import SHARDS, read_shards
from detector.store.ledger import sum_days
from detector.store.table import commit, create_store, open_store
from pipelines.jobs import ingest as ingest_job
from pipelines.jobs.ingest import IngestJob, ingest
from pipelines.reading.log import read_log
from pipelines.reading.options import ReadOptions
from pipelines.reading.shared.tables import read_bucket
from pipelines.storing.upkeep import by_day, compact, vacuum
from pipelines.storing.window import find_log, read_window
from tests.pipelines.tiny_log import event, events, silent

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("one_process")]

WEEK = Settings(
    window=WindowSettings(days=4), quality=QualitySettings(max_reject_share=1, max_future_share=1)
)
MIDNIGHT = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture
def logs(tmp_path):
    folder = tmp_path / "logs"
    folder.mkdir()
    return folder


@pytest.fixture
def store(tmp_path):
    return tmp_path / "store"


def write(path: Path, *rows) -> Path:
    events(*rows).write_parquet(path)
    return path


def add(store: Path, *paths: Path, chosen: Settings = WEEK, **options):
    logs = tuple(str(path) for path in paths)
    return ingest(IngestJob(logs, store, chosen, ReadOptions(**options)), silent)


def fill(store: Path, paths: list[Path], order: Random) -> None:
    """Ingest some files at a time."""
    rest = list(paths)
    while rest:
        some = order.randint(1, len(rest))
        add(store, *rest[:some], bucket_rows=7)
        del rest[:some]


def from_store(store: Path, work: Path, chosen: Settings = WEEK, **options):
    read = ReadOptions(**options)
    return told(read_window(find_log(open_store(store), chosen, read), chosen, read, work))


def from_logs(logs: Path, work: Path, chosen: Settings = WEEK, **options):
    return told(read_log([str(logs)], chosen, ReadOptions(**options), work, silent))


def told(reading):
    """Everything that a run makes its tables from, and its counts."""
    sightings = pl.concat([Sightings.create_empty(), *map(read_bucket, reading.buckets)])
    return {
        "sightings": sightings.sort(Sightings.primary_key()).rows(),
        "rejects": pl.read_parquet(reading.rejects).sort("file", "row").rows(),
        "window": (reading.first_day, reading.last_day),
        "rows": {name: each for name, each in vars(reading.counts).items() if name != "repairs"},
        "files": [(file.path, file.rows, file.kept) for file in reading.files],
    }


def total(store: Path) -> int:
    """Half-hours of all sightings of the store, each counted once."""
    stored = read_shards(by_day(open_store(store).files), 0, SHARDS).collect()
    return merge_sightings([stored.drop("shard")])["seen"].bitwise_count_ones().sum()


FILMS = {"event_type": "playback_start", "duration_s": 3600}
DIRT = ({"account_id": None}, {"ip": "nonsense"}, {"ts": None}, {"device_id": "unknown"})
PAST_MIDNIGHT = {"event_type": "playback_stop", "duration_s": 3000}


@st.composite
def rows(draw):
    hour = draw(st.integers(0, 7)) * 24 + draw(st.sampled_from([0, 0.5, 12, 23.5]))
    fields = draw(st.sampled_from([{}, {}, FILMS, PAST_MIDNIGHT, *DIRT]))
    stray = draw(st.integers(0, 15)) == 0
    when = MIDNIGHT + timedelta(hours=hour) + timedelta(days=900 * stray)
    account = draw(st.sampled_from(["ada", "bob", "cyd"]))
    return event(account, **{"ts": when} | fields)


files = st.lists(st.lists(st.integers(0, 29), min_size=1, max_size=20), min_size=1, max_size=5)


class TestAnyWayIn:
    @given(
        drawn=st.lists(rows(), min_size=30, max_size=30),
        dealt=files,
        order=st.randoms(use_true_random=False),
        compacting=st.booleans(),
        as_of=st.sampled_from([None, date(2026, 5, 5), date(2026, 5, 9)]),
    )
    @settings(
        max_examples=25,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
        phases=[Phase.generate],
    )
    def test_store_says_what_the_logs_say(self, drawn, dealt, order, compacting, as_of):
        """Rows are in several files at once, late, refused, and on both sides of midnight.

        The logs are those of the window: files with rows of its days, or of no known day.
        """
        with TemporaryDirectory() as folder:
            logs, store, work = (Path(folder) / name for name in ("logs", "store", "work"))
            logs.mkdir()
            paths = [
                write(logs / f"{number}.parquet", *(drawn[row] for row in numbers))
                for number, numbers in enumerate(dealt)
            ]
            order.shuffle(paths)
            fill(store, paths, order)
            if compacting:
                compact(store)
            snapshot = open_store(store)
            try:
                found = find_log(snapshot, WEEK, ReadOptions(as_of=as_of))
                found_there = from_store(store, work, as_of=as_of, bucket_rows=9)
            except InputError:
                assume(False)
            # A last day that later proves to be a stray is the one thing not made up for.
            assume(all(each.log_ends <= found.window.log_ends for each in snapshot.ingests))
            of_window = {file.path for file in found.files}
            for path in paths:
                if str(path) not in of_window:
                    path.unlink()
            days = sum_days(file.days for file in found.files)
            assume(find_window(days, as_of, WEEK) == found.window)
            assert found_there == from_logs(logs, work, as_of=as_of)


class TestEachFileOnce:
    def test_again(self, logs, store):
        path = write(logs / "a.parquet", event())
        add(store, path)
        with pytest.raises(NothingToDoError):
            add(store, path)
        assert total(store) == 1

    def test_only_what_is_new_is_read(self, logs, store):
        add(store, write(logs / "a.parquet", event()))
        write(logs / "b.parquet", event(hour=1), event(hour=2))
        assert [Path(file.path).name for file in add(store, logs).files] == ["b.parquet"]
        assert total(store) == 3

    def test_path_with_other_bytes_is_another_file(self, logs, store, tmp_path):
        add(store, write(logs / "a.parquet", event(), event(account_id=None)))
        add(store, write(logs / "a.parquet", event(hour=1), event(account_id=None)))
        names = [row[0] for row in from_store(store, tmp_path)["rejects"]]
        assert total(store) == 2
        assert len(set(names)) == 2

    def test_bad_file_is_taken_once_it_is_mended(self, logs, store):
        write(logs / "a.parquet", event())
        (logs / "b.parquet").write_bytes(b"no table")
        assert list(add(store, logs, skip_bad_files=True).set_aside) == ["b.parquet"]
        write(logs / "b.parquet", event(hour=1))
        add(store, logs)
        assert total(store) == 2


class TestEachEventOnce:
    def test_file_without_any_usable_row_adds_nothing(self, logs, store):
        good = write(logs / "good.parquet", *(event(hour=n / 50) for n in range(900)))
        bad = write(logs / "bad.parquet", *(event(device_id=None) for n in range(150)))
        with pytest.raises(InputError, match=r"Not one row can be used of 'logs/bad.parquet'"):
            add(store, good, bad)
        assert not open_store(store).ingests
        added = add(store, good, bad, skip_bad_files=True)
        assert added.document()["usable"] == 900
        assert "'logs/bad.parquet'" in added.notes[-1]

    def test_copies_in_another_file(self, logs, store):
        add(store, write(logs / "a.parquet", event(), event(hour=1)))
        add(store, write(logs / "b.parquet", event(hour=1), event(hour=2)))
        assert total(store) == 3

    def test_a_month_exported_again_in_one_file_and_in_twelve(self, logs, store, tmp_path):
        month = [event(hour=24 * day, **FILMS) for day in range(4)]
        add(store, write(logs / "a.parquet", *month))
        before = from_store(store, tmp_path)["sightings"]
        for number in range(12):
            add(store, write(logs / f"copy-{number}.parquet", *month))
        assert from_store(store, tmp_path)["sightings"] == before

    def test_copies_after_compaction(self, logs, store):
        add(store, write(logs / "a.parquet", event()))
        add(store, write(logs / "b.parquet", event(hour=1)))
        compact(store)
        add(store, write(logs / "c.parquet", event(), event(hour=1), event(hour=2)))
        assert total(store) == 3

    def test_playback_over_the_edge_of_the_window_counts_as_in_a_log(self, logs, store, tmp_path):
        film = event(ts=MIDNIGHT - timedelta(minutes=30), **FILMS)
        write(logs / "a.parquet", film, *(event(ts=MIDNIGHT + timedelta(days=d)) for d in range(4)))
        add(store, logs)
        assert from_store(store, tmp_path) == from_logs(logs, tmp_path)

    def test_morrow_of_one_ingest_is_a_day_like_others_after_the_next(self, logs, store, tmp_path):
        """What was after the log's end when it came is refused only as long as that is so."""
        early = [event(hour=n / 100) for n in range(300)]
        add(store, write(logs / "a.parquet", *early, event(hour=48)))
        assert [row[2] for row in from_store(store, tmp_path)["rejects"]] == ["future_date"]
        add(store, write(logs / "b.parquet", *(event(hour=48 + n / 100) for n in range(1, 300))))
        assert from_store(store, tmp_path)["rejects"] == []
        assert from_store(store, tmp_path) == from_logs(logs, tmp_path)


class TestTwoAtOnce:
    """What another process does between looking and committing."""

    @pytest.fixture
    def meanwhile(self, monkeypatch):
        def arrange(act):
            turns = count()

            def commit_later(*arguments):
                if next(turns) == 0:
                    act()
                commit(*arguments)

            monkeypatch.setattr(ingest_job, "commit", commit_later)

        return arrange

    def test_same_file(self, logs, store, meanwhile, tmp_path):
        path = write(logs / "a.parquet", event())
        meanwhile(lambda: add(store, path))
        add(store, path)
        assert total(store) == 1
        assert from_store(store, tmp_path) == from_logs(logs, tmp_path)

    def test_same_event_in_two_files(self, logs, store, meanwhile):
        first = write(logs / "a.parquet", event(), event(hour=1))
        other = write(logs / "b.parquet", event(), event(hour=2))
        meanwhile(lambda: add(store, other))
        add(store, first)
        assert total(store) == 3

    def test_compaction(self, logs, store, meanwhile):
        add(store, write(logs / "a.parquet", event()))
        add(store, write(logs / "b.parquet", event(hour=1)))
        meanwhile(lambda: compact(store))
        add(store, write(logs / "c.parquet", event(hour=1), event(hour=2)))
        assert total(store) == 3

    def test_who_never_gets_a_turn_says_so(self, logs, store, monkeypatch):
        def refuse(*_):
            raise ingest_job.ConflictError("taken")

        monkeypatch.setattr(ingest_job, "commit", refuse)
        with pytest.raises(PartialRunError, match="too often"):
            add(store, write(logs / "a.parquet", event()))


class TestUpkeep:
    def test_each_day_becomes_one_file_and_says_the_same(self, logs, store, tmp_path):
        for number in range(3):
            add(store, write(logs / f"{number}.parquet", event(hour=number), event(hour=24)))
        before = from_store(store, tmp_path)
        assert compact(store) == 2
        assert len(open_store(store).files) == 2
        assert compact(store) == 0
        assert from_store(store, tmp_path) == before

    def test_files_that_another_program_put_together_say_the_same(self, logs, store, tmp_path):
        """Which leaves rows of one key side by side, in the only file of their day."""
        for number in range(3):
            add(store, write(logs / f"{number}.parquet", event(hour=number), event(hour=24)))
        before = from_store(store, tmp_path)
        DeltaTable(str(store)).optimize.compact()
        assert len(open_store(store).files) == 2
        assert from_store(store, tmp_path) == before

    def test_vacuum_leaves_what_counts(self, logs, store, tmp_path):
        for number in range(2):
            add(store, write(logs / f"{number}.parquet", event(hour=number)))
        compact(store)
        before = from_store(store, tmp_path)
        assert vacuum(store, 1) == 0
        assert vacuum(store, 0) == 2
        assert from_store(store, tmp_path) == before

    def test_vacuum_takes_what_killed_ingests_left(self, logs, store, monkeypatch):
        path = write(logs / "a.parquet", event())
        with monkeypatch.context() as patch:
            patch.setattr(ingest_job, "commit", interrupt)
            with pytest.raises(KeyboardInterrupt):
                add(store, path)
        left = {
            each for each in store.rglob("*") if each.is_file() and "_delta_log" not in str(each)
        }
        assert len(left) == 3
        assert vacuum(store, 0) == 3
        add(store, path)
        assert total(store) == 1


def interrupt(*_):
    raise KeyboardInterrupt


class TestStrangers:
    def test_no_store(self, tmp_path):
        with pytest.raises(SettingsError, match="is no store"):
            open_store(tmp_path)

    def test_folder_of_other_things(self, tmp_path):
        (tmp_path / "thesis.txt").write_text("chapter 1")
        with pytest.raises(SettingsError, match="not empty"):
            create_store(tmp_path, EventSettings())

    def test_other_settings(self, store):
        create_store(store, EventSettings())
        with pytest.raises(SettingsError, match="other settings"):
            open_store(store, EventSettings(max_play_hours=3))

    def test_that_nobody_may_write_to(self, logs, store, monkeypatch):
        log = write(logs / "may.parquet", event())
        monkeypatch.setattr(ingest_job.os, "access", lambda path, mode: mode != os.W_OK)
        with pytest.raises(PartialRunError, match="Permission denied"):
            add(store, log)

    def test_no_log_makes_no_store(self, store, tmp_path):
        with pytest.raises(InputError):
            add(store, tmp_path / "nothing.parquet")
        assert not store.exists()
