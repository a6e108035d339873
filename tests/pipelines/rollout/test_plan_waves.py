"""Waves are planned from the command line, and decide takes them."""

import polars as pl
import pytest

from detector.runs.run import Run
from pipelines.jobs.decide_waves import read_plan
from tests.pipelines.jobs.test_decide import POLICY
from tests.pipelines.tiny_run import account, lender, write_manifest, write_run

pytestmark = pytest.mark.slow

NAMES = tuple(f"a{number:03}" for number in range(40))
DESKS = """partner,channel,time_zone,opens,closes,contacts_per_half_hour
Telvia,phone,Europe/Madrid,09:00,17:00,30
"""
RULES = """
name = "short"
version = "1"
horizon_days = 5
promise = 0.8
certainty = [0.99]
gentle = []
most_apart = 1.0
[stops]
confidence = 0.99
contacts = { most = 1.3, at_least = 200 }
cancelled = { most = 0.1, at_least = 200 }
overturned = { most = 0.2, at_least = 20 }
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A run of forty lenders and a payer, their accounts table, a desk, a policy."""
    monkeypatch.chdir(tmp_path)
    lenders = [lender(name, partner="Telvia", country_of_record="ES") for name in NAMES]
    honest = account("ada", partner="Telvia", country_of_record="ES")
    write_manifest(write_run(tmp_path / "run", honest=[*lenders, honest]))
    rows = [f"{name},Telvia,ES,standard" for name in (*NAMES, "ada")]
    (tmp_path / "accounts.csv").write_text(
        "\n".join(["account_id,partner,country,plan", *rows]) + "\n"
    )
    (tmp_path / "desks.csv").write_text(DESKS)
    (tmp_path / "policy.toml").write_text(POLICY)
    return tmp_path


@pytest.fixture
def plan(folder, ask):
    def planned(*words, code=0, start="2026-06-15"):
        given = ("--accounts", "accounts.csv", "--capacity", "desks.csv", "--out", "plan")
        return ask("plan-waves", "run", *given, "--start", start, *words, code=code)

    return planned


def rename_partner(folder, name):
    """Call the partner so in the run, in its accounts table and at its desk."""
    lenders = [lender(each, partner=name, country_of_record="ES") for each in NAMES]
    write_manifest(write_run(folder / "run", honest=lenders))
    for file in ("accounts.csv", "desks.csv"):
        (folder / file).write_text((folder / file).read_text().replace("Telvia", name))


class TestPlanWaves:
    def test_decide_takes_what_is_planned(self, plan, ask):
        assert plan()["accounts"] == 40
        waves = pl.read_parquet("plan/waves.parquet")
        day = waves["day"].min()
        given = ("--cases", "cases.db", "--policy", "policy.toml", "--wave", "plan/waves.parquet")
        told = ask("decide", "run", "--as-of", day, *given)
        assert told["decisions"] == waves.filter(pl.col("day") == day).height

    def test_same_files_same_bytes(self, folder, plan):
        plan()
        first = {path.name: path.read_bytes() for path in (folder / "plan").iterdir()}
        plan()
        assert first == {path.name: path.read_bytes() for path in (folder / "plan").iterdir()}

    def test_a_spreadsheet_takes_no_name_for_a_formula(self, folder, plan):
        rename_partner(folder, "=1+1")
        plan()
        for name in ("days.csv", "loads.csv"):
            lines = (folder / "plan" / name).read_text().splitlines()
            assert all("'=1+1" in line for line in lines[1:])
        read = read_plan(folder / "plan" / "waves.parquet")
        assert read is not None
        assert set(read.loads["partner"]) == {"=1+1"}

    def test_the_page_has_no_account(self, folder, plan):
        plan()
        page = (folder / "plan" / "plan.html").read_text()
        assert "Telvia" in page
        assert not any(name in page for name in NAMES)

    def test_who_is_held_out_or_was_treated_is_left_out(self, folder, plan):
        (folder / "arms.csv").write_text("account_id,arm\na001,control\na002,treated\n")
        (folder / "done.csv").write_text("account_id,wave,day\na003,w,2026-06-12\n")
        told = plan("--hold-outs", "arms.csv", "--done", "done.csv")
        assert told["left_out"]["in earlier waves"] == told["left_out"]["held out"] == 1
        planned = set(pl.read_parquet("plan/waves.parquet")["account_id"])
        assert planned == {*NAMES} - {"a001", "a003"}

    def test_what_the_store_holds_is_left_out(self, folder, plan, ask):
        (folder / "few.csv").write_text("account_id\na001\na002\n")
        last = str(Run(folder / "run").finished().window.last_day)
        given = ("--cases", "cases.db", "--policy", "policy.toml", "--wave", "few.csv")
        ask("decide", "run", "--as-of", last, *given)
        assert plan("--cases", "cases.db")["accounts"] == 38

    def test_who_was_cleared_is_left_out(self, folder, plan, ask):
        (folder / "few.csv").write_text("account_id\na001\n")
        last = str(Run(folder / "run").finished().window.last_day)
        given = ("--cases", "cases.db", "--policy", "policy.toml", "--wave", "few.csv")
        ask("decide", "run", "--as-of", last, *given)
        ask("cases", "decide", "a002", "clear", "--by", "eve", "--cases", "cases.db")
        assert plan("--cases", "cases.db")["accounts"] == 38

    @pytest.mark.parametrize(
        ("change", "code", "words"),
        [
            pytest.param({"start": "2026-05-02"}, 3, "past", id="a wave in the past"),
            pytest.param(
                {"desks": DESKS.replace("Telvia", "Orbex")}, 3, "no capacity", id="no desk"
            ),
            pytest.param({"desks": DESKS.replace(",30", ",-1")}, 3, "negative", id="negative"),
            pytest.param(
                {"desks": DESKS.replace("Madrid", "Atlantis")}, 3, "time zone", id="time zone"
            ),
            pytest.param(
                {"desks": DESKS.replace(",30", ",1"), "rules": RULES}, 1, "binds", id="no room"
            ),
            pytest.param(
                {"rules": RULES.replace("promise", "promised")}, 2, "promised", id="misspelt"
            ),
        ],
    )
    def test_what_cannot_be_is_said_before_anything_is_written(
        self, folder, plan, change, code, words
    ):
        (folder / "desks.csv").write_text(change.get("desks", DESKS))
        given = []
        if "rules" in change:
            (folder / "rules.toml").write_text(change["rules"])
            given = ["--rules", "rules.toml"]
        told = plan(*given, start=change.get("start", "2026-06-15"), code=code)
        assert words in told["error"]
        assert not (folder / "plan").exists()

    def test_accounts_without_partner_are_refused(self, folder, plan):
        lenders = [lender("bob")]
        write_manifest(write_run(folder / "run", honest=lenders))
        assert "without partner" in plan(code=3)["error"]
