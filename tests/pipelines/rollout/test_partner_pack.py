import json

import polars as pl
import pytest

from detector.rollout.tables import Cells, Contacts, Days
from pipelines.cli import run
from pipelines.jobs.partner_pack import TABLES, name_files
from tests.detector.rollout.packs.pack_rows import cell, tables_of


@pytest.fixture
def forecast(tmp_path):
    """A folder as `household forecast` writes it, as far as packs read it."""
    tables = tables_of([cell(40), cell(9, partner="Ardent/../x")])
    for table, name in TABLES.items():
        tables[table].write_parquet(tmp_path / name)
    steps = [{"treatment": "limit_external_devices", "after_days": 21}]
    (tmp_path / "forecast.json").write_text(json.dumps({"assumptions": {"steps": steps}}))
    return tmp_path


def test_a_page_and_a_table_for_each_partner(forecast, tmp_path, capsys):
    out = tmp_path / "packs"
    assert run(["partner-pack", str(forecast), "--out", str(out), "--json"]) == 0
    ardent, telvia = json.loads(capsys.readouterr().out)["packs"]
    assert (telvia["partner"], telvia["customers"]) == ("Telvia", 40)
    assert ardent["customers"] == 0
    assert len(list(out.iterdir())) == 4
    assert "Telvia" in (out / f"{name_files('Telvia')}.html").read_text()


def test_the_language_that_is_asked_for(forecast, tmp_path):
    out = tmp_path / "packs"
    assert run(["partner-pack", str(forecast), "--out", str(out), "--language", "fr"]) == 0
    page = (out / f"{name_files('Telvia')}.html").read_text()
    assert "Ce qui vous attend" in page
    assert "What to expect" not in page


def test_the_steps_are_those_of_the_forecast(forecast, tmp_path):
    out = tmp_path / "packs"
    assert run(["partner-pack", str(forecast), "--out", str(out)]) == 0
    page = (out / f"{name_files('Telvia')}.html").read_text()
    assert "21 days later, if nothing has changed: devices of the other household are li" in page


def test_a_forecast_that_was_cut_off(forecast, capsys):
    (forecast / "forecast.json").write_text("{")
    assert run(["partner-pack", str(forecast), "--out", str(forecast / "packs")]) == 1
    assert "forecast.json cannot be read" in " ".join(capsys.readouterr().err.split())


def test_no_forecast(tmp_path, capsys):
    assert run(["partner-pack", str(tmp_path), "--out", str(tmp_path / "packs")]) == 1
    assert "there is no cells.parquet" in capsys.readouterr().err
    assert not (tmp_path / "packs").exists()


def test_a_table_of_something_else(forecast, capsys):
    pl.DataFrame({"a": [1]}).write_parquet(forecast / TABLES[Days])
    assert run(["partner-pack", str(forecast), "--out", str(forecast / "packs")]) == 1
    assert "days.parquet cannot be read" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("pair", [("Telvia", "telvia"), ("a b", "a-b"), ("é", "è")])
def test_two_partners_never_share_a_file(pair):
    one, other = map(name_files, pair)
    assert one != other


def test_what_packs_read_is_what_a_forecast_is_made_of():
    assert set(TABLES) == {Cells, Contacts, Days}
