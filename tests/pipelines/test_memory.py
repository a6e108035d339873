"""Only accounts whose premises changed are judged again, and nobody can tell from the tables."""

import shutil
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from detector.detect import count_shard, judge, survey
from detector.premises import sum_up_premises
from detector.settings import EventSettings, PlaceSettings, Settings
from detector.store import BESIDE, open_store
from pipelines import detect_job
from pipelines.detect_job import DetectJob, detect
from pipelines.ingest_job import IngestJob, ingest
from pipelines.reading.options import ReadOptions
from pipelines.reading.tables import read_bucket
from pipelines.storing.window import find_log, read_window
from tests.pipelines.own_pool import stay_in_this_process
from tests.pipelines.test_detect_job import tables
from tests.pipelines.tiny_log import event, events, silent

NETWORKS = {"ada": "81.2.69.142", "bob": "93.184.216.34", "cyd": "151.101.1.69"}


@pytest.fixture(autouse=True)
def asked(monkeypatch) -> list[str]:
    """The accounts that were judged."""
    accounts: list[str] = []

    def listen(sightings, *rest):
        accounts.extend(sightings["account_id"].unique().sort())
        return judge(sightings, *rest)

    stay_in_this_process(monkeypatch)
    monkeypatch.setattr(detect_job, "judge", listen)
    return accounts


@pytest.fixture
def store(tmp_path):
    rows = [day(name, number) for name in NETWORKS for number in range(6)]
    add(tmp_path / "store", tmp_path / "a.parquet", *rows)
    return tmp_path / "store"


def day(account: str, number: float, **fields):
    return event(account, hour=24 * number, **{"ip": NETWORKS[account]} | fields)


def add(store: Path, path: Path, *rows) -> None:
    events(*rows).write_parquet(path)
    ingest(IngestJob((str(path),), store, Settings(), ReadOptions()), silent)


def run(store: Path, out: Path, settings: Settings | None = None, **options) -> dict[str, str]:
    chosen, read = settings or Settings(), ReadOptions(**options)
    log = find_log(open_store(store, EventSettings()), chosen, read)
    detect(DetectJob((), out, chosen, read, stored=log), silent)
    return tables(out)


def run_again(store: Path, tmp_path: Path, asked: list[str], **options) -> list[str]:
    """Who is judged by a second run; its tables must be those of a run that judges everybody."""
    asked.clear()
    found = run(store, tmp_path / "second", **options)
    again = sorted(asked)
    shutil.rmtree(store / BESIDE / "judged")
    assert found == run(store, tmp_path / "anew", **options)
    return again


def test_first_run_judges_everybody(store, tmp_path, asked):
    run(store, tmp_path / "first")
    assert asked == ["ada", "bob", "cyd"]


def test_new_sightings(store, tmp_path, asked):
    run(store, tmp_path / "first")
    add(store, tmp_path / "b.parquet", day("ada", 5.25))
    assert run_again(store, tmp_path, asked) == ["ada"]


def test_day_that_left_the_window(store, tmp_path, asked):
    run(store, tmp_path / "first", as_of=date(2026, 5, 6))
    week = Settings().window.model_copy(update={"days": 5})
    settings = Settings(window=week)
    assert run_again(store, tmp_path, asked, settings=settings) == ["ada", "bob", "cyd"]


def test_strangers_on_the_network(store, tmp_path, asked):
    run(store, tmp_path / "first")
    add(store, tmp_path / "b.parquet", day("cyd", 5.25, ip=NETWORKS["bob"]))
    assert run_again(store, tmp_path, asked) == ["bob", "cyd"]


def test_device_on_another_account(store, tmp_path, asked):
    run(store, tmp_path / "first")
    add(store, tmp_path / "b.parquet", day("cyd", 5.25, device_id="ada-tv"))
    assert run_again(store, tmp_path, asked) == ["ada", "cyd"]


def test_other_rules(store, tmp_path, asked):
    run(store, tmp_path / "first")
    settings = Settings(places=PlaceSettings(max_lease_gap_days=3))
    assert run_again(store, tmp_path, asked, settings=settings) == ["ada", "bob", "cyd"]


def test_nothing_new(store, tmp_path, asked):
    run(store, tmp_path / "first")
    assert run_again(store, tmp_path, asked) == []


def test_flag_of_the_previous_run_is_a_premise_of_that_account_alone(store, tmp_path):
    log = find_log(open_store(store), Settings(), ReadOptions())
    reading = read_window(log, Settings(), ReadOptions(), tmp_path)
    sightings = read_bucket(reading.buckets[0])
    around = survey([count_shard(sightings)], Settings())
    none, bob = (
        sum_up_premises(sightings, around, pl.Series(flagged, dtype=pl.String))
        for flagged in ([], ["bob"])
    )
    assert none.join(bob, on=none.columns, how="semi")["account_id"].to_list() == ["ada", "cyd"]
