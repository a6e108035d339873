"""The closed loop: what is decided is answered, and what is answered is decided upon."""

import io
import json

import polars as pl
import pytest
from rich.console import Console

from detector.cases.open import open_store
from detector.charts.colours import read_style
from detector.errors import SettingsError
from detector.settings import Settings
from pipelines.jobs.rehearsal import PLAN, Rehearsal, RehearsalPlan, rehearse, render_rehearsal
from pipelines.jobs.rehearsal_files import RehearsalFolder
from pipelines.jobs.rehearsal_steps import Judging, read_treated
from pipelines.worlds.reactions.settings import Leanings, ReactionSettings
from tests.pipelines.own_pool import stay_in_this_process

pytestmark = pytest.mark.slow

MONTHS = 2
OUTSPOKEN = ReactionSettings(sharers=Leanings(verified=0.3, appealed=0.4, complied=0.3))
SMALL = RehearsalPlan(
    PLAN.world.model_copy(
        update={
            "accounts": 160,
            "seed": 4,
            "sharing_prior": 0.5,
            "countries": {"ES": 1.0},
            "reactions": OUTSPOKEN,
        }
    ),
    MONTHS,
    draws=200,
)


@pytest.fixture(scope="module")
def done(tmp_path_factory) -> Rehearsal:
    """One rehearsal, looked at by all tests."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        stay_in_this_process(monkeypatch)
        judging = Judging(Settings(), 1, lambda _progress: None)
        return rehearse(tmp_path_factory.mktemp("rehearsal") / "loop", SMALL, judging)


@pytest.fixture(scope="module")
def place(done) -> RehearsalFolder:
    return RehearsalFolder(done.folder)


def held_out(place: RehearsalFolder) -> pl.Series:
    return pl.read_csv(place.hold_outs).filter(pl.col("arm") == "hold-out")["account_id"]


def truth(place: RehearsalFolder, name: str) -> pl.DataFrame:
    return pl.read_parquet(place.world / f"truth_{name}.parquet")


class TestRehearse:
    def test_the_page_wears_the_style_of_its_pictures(self, done):
        assert read_style() in done.report.read_text("utf-8")

    def test_each_month_is_judged_and_told(self, done):
        assert [month.number for month in done.months] == [*range(MONTHS + 1)]
        assert all(month.flagged >= month.flagged_shared > 0 for month in done.months)
        assert all(month.reading for month in done.months[1:])

    def test_each_month_is_forecast_before_it_begins_by_what_was_counted(self, done, place):
        for month in done.months[1:]:
            told = place.folder / "forecasts" / f"month-{month.number:02d}" / "forecast.json"
            roles = {each["role"] for each in json.loads(told.read_text("utf-8"))["inputs"]}
            assert ("measured" in roles) == (month.number > 1)
            assert month.forecast is not None
            days = month.forecast["local_day"]
            assert (days.min(), days.max()) >= (month.first_day, month.first_day)
            assert days.max() <= month.last_day

    def test_what_is_delivered_climbs_from_notice_on(self, place):
        steps = read_treated(place)
        assert {"notify", "verify_device"} <= set(steps["treatment"])
        first = steps.unique("account_id", keep="first", maintain_order=True)
        assert set(first["treatment"]) == {"notify"}

    def test_who_is_held_out_is_neither_treated_nor_moved(self, place):
        held = held_out(place)
        assert held.len() > 0
        assert not set(held) & set(read_treated(place)["account_id"])
        did = truth(place, "reactions").filter(pl.col("account_id").is_in(held.implode()))
        assert set(did["cause"]) <= {"by_itself"}

    def test_nobody_answers_before_being_treated(self, place):
        first = read_treated(place).group_by("account_id").agg(pl.col("day").min().alias("first"))
        did = truth(place, "reactions").filter(pl.col("cause") == "treatment")
        both = did.join(first, on="account_id", how="left")
        assert both.height > 0
        assert (both["day"] > both["first"].str.to_date()).all()

    def test_what_systems_tell_moves_cases(self, done, place):
        heard = sum(sum(month.heard.values()) for month in done.months)
        assert heard == pl.read_parquet(place.world / "feedback.parquet").height > 0
        with open_store(place.cases, create=False) as store, store.reading() as reading:
            states = dict(reading.read_cases(["account_id", "state"]).iter_rows())
        did = truth(place, "reactions").filter(pl.col("cause") == "treatment")
        said = did.group_by("account_id").agg(pl.col("reaction").unique())
        appealed, verified = (
            {account for account, acts in said.iter_rows() if set(acts) - {"called"} == {only}}
            for only in ("appealed", "verified")
        )
        assert appealed
        assert verified
        assert {states[account] for account in appealed} == {"appealed"}
        assert {states[account] for account in verified} <= {"resolved", "withdrawn"}

    def test_nothing_more_is_done_to_who_proved_their_home(self, place):
        told = truth(place, "reactions").filter(
            pl.col("reaction").is_in(["verified", "appealed"]), pl.col("cause") == "treatment"
        )
        heard = told.group_by("account_id").agg(pl.col("day").min().alias("heard"))
        later = read_treated(place).join(heard, on="account_id")
        pauses = later.filter(pl.col("treatment") == "pause_external_devices")
        assert (pauses["day"].str.to_date() <= pauses["heard"]).all()

    def test_borrowers_leave_the_treated_more_than_the_held_out(self, place):
        homes = truth(place, "households").drop_nulls("left_day")
        by_treatment = homes.filter(pl.col("cause") == "treatment")["account_id"]
        assert by_treatment.len() > 0
        assert set(by_treatment) <= set(read_treated(place)["account_id"])

    def test_a_month_of_the_log_is_never_rewritten(self, place):
        logs = sorted((place.world / "events").glob("*.parquet"))
        assert [log.stem for log in logs] == [f"month-{n:02d}" for n in range(MONTHS + 1)]
        store = pl.concat(pl.read_parquet(log) for log in logs)
        assert store.drop_nulls("ts")["ts"].min().date() == SMALL.world.first_day

    def test_desks_count_what_accounts_did(self, done, place):
        counted = pl.read_parquet(place.world / "measured.parquet")["contacts"].sum()
        assert counted == sum(month.contacts for month in done.months) > 0

    def test_the_page_fetches_nothing_and_names_nobody(self, done):
        page = done.report.read_text(encoding="utf-8")
        assert "://" not in page
        assert "src=" not in page
        assert "acc-" not in page
        assert page.count("<svg") == 5

    def test_what_is_no_rehearsal_is_never_deleted(self, tmp_path):
        (tmp_path / "letters.txt").write_text("dear")
        with pytest.raises(SettingsError, match="holds other things"):
            rehearse(tmp_path, SMALL, Judging(Settings(), 1, lambda _progress: None))
        assert (tmp_path / "letters.txt").exists()

    def test_says_where_the_page_is(self, done):
        console = Console(file=io.StringIO(), width=100, highlight=False)
        render_rehearsal(done, console)
        assert isinstance(console.file, io.StringIO)
        assert console.file.getvalue().endswith(f"Report: {done.report}\n")
