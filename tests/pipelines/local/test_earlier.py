"""Only accounts whose premises changed are judged again, and nobody can tell from the tables."""

import json
import shutil
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from detector.detect import judge
from detector.evidence.scorecard import PACKAGED
from detector.log_settings import EventSettings
from detector.settings import PlaceSettings, Settings
from detector.store.table import BESIDE, open_store
from pipelines.jobs.detect import DetectJob, detect
from pipelines.jobs.ingest import IngestJob, ingest
from pipelines.local import judge as judging
from pipelines.reading.options import ReadOptions
from pipelines.storing.window import find_log
from tests.pipelines.jobs.test_detect import outputs
from tests.pipelines.tiny_log import event, events, silent

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("one_process")]

NETWORKS = {"ada": "81.2.69.142", "bob": "93.184.216.34", "cyd": "151.101.1.69"}


@pytest.fixture(autouse=True)
def asked(monkeypatch) -> list[str]:
    """The accounts that were judged."""
    accounts: list[str] = []

    def listen(sightings, *rest):
        accounts.extend(sightings["account_id"].unique().sort())
        return judge(sightings, *rest)

    monkeypatch.setattr(judging, "judge", listen)
    return accounts


@pytest.fixture
def store(tmp_path):
    rows = [day(name, number) for name in NETWORKS for number in range(6)]
    add(tmp_path / "store", tmp_path / "a.parquet", *rows)
    return tmp_path / "store"


def day(account: str, number: float, **fields):
    return event(account, hour=24 * number, **{"ip": NETWORKS.get(account)} | fields)


def add(store: Path, path: Path, *rows) -> None:
    events(*rows).write_parquet(path)
    ingest(IngestJob((str(path),), store, Settings(), ReadOptions()), silent)


def run(
    store: Path,
    out: Path,
    settings: Settings | None = None,
    model: Path = PACKAGED,
    previous: Path | None = None,
    **options,
) -> dict[str, str]:
    chosen, read = settings or Settings(), ReadOptions(**options)
    log = find_log(open_store(store, EventSettings()), chosen, read)
    detect(DetectJob((), out, chosen, read, model, previous, stored=log), silent)
    return outputs(out)


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


def test_network_of_another_kind(store, tmp_path, asked):
    run(store, tmp_path / "first")
    crowd = [f"guest-{number:02}" for number in range(60)]
    rows = [event(name, hour=24 * 5.25, ip=NETWORKS["bob"]) for name in crowd]
    add(store, tmp_path / "b.parquet", *rows)
    assert run_again(store, tmp_path, asked) == ["bob", *crowd]
    kinds = [
        pl.read_parquet(tmp_path / name / "networks.parquet").filter(network=NETWORKS["bob"])
        for name in ("first", "second")
    ]
    assert kinds[0]["kind"].item() != kinds[1]["kind"].item()


def test_strangers_on_the_network(store, tmp_path, asked):
    run(store, tmp_path / "first")
    add(store, tmp_path / "b.parquet", day("cyd", 5.25, ip=NETWORKS["bob"]))
    assert run_again(store, tmp_path, asked) == ["bob", "cyd"]


def test_day_more_of_a_neighbour_on_the_network(store, tmp_path, asked):
    """Places show how many accounts a network has, but not on how many days."""
    add(store, tmp_path / "b.parquet", day("cyd", 0.25, ip=NETWORKS["bob"]))
    run(store, tmp_path / "first")
    add(store, tmp_path / "c.parquet", day("cyd", 6.25, ip=NETWORKS["bob"]))
    assert run_again(store, tmp_path, asked) == ["cyd"]


def test_day_that_lets_another_network_speak_for_a_place(store, tmp_path, asked):
    """Ada's line moved within one evening; a stranger later uses the one of her two addresses."""
    home, moved = ({"ip": ip, "city": city} for ip, city in
                   (("81.2.69.142", "Lyon"), ("81.2.69.150", "Nice")))  # fmt: skip
    rows = [day("ada", 6, **home), day("ada", 6.05, **moved), day("ada", 7, **moved)]
    add(store, tmp_path / "b.parquet", *rows, day("eve", 6, **moved), day("eve", 7, **home))
    run(store, tmp_path / "first")
    late = [day("eve", number, **moved) for number in range(8, 16)]
    add(store, tmp_path / "c.parquet", *late)
    assert "ada" in run_again(store, tmp_path, asked)


