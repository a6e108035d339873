"""A pilot from the command line: planned, drawn, read, and what became of its borrowers."""

import json
from datetime import date, timedelta

import polars as pl
import pytest

from detector.rollout.pilots.plan import PACKAGED
from detector.runs.run import MANIFEST, Run
from pipelines.cli import run
from tests.pipelines.tiny_run import (
    FIRST,
    XSS,
    TinyRun,
    device,
    lender,
    place,
    write_manifest,
    write_run,
)

pytestmark = pytest.mark.slow

SINCE = FIRST + timedelta(days=42)
KEY = "0123456789abcdef0123456789abcdef"
ACCOUNTS = 60


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A run of sixty lenders, and the key."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOUSEHOLD_PILOT_KEY", KEY)
    write_lenders(tmp_path / "results")
    return tmp_path


def write_lenders(folder):
    several = [lender(f"acc-{n:03d}", partner=("Orbita", None)[n % 2]) for n in range(ACCOUNTS)]
    return write_manifest(write_run(folder, honest=several))


@pytest.fixture
def draw(folder, ask):
    return lambda *words, code=0: ask(
        "pilot", "assign", "results", "--out", "pilot", *words, code=code
    )


def write_outcomes(path="outcomes.csv", more=0):
    """Of the treated, `more` in ten cancelled; of the others nobody."""
    arms = pl.read_csv("pilot/hold_outs.csv")
    is_hit = (pl.col("arm") == "treated") & (pl.int_range(pl.len()) % 10 < more)
    arms.select("account_id", cancelled=is_hit.cast(int), converted=0, contacts=0).write_csv(path)


class TestDesign:
    def test_says_how_little_so_few_accounts_can_show(self, folder, ask):
        told = ask("pilot", "design", "results")
        assert told["accounts"] == ACCOUNTS
        assert sum(row["accounts"] for row in told["strata"]) == ACCOUNTS
        assert told["outcomes"][0]["accounts_needed"] > 1_000

    def test_a_misspelt_plan_says_what_to_mend(self, folder, ask):
        (folder / "pilot.toml").write_text("name = 'p'\nholdout = 0.2\n")
        told = ask("pilot", "design", "results", "--plan", "pilot.toml", code=2)
        assert "did you mean hold_out" in told["error"]

    def test_a_screen_shows_all_of_it(self, folder, capsys):
        assert run(["pilot", "design", "results"]) == 0
        assert "It tells nothing of what comes after day 42" in capsys.readouterr().out


class TestAssign:
    def test_decide_leaves_the_held_out_in_peace(self, folder, draw, ask):
        draw()
        (folder / "policy.toml").write_text(
            'name = "mild"\nversion = "1"\n[[rules]]\nname = "tell"\nreason = "Used elsewhere."\n'
            'treatment = "notify"\n'
        )
        ask(
            "decide", "results", "--as-of", SINCE, "--cases", "cases.db", "--policy", "policy.toml",
            "--hold-outs", "pilot/hold_outs.csv",
        )  # fmt: skip
        decided = pl.read_parquet("results/decisions.parquet")["account_id"].to_list()
        arms = pl.read_csv("pilot/hold_outs.csv")
        treated = arms.filter(pl.col("arm") == "treated")["account_id"].to_list()
        assert len(treated) < ACCOUNTS
        assert sorted(decided) == treated

    def test_the_same_call_draws_the_same_once(self, folder, draw, ask):
        draw()
        drawn = (folder / "pilot" / "hold_outs.csv").read_bytes()
        assert "already" in draw(code=99)["error"]
        ask("pilot", "assign", "results", "--out", "again")
        assert (folder / "again" / "hold_outs.csv").read_bytes() == drawn

    def test_the_key_stands_nowhere(self, folder, draw):
        draw()
        assert all(KEY not in path.read_text() for path in (folder / "pilot").iterdir())

    def test_another_key_does_not_draw_over_a_pilot(self, folder, draw, monkeypatch):
        draw()
        monkeypatch.setenv("HOUSEHOLD_PILOT_KEY", KEY[::-1])
        assert "holds another draw" in draw(code=2)["error"]

    def test_without_a_key_nothing_is_drawn(self, folder, draw, monkeypatch):
        monkeypatch.delenv("HOUSEHOLD_PILOT_KEY")
        assert "--key FILE" in draw(code=2)["error"]
        assert not (folder / "pilot").exists()

    def test_regions_are_asked_for(self, folder, draw):
        plan = (folder / "pilot.toml").write_text
        shipped = run_plan().replace('unit = "account"', 'unit = "cluster"')
        plan(shipped)
        assert "--clusters FILE" in draw("--plan", "pilot.toml", code=3)["error"]


