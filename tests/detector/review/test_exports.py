"""The whole filtered set as a file: every row, counted, harmless in a spreadsheet."""

import csv
import io

import polars as pl
import pytest

from detector.kernels.tables import harmless
from detector.runs import run as runs
from detector.runs.run import Run
from detector.schemas import Accounts
from tests.detector.review.town import browser, open_town
from tests.pipelines.tiny_run import account, write_manifest, write_run


class TestCsv:
    def test_holds_every_row_of_the_filter_and_says_how_many(self, eve):
        response = eve.get("/export.csv?show=all")
        rows = list(csv.DictReader(io.StringIO(response.text)))
        assert len(rows) == 5 == int(response.headers["x-rows"])
        assert "5-rows.csv" in response.headers["content-disposition"]

    def test_follows_the_filter(self, eve):
        rows = list(csv.DictReader(io.StringIO(eve.get("/export.csv?show=borderline").text)))
        assert [row["account_id"] for row in rows] == ["tom"]

    def test_of_nothing_has_its_columns(self, eve):
        response = eve.get("/export.csv?show=all&partner=nobody")
        assert response.text.startswith("account_id,") and response.headers["x-rows"] == "0"

    @pytest.mark.parametrize(
        "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\u200b=1", "\uff1d1", "|x"]
    )
    def test_a_formula_is_text(self, text):
        assert harmless(pl.DataFrame({"id": [text]}))["id"].item() == f"'{text}"

    @pytest.mark.parametrize("text", ["ada", "a=b", "7", "", "é"])
    def test_plain_text_stays(self, text):
        assert harmless(pl.DataFrame({"id": [text]}))["id"].item() == text

    def test_numbers_below_zero_stay_numbers(self, eve):
        rows = list(csv.DictReader(io.StringIO(eve.get("/export.csv?show=all").text)))
        assert {float(row["evidence_bits"]) for row in rows} == {5.0, -6.6}


class TestParquet:
    def test_is_the_table_of_the_run(self, eve, folder):
        response = eve.get("/export.parquet?show=all")
        frame = pl.read_parquet(io.BytesIO(response.content))
        told = Run(folder).scan(Accounts).collect()
        assert Accounts.cast(frame).equals(told)

    def test_of_nothing_has_its_columns(self, eve):
        response = eve.get("/export.parquet?show=all&partner=nobody")
        assert pl.read_parquet(io.BytesIO(response.content)).height == 0


def test_rows_of_every_group_are_taken(tmp_path, monkeypatch):
    monkeypatch.setattr(runs, "ROWS_PER_GROUP", 7)
    many = [account(f"a{number:03d}", verdict="one_household") for number in range(30)]
    with browser(open_town(write_manifest(write_run(tmp_path, honest=many)))) as client:
        rows = list(csv.DictReader(io.StringIO(client.get("/export.csv?show=all").text)))
        last = client.get("/queue?show=all&size=25&page=2").text
    assert [row["account_id"] for row in rows] == [f"a{number:03d}" for number in range(30)]
    assert last.count("data-row") == 5
