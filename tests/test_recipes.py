"""Every recipe of the pages does what it says, as it is written there.

The recipes of a page are run one after the other in a folder that holds what they speak of; all
share one small world. Blocks of commands that cannot be run here are no ``sh`` in the pages.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from starlette.testclient import TestClient

from pipelines.cli import run
from pipelines.jobs.review import Serving
from pipelines.worlds.build import World, build_world
from pipelines.worlds.settings import WorldSettings
from tests.pages import PAGES, Command, blocks, commands, name_of, read
from tests.pipelines.own_pool import stay_in_this_process

pytestmark = pytest.mark.slow

FIRST, DAYS = date(2026, 4, 17), 16
ELSEWHERE = ("--engine",)
"""Options of recipes that are run beside what they need: Spark's by the tests of its engine."""

WITH_RECIPES = [page for page in map(name_of, PAGES) if blocks(read(page), "sh")]


def recipes(page: str) -> Iterator[Command]:
    for block in blocks(read(page), "sh"):
        yield from (each for each in commands(block) if not set(ELSEWHERE) & set(each.words))


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(WorldSettings(accounts=120, days=DAYS, seed=4, first_day=FIRST))


@pytest.fixture
def desk(world, tmp_path, monkeypatch) -> Path:
    """A folder with all the files that recipes name before any command has made them."""
    monkeypatch.chdir(tmp_path)
    stay_in_this_process(monkeypatch)
    monkeypatch.setattr("detector.learning.labelled.MIN_EACH", 5)
    monkeypatch.setattr("pipelines.jobs.review.serve", open_once)
    for folder in ("logs", "exported"):
        (tmp_path / folder).mkdir()
    for day in (FIRST + timedelta(days=n) for n in range(DAYS)):
        world.events.filter(pl.col("ts").dt.date() == day).write_parquet(f"logs/{day}.parquet")
    exported = world.events.rename({"account_id": "subscriber"})
    exported.with_columns(pl.col("ts").dt.epoch("ms")).write_parquet("exported/all.parquet")
    write_tables(world, tmp_path)
    return tmp_path


def open_once(app: Any, serving: Serving) -> None:
    """Pages are served until somebody stops them: here, until the first one was opened."""
    with TestClient(app, base_url=f"http://{serving.host}:{serving.port}") as client:
        assert "Queue" in client.get("/").text


def write_tables(world: World, folder: Path) -> None:
    world.accounts.write_csv(folder / "accounts.csv")
    sold = world.accounts["partner"].unique().drop_nulls().sort()
    desks = pl.DataFrame({"partner": sold, "time_zone": "UTC", "opens": "09:00", "closes": "17:00"})
    desks.with_columns(contacts_per_half_hour=40).write_csv(folder / "desks.csv")
    days = pl.date_range(pl.date(2026, 9, 7), pl.date(2026, 9, 20), eager=True)
    counts = pl.DataFrame({"partner": sold[0], "day": days, "contacts": 3})
    counts.write_csv(folder / "counts.csv")
    ids = world.truth_accounts["account_id"].sort().head(9)
    (folder / "ids.txt").write_text("\n".join(ids) + "\n", encoding="utf-8")
    (folder / "blocks.txt").write_text("203.0.113.0/24\n", encoding="utf-8")
    seen = world.truth_accounts.join(world.events, on="account_id", how="semi")
    known = seen.filter(pl.col("label") != "ambiguous").select("account_id", "label")
    known.write_csv(folder / "reviews.csv")
    [settings] = blocks(read("pipelines/README.md"), "toml")
    (folder / "settings.toml").write_text(settings, encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("page", WITH_RECIPES)
def test_recipes_end_as_they_say(page, desk, monkeypatch, capsys):
    for command in recipes(page):
        with monkeypatch.context() as patch:
            for name, value in command.environment.items():
                patch.setenv(name, value)
            program, *arguments = command.words
            assert program == "household"
            ended = run(arguments)
        assert ended == command.exit_code, f"{command.text}\n{capsys.readouterr().err}"


def test_there_are_recipes():
    assert {"README.md", "pipelines/README.md"} <= set(WITH_RECIPES)