def run_plan() -> str:
    return PACKAGED.read_text(encoding="utf-8")


class TestRead:
    def test_stops_with_a_code_of_its_own(self, folder, draw, ask):
        draw("--plan", half(folder))
        write_outcomes(more=6)
        told = ask("pilot", "read", "outcomes.csv", "--pilot", "pilot", code=1)
        assert told["verdict"] == "stop"
        assert told["outcomes"][0]["guard"] == "stop"

    def test_goes_on_at_an_early_look(self, folder, draw, ask):
        draw("--plan", half(folder))
        write_outcomes(more=0)
        told = ask("pilot", "read", "outcomes.csv", "--pilot", "pilot", "--looks", "0.2")
        assert told["verdict"] == "go on"

    def test_writes_a_page_that_holds_all_of_it(self, folder, draw, ask):
        draw("--plan", half(folder))
        write_outcomes(more=6)
        words = ("pilot", "read", "outcomes.csv", "--pilot", "pilot", "--out", "reading")
        told = ask(*words, code=1)
        page = (folder / "reading" / "reading.html").read_text()
        assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page
        assert page.count("<svg") == 3
        assert "Stop: treat nobody else" in page
        assert (
            json.loads((folder / "reading" / "reading.json").read_text())["words"] == told["words"]
        )

    def test_the_hold_outs_may_not_be_changed(self, folder, draw, ask):
        draw()
        write_outcomes()
        path = folder / "pilot" / "hold_outs.csv"
        path.write_text(path.read_text().replace("hold-out", "treated", 1))
        told = ask("pilot", "read", "outcomes.csv", "--pilot", "pilot", code=3)
        assert "is not what was drawn" in told["error"]

    @pytest.mark.parametrize(("looks", "code"), [("0.5,0.2", 2), ("often", 2), ("1.5", 2)])
    def test_looks_that_are_none_are_refused(self, folder, draw, ask, looks, code):
        draw()
        write_outcomes()
        ask("pilot", "read", "outcomes.csv", "--pilot", "pilot", "--looks", looks, code=code)

    def test_regions_are_read_by_their_days(self, folder, draw, ask):
        (folder / "pilot.toml").write_text(
            run_plan()
            .replace('unit = "account"', 'unit = "cluster"')
            .replace("hold_out = 0.1", "hold_out = 0.5")
            .replace('strata = ["partner", "country", "band", "pattern"]', "strata = []")
        )
        names = [f"acc-{n:03d}" for n in range(ACCOUNTS)]
        regions = pl.DataFrame(
            {"account_id": names, "cluster": [f"r{n % 12:02d}" for n in range(60)]}
        )
        regions.write_csv("regions.csv")
        draw("--plan", "pilot.toml", "--clusters", "regions.csv")
        days = [SINCE + timedelta(days=n) for n in range(-10, 10)]
        rows = regions.select("cluster").unique().join(pl.DataFrame({"day": days}), how="cross")
        day = pl.col("day").dt.ordinal_day() % 4
        told = rows.with_columns(accounts=5, cancelled=day, converted=0, contacts=day)
        told.sort("cluster", "day").write_csv("days.csv")
        read = ask("pilot", "read", "days.csv", "--pilot", "pilot", "--since", SINCE)
        assert read["outcomes"][0]["estimate"]["difference"] == pytest.approx(0)
        assert read["outcomes"][0]["estimate"]["low"] is None


def half(folder):
    """A plan that holds out half, so that sixty accounts can show anything."""
    text = run_plan().replace("hold_out = 0.1", "hold_out = 0.5").replace("looks = 5", "looks = 1")
    (folder / "half.toml").write_text(text)
    return "half.toml"