def test_strangers_on_a_gateway_that_is_no_place(store, tmp_path, asked):
    """However many accounts a mobile gateway has, it is nobody's place."""
    gateway = {"ip": "100.0.0.7", "connection_type": "cellular", "device_type": "phone"}
    phones = [day(name, number, device_id=f"{name}-phone", **gateway)
              for name in ("ada", "bob") for number in range(3)]  # fmt: skip
    add(store, tmp_path / "b.parquet", *phones)
    run(store, tmp_path / "first")
    add(store, tmp_path / "c.parquet", day("cyd", 5.25, device_id="cyd-phone", **gateway))
    assert run_again(store, tmp_path, asked) == ["cyd"]


def test_device_on_another_account(store, tmp_path, asked):
    run(store, tmp_path / "first")
    add(store, tmp_path / "b.parquet", day("cyd", 5.25, device_id="ada-tv"))
    assert run_again(store, tmp_path, asked) == ["ada", "cyd"]


def test_other_rules(store, tmp_path, asked):
    run(store, tmp_path / "first")
    settings = Settings(places=PlaceSettings(max_lease_gap_days=3))
    assert run_again(store, tmp_path, asked, settings=settings) == ["ada", "bob", "cyd"]


def test_what_is_done_to_a_finished_run_is_not_remembered(store, tmp_path, asked):
    run(store, tmp_path / "first")
    for path in (tmp_path / "first").glob("*.parquet"):
        path.write_bytes(b"somebody's notes")
    assert run_again(store, tmp_path, asked) == []


def test_nothing_new(store, tmp_path, asked):
    run(store, tmp_path / "first")
    assert run_again(store, tmp_path, asked) == []


def test_flag_of_the_previous_run(store, tmp_path, asked):
    run(store, tmp_path / "before")
    run(store, tmp_path / "first", previous=tmp_path / "before")
    shutil.copytree(tmp_path / "before", tmp_path / "previous")
    path = tmp_path / "previous" / "accounts.parquet"
    accounts = pl.read_parquet(path).with_columns(flagged=pl.col("account_id") == "bob")
    accounts.write_parquet(path)
    assert run_again(store, tmp_path, asked, previous=tmp_path / "previous") == ["bob"]


def test_another_model(store, tmp_path, asked):
    run(store, tmp_path / "first")
    model = json.loads(PACKAGED.read_text())
    model["threshold"] = 0.5
    (tmp_path / "model.json").write_text(json.dumps(model))
    again = run_again(store, tmp_path, asked, model=tmp_path / "model.json")
    assert again == ["ada", "bob", "cyd"]


class TestAccountRecords:
    """A record is a premise of its account alone."""

    @pytest.fixture
    def records(self, store, tmp_path):
        def write(*rows):
            path = tmp_path / "records.csv"
            path.write_text("\n".join(["account_id,extra_members", *rows]) + "\n")
            return path

        run(store, tmp_path / "first", accounts=write("ada,1", "bob,2"))
        return write

    @pytest.mark.parametrize(
        "rows",
        [["ada,1", "bob,3"], ["ada,1"], ["ada,1", "bob,"]],
        ids=["changed", "removed", "emptied"],
    )
    def test_of_one_account(self, store, tmp_path, asked, records, rows):
        assert run_again(store, tmp_path, asked, accounts=records(*rows)) == ["bob"]

    def test_added(self, store, tmp_path, asked, records):
        path = records("ada,1", "bob,2", "cyd,1")
        assert run_again(store, tmp_path, asked, accounts=path) == ["cyd"]

    def test_table_no_longer_given(self, store, tmp_path, asked, records):
        assert run_again(store, tmp_path, asked) == ["ada", "bob"]

    def test_in_another_order(self, store, tmp_path, asked, records):
        assert run_again(store, tmp_path, asked, accounts=records("bob,2", "ada,1")) == []
