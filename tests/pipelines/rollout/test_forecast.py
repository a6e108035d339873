"""From files to files: what `household forecast` reads, refuses and leaves behind."""

import hashlib
import json

import polars as pl
import pytest

from pipelines.cli import run
from tests.pipelines.tiny_run import XSS, write_manifest, write_tiny_run

PARTNER = "Tel<b>via"
DESKS = pl.DataFrame(
    {
        "partner": [PARTNER, "direct"],
        "time_zone": "Europe/Madrid",
        "weekdays": "mon-fri",
        "opens": "09:00",
        "closes": "17:00",
        "contacts_per_half_hour": "4",
    }
)
START = "2026-09-07"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_tiny_run(tmp_path / "results")
    write_manifest(tmp_path / "results")
    accounts = pl.read_parquet("results/accounts.parquet")
    given = accounts.select(
        "account_id", partner=pl.lit(PARTNER), plan=pl.lit("standard"), country=pl.lit("ES")
    )
    given.write_parquet("accounts.parquet")
    DESKS.write_csv("desks.csv")
    flagged = accounts.filter("flagged").select("account_id", wave=pl.lit("w1"), day=pl.lit(START))
    flagged.write_csv("waves.csv")
    return tmp_path


def forecast(*more, out="out"):
    given = ["--accounts", "accounts.parquet", "--capacity", "desks.csv", "--draws", "100"]
    return run(["forecast", "results", *given, "--out", out, *more])


class TestForecast:
    def test_leaves_tables_a_page_and_what_they_were_made_from(self, folder):
        assert forecast("--waves", "waves.csv") == 0
        document = json.loads((folder / "out/forecast.json").read_text("utf-8"))
        for name, told in document["outputs"].items():
            assert (
                hashlib.sha256((folder / "out" / name).read_bytes()).hexdigest() == told["sha256"]
            )
        assert document["window"]["first_day"] == START
        assert {each["role"] for each in document["inputs"]} == {"accounts", "capacity", "waves"}
        assert "no public figure" in json.dumps(document["assumptions"])
        assert pl.read_parquet("out/contacts.parquet")["partner"].unique().sort().to_list() == [
            PARTNER,
            "direct",
        ]

    def test_same_input_same_bytes(self, folder):
        for out in ("one", "two"):
            assert forecast("--waves", "waves.csv", out=out) == 0
        for name in ("contacts.parquet", "days.parquet", "outcomes.parquet", "report.html"):
            assert (folder / "one" / name).read_bytes() == (folder / "two" / name).read_bytes()

    def test_names_no_account(self, folder):
        assert forecast("--waves", "waves.csv") == 0
        ids = pl.read_parquet("results/accounts.parquet")["account_id"].to_list()
        for path in (folder / "out").iterdir():
            text = path.read_bytes().decode("utf-8", "ignore")
            assert not [each for each in ids if each in text]

    def test_without_waves_flagged_accounts_are_spread_over_days(self, folder):
        assert forecast("--start", START, "--days", "3") == 0
        document = json.loads((folder / "out/forecast.json").read_text("utf-8"))
        assert document["plan"]["given"] is False
        assert "without a wave file" in (folder / "out/report.html").read_text("utf-8")

    def test_who_is_gone_from_the_run_is_left_out_and_told(self, folder):
        with (folder / "waves.csv").open("a") as file:
            file.write(f"gone,w1,{START}\n")
        assert forecast("--waves", "waves.csv") == 0
        document = json.loads((folder / "out/forecast.json").read_text("utf-8"))
        assert document["plan"]["gone"] == 1
        assert "1 account of the plan left out" in (folder / "out/report.html").read_text("utf-8")

    def test_contacts_that_come_anyway_are_not_new(self, folder):
        busy = DESKS.with_columns(baseline_per_half_hour=pl.lit("3"))
        busy.write_csv("desks.csv")
        assert forecast("--waves", "waves.csv") == 0
        desks = json.loads((folder / "out/forecast.json").read_text("utf-8"))["desks"]
        assert all(desk["new"] < 0.1 * desk["contacts"] for desk in desks)

    def test_counts_are_held_against_the_forecast(self, folder):
        days = pl.date_range(pl.date(2026, 9, 7), pl.date(2026, 9, 25), eager=True)
        counts = pl.DataFrame({"partner": PARTNER, "day": days, "contacts": 1})
        counts.write_csv("counts.csv")
        assert forecast("--waves", "waves.csv", "--measured", "counts.csv") == 0
        actual = pl.read_parquet("out/actual.parquet")
        assert set(actual["forecast"]) == {"before", "last_week"}
        assert "Forecast against what came" in (folder / "out/report.html").read_text("utf-8")

    def test_the_page_is_one_file_and_runs_nothing(self, folder):
        assert forecast("--waves", "waves.csv") == 0
        page = (folder / "out/report.html").read_text("utf-8")
        assert "default-src &#39;none&#39;" in page
        assert "<script" not in page
        assert "http" not in page.replace("http-equiv", "")
        assert "Tel&lt;b&gt;via" in page
        assert XSS not in page


class TestRefusals:
    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"time_zone": "Mars/Olympus"}, "unknown time zone"),
            ({"contacts_per_half_hour": "-1"}, "negative"),
            ({"partner": "Orbita"}, "no capacity"),
        ],
    )
    def test_desks(self, folder, capsys, change, said):
        DESKS.with_columns(**{name: pl.lit(value) for name, value in change.items()}).head(
            1
        ).write_csv("desks.csv")
        assert forecast("--waves", "waves.csv") == 3
        assert said in capsys.readouterr().err
        assert not (folder / "out").exists()

    def test_a_wave_in_the_past(self, folder, capsys):
        assert forecast("--waves", "waves.csv", "--today", "2026-09-08") == 3
        assert "in the past" in capsys.readouterr().err
        assert not (folder / "out").exists()

    def test_an_account_in_two_waves(self, folder, capsys):
        waves = pl.read_csv("waves.csv")
        pl.concat([waves, waves.with_columns(wave=pl.lit("w2"))]).write_csv("waves.csv")
        assert forecast("--waves", "waves.csv") == 3
        assert "overlap" in capsys.readouterr().err

    def test_accounts_without_partner(self, folder, capsys):
        pl.read_parquet("accounts.parquet").head(0).write_parquet("accounts.parquet")
        assert forecast("--waves", "waves.csv") == 3
        assert "without partner" in capsys.readouterr().err

    def test_no_plan(self, folder, capsys):
        assert forecast() == 2
        assert "--start" in capsys.readouterr().err

    def test_a_start_in_the_past(self, folder, capsys):
        assert forecast("--start", "2020-01-01") == 2
        assert "in the past" in capsys.readouterr().err

    def test_assumptions_that_are_none(self, folder, capsys):
        (folder / "mine.toml").write_text("name = 1", encoding="utf-8")
        assert forecast("--waves", "waves.csv", "--assumptions", "mine.toml") == 2
        assert "mine.toml: line 1" in capsys.readouterr().err