class Lent(TinyRun):
    """Bob, and a borrower whose household has a name."""

    def devices(self):
        return [row | {"household_id": f"bob-{row['household']}"} for row in super().devices()]


class Taken(TinyRun):
    """Bob's borrower since: the television in Lille is on an account of its own."""

    def accounts(self):
        return [lender(self.account_id), lender("new", flagged=False, signed_up=SINCE)]

    def devices(self):
        later = {"first_day": SINCE, "last_day": SINCE + timedelta(days=41)}
        return [
            device(self.account_id, self.tv, **later),
            device("new", self.guest, 0, **later),
        ]

    def places(self):
        return [place(self.account_id, 0), place("new", 0, city="Lille")]


class TestConversions:
    @pytest.fixture
    def runs(self, folder):
        """Bob and fifty-nine others before; Bob's borrower converted since."""
        several = [lender(f"acc-{n:03d}") for n in range(ACCOUNTS - 1)]
        write_manifest(write_run(folder / "results", Lent(), honest=several))
        write_manifest(write_run(folder / "since", Taken(), honest=several))
        judged = json.loads((folder / "since" / MANIFEST).read_text())
        judged["window"] = {"first_day": str(SINCE), "last_day": str(SINCE + timedelta(days=41))}
        (folder / "since" / MANIFEST).write_text(json.dumps(judged))
        return folder

    def find(self, ask, *words, code=0, since: date = SINCE):
        return ask(
            "pilot", "conversions", "results", "since", "--pilot", "pilot", "--since", since,
            "--out", "took.parquet", *words, code=code,
        )  # fmt: skip

    def test_finds_the_account_that_a_borrower_took(self, runs, draw, ask):
        draw()
        told = self.find(ask)
        assert told["kinds"] == {"new": 1}
        found = pl.read_parquet("took.parquet")
        assert found.select("lender", "account_id", "first_day").row(0) == ("bob", "new", SINCE)

    def test_says_how_much_of_the_time_is_seen(self, runs, draw, ask):
        draw()
        assert "Only 42 of 180 days are seen so far" in self.find(ask)["words"][-1]

    def test_a_reading_takes_conversions_in(self, runs, draw, ask):
        draw("--plan", half(runs))
        self.find(ask)
        write_outcomes()
        told = ask(
            "pilot", "read", "outcomes.csv", "--pilot", "pilot", "--conversions", "took.parquet"
        )
        estimate = told["outcomes"][1]["estimate"]
        assert 1 in (round(30 * estimate["treated"]), round(30 * estimate["hold_out"]))

    def test_a_new_account_goes_with_the_lenders_into_the_next_draw(self, runs, draw, ask):
        draw()
        self.find(ask)
        Run(runs / "since").finished()
        flagged = [lender(f"acc-{n:03d}") for n in range(ACCOUNTS - 1)]
        write_manifest(write_run(runs / "next", TinyRun(), honest=[*flagged, lender("new")]))
        ask(
            "pilot", "assign", "next", "--out", "second", "--links", "took.parquet", "--previous",
            "pilot/hold_outs.csv",
        )  # fmt: skip
        arms = dict(pl.read_csv("second/hold_outs.csv").select("account_id", "arm").iter_rows())
        assert arms["new"] == arms["bob"]

    @pytest.mark.parametrize(
        ("words", "since", "problem"),
        [
            (("--days", "0"), SINCE, "1 to 730"),
            ((), FIRST, "treatment began on"),
            ((), SINCE + timedelta(days=90), "No run judged a day"),
        ],
        ids=["days", "too late a run before", "nothing since"],
    )
    def test_what_cannot_be_told_is_refused_before_anything_is_written(
        self, runs, draw, ask, words, since, problem
    ):
        draw()
        told = self.find(ask, *words, code=3, since=since)
        assert problem in told["error"]
        assert not (runs / "took.parquet").exists()


def test_hostile_names_stay_names(folder, ask, capsys):
    several = [lender(f"acc-{n:03d}", partner=XSS) for n in range(ACCOUNTS)]
    write_manifest(write_run(folder / "results", honest=several))
    assert run(["pilot", "assign", "results", "--out", "pilot"]) == 0
    assert "onerror" in capsys.readouterr().out
    assert XSS in ask("pilot", "design", "results")["strata"][0]["stratum"]
