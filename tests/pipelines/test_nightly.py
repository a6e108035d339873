"""The nightly recipe as it is written down: ingest the day's log, judge the store, same folder."""

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from pipelines.cli import run
from pipelines.worlds.build import World, build_world
from pipelines.worlds.settings import WorldSettings
from tests.pipelines.jobs.test_detect import tables

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("one_process")]

NIGHTS = (0, 1)


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(WorldSettings(accounts=12, days=9, seed=4))


@pytest.fixture
def results(world, tmp_path, monkeypatch) -> Path:
    """The recipe is run beside a log of two nights, the first of which brings all days before."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "logs").mkdir()
    for night, days in zip(NIGHTS, (range(8), range(8, 9)), strict=True):
        inside = [world.settings.first_day + timedelta(days=day) for day in days]
        rows = world.events.filter(pl.col("ts").dt.date().is_in(inside))
        rows.write_parquet(f"logs/{night}.parquet")
    world.accounts.write_parquet("accounts.parquet")
    return tmp_path / "results"


def ingest(night: int, store: str = "store/") -> int:
    return run(["ingest", f"logs/{night}.parquet", "--store", store])


def judge(*options: str, store: str = "store/") -> int:
    return run(["detect", "--store", store, "--out", "results/", *options])


def test_two_nights_and_a_third_without_a_log(results):
    assert (ingest(0), judge()) == (0, 0)
    before = tables(results)
    assert (ingest(1), judge()) == (0, 0)
    assert tables(results) != before
    assert (ingest(1), judge()) == (99, 99)
    assert run(["verify", "results/"]) == 0
    assert run(["detect", "logs/", "--out", "anew/"]) == 0
    assert tables(results) == tables(results.with_name("anew"))


def test_accounts_table_is_written_anew_every_night(results, world):
    for night in NIGHTS:
        world.accounts.head(6 + night).write_parquet("accounts.parquet")
        assert (ingest(night), judge("--accounts", "accounts.parquet")) == (0, 0)


def test_another_store_is_refused(results, capsys):
    assert (ingest(0), judge()) == (0, 0)
    kept = tables(results)
    for night in NIGHTS:
        assert ingest(night, store="other/") == 0
    assert judge(store="other/") == 2
    assert "differs in store, input files" in told(capsys)
    assert tables(results) == kept


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--window", "5"], "differs in input files, settings (window)"),
        (["--accounts", "accounts.parquet"], "differs in input files"),
    ],
    ids=["other settings", "a table that was not there"],
)
def test_same_store_judged_in_another_way_is_refused(results, options, named, capsys):
    assert (ingest(0), judge()) == (0, 0)
    assert (ingest(1), judge(*options)) == (0, 2)
    assert named in told(capsys)


def test_log_of_files_in_place_of_the_store_is_refused(results, capsys):
    assert (ingest(0), judge()) == (0, 0)
    assert run(["detect", "logs/", "--out", "results/"]) == 2
    assert "differs in store, input files" in told(capsys)


def told(capsys) -> str:
    return " ".join(capsys.readouterr().err.split())
