"""What decide takes from a plan of waves, from the command line."""

import json
from datetime import timedelta

import pytest

from detector.cases.open import open_store
from detector.rollout.waves.terms import DEFAULT, read_terms
from tests.pipelines.jobs.test_decide import POLICY
from tests.pipelines.tiny_run import FIRST, lender, write_manifest, write_run

pytestmark = pytest.mark.slow

NAMES = tuple(f"a{number:03}" for number in range(260))
MONDAY = FIRST + timedelta(days=41)
LADDER = """
name = "ladder"
version = "1"
accepted_by = "lea"
accepted_for = ["verify_device"]
[[rules]]
name = "verify"
reason = "Used elsewhere still."
treatment = "verify_device"
given = ["notify"]
not_given = ["verify_device"]
[[rules]]
name = "tell"
reason = "Used elsewhere."
treatment = "notify"
not_given = ["notify"]
[treatments.verify_device]
notice_days = 2
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A run of many lenders, all of one partner."""
    monkeypatch.chdir(tmp_path)
    lenders = [lender(name, partner="Telvia", country_of_record="FR") for name in NAMES]
    write_manifest(write_run(tmp_path / "run", honest=lenders))
    (tmp_path / "policy.toml").write_text(POLICY)
    return tmp_path


@pytest.fixture
def decide(folder, ask):
    def decided(day, *words, code=0):
        given = ("--cases", "cases.db", "--policy", "policy.toml", "--wave", "plan/waves.csv")
        return ask("decide", "run", *given, "--as-of", day, *words, code=code)

    return decided


def write_plan(folder, *rows):
    """Rows of account, day."""
    (folder / "plan").mkdir(exist_ok=True)
    lines = [f"{name},wave-{day},{day}" for name, day in rows]
    text = "\n".join(["account_id,wave,day", *lines])
    (folder / "plan" / "waves.csv").write_text(text + "\n")


def two_waves(folder):
    write_plan(folder, *((n, MONDAY) for n in NAMES[:200]), *((n, day(3)) for n in NAMES[200:]))


def day(number):
    return MONDAY + timedelta(number)


def cancel(folder, ask, accounts):
    lines = [
        json.dumps({"feedback_id": f"f{name}", "account_id": name, "kind": "cancelled"})
        for name in accounts
    ]
    (folder / "told.ndjson").write_text("\n".join(lines) + "\n")
    ask("feedback", "told.ndjson", "--cases", "cases.db")


class TestTheDay:
    def test_only_those_whose_day_it_is(self, folder, decide):
        two_waves(folder)
        assert decide(MONDAY)["decisions"] == 200
        with open_store("cases.db") as store, store.reading() as reading:
            decided = reading.read_decisions()
        assert set(decided["wave"]) == {f"wave-{MONDAY}"}
        assert decide(day(3))["decisions"] == 60

    def test_the_same_call_decides_once(self, folder, decide):
        two_waves(folder)
        decide(MONDAY)
        assert "already" in decide(MONDAY, code=99)["error"]

    def test_between_waves_there_is_nothing_to_do(self, folder, decide):
        two_waves(folder)
        assert str(day(3)) in decide(day(1), code=99)["error"]

    def test_without_days_all_are_taken_as_ever(self, folder, decide):
        (folder / "plan").mkdir()
        (folder / "plan" / "waves.csv").write_text("account_id\na001\na002\n")
        assert decide(MONDAY)["decisions"] == 2

    def test_steps_that_follow_stay_in_their_wave(self, folder, decide, ask):
        (folder / "policy.toml").write_text(LADDER)
        write_plan(folder, ("a001", MONDAY), ("a002", day(6)))
        decide(MONDAY)
        assert decide(day(3), "--begun")["decisions"] == 1
        with open_store("cases.db") as store, store.reading() as reading:
            decided = reading.read_decisions().sort("seq")
        assert decided["treatment"].to_list() == ["notify", "verify_device"]
        assert decided["account_id"].to_list() == ["a001", "a001"]
        assert decided["wave"].to_list() == [f"wave-{MONDAY}"] * 2
        revert = ("revert", f"wave-{MONDAY}", "--by", "eve", "--reason", "x", "--cases", "cases.db")
        assert ask(*revert)["withdrawals"] == 2


class TestRefused:
    @pytest.mark.parametrize(
        ("rows", "words"),
        [
            pytest.param([("a001", MONDAY), ("a001", day(3))], "overlap", id="twice"),
            pytest.param([("a001", FIRST)], "past", id="all in the past"),
        ],
    )
    def test_a_plan_that_contradicts_itself(self, folder, decide, rows, words):
        write_plan(folder, *rows)
        assert words in decide(MONDAY, code=3)["error"]
        assert not (folder / "cases.db").exists()

    def test_a_wave_that_overlaps_with_what_is_in_force(self, folder, decide):
        write_plan(folder, ("a001", MONDAY))
        decide(MONDAY)
        write_plan(folder, ("a001", day(1)))
        assert "being treated already" in decide(day(1), code=3)["error"]

    def test_a_wave_that_was_left_out(self, folder, decide):
        two_waves(folder)
        assert "never decided" in decide(day(3), code=3)["error"]

    def test_counts_without_a_plan(self, folder, decide):
        (folder / "plan").mkdir()
        (folder / "plan" / "waves.csv").write_text("account_id\na001\n")
        (folder / "counts.csv").write_text("partner,day,contacts\n")
        assert "column day" in decide(MONDAY, "--measured", "counts.csv", code=2)["error"]


class TestStops:
    def test_too_many_cancellations_halt_the_next_wave_until_a_person_lifts_it(
        self, folder, decide, ask
    ):
        two_waves(folder)
        decide(MONDAY)
        cancel(folder, ask, NAMES[:60])
        told = decide(day(3), code=1)["error"]
        assert "cancelled of Telvia: 30.0% of 200 accounts" in told
        lift = ("cases", "waves", "lift", "cancelled", "--partner", "Telvia", "--by", "lea")
        ask(*lift, "--reason", "a price rise", "--cases", "cases.db")
        assert decide(day(3))["decisions"] == 60
        history = ask("cases", "waves", "list", "--cases", "cases.db")["stops"]
        assert [each["kind"] for each in history] == ["stopped", "lifted"]
        assert history[1]["note"] == "a price rise"
        assert ask("cases", "verify", "--cases", "cases.db")

    def test_a_refusal_is_told_once_however_often_it_is_asked(self, folder, decide, ask):
        two_waves(folder)
        decide(MONDAY)
        cancel(folder, ask, NAMES[:60])
        decide(day(3), code=1)
        decide(day(3), code=1)
        assert len(ask("cases", "waves", "list", "--cases", "cases.db")["stops"]) == 1

    def test_a_dry_run_is_refused_and_keeps_nothing(self, folder, decide, ask):
        two_waves(folder)
        decide(MONDAY)
        cancel(folder, ask, NAMES[:60])
        decide(day(3), "--dry-run", code=1)
        assert ask("cases", "waves", "list", "--cases", "cases.db")["stops"] == []

    def test_too_many_contacts_halt_it(self, folder, decide):
        two_waves(folder)
        decide(MONDAY)
        days = [day(each) for each in range(-3, 3)]
        terms = read_terms(DEFAULT.read_text(encoding="utf-8"), source="")
        plan = {"rules": terms.model_dump(mode="json")}
        (folder / "plan" / "plan.json").write_text(json.dumps(plan))
        loads = [f"Telvia,,phone,{each},50.0" for each in days]
        heads = "partner,country,channel,day,expected_of_day"
        (folder / "plan" / "loads.csv").write_text("\n".join([heads, *loads]) + "\n")
        counts = [f"Telvia,{each},{100 + number}" for number, each in enumerate(days)]
        (folder / "counts.csv").write_text("\n".join(["partner,day,contacts", *counts]) + "\n")
        told = decide(day(3), "--measured", "counts.csv", code=1)["error"]
        assert "contacts of Telvia" in told
        assert decide(day(3))["decisions"] == 60

    def test_few_cancellations_do_not(self, folder, decide, ask):
        two_waves(folder)
        decide(MONDAY)
        cancel(folder, ask, NAMES[:20])
        assert decide(day(3))["decisions"] == 60

    def test_a_rule_that_did_not_fire_cannot_be_lifted(self, folder, decide, ask):
        two_waves(folder)
        decide(MONDAY)
        lift = ("cases", "waves", "lift", "contacts", "--partner", "Telvia", "--by", "lea")
        told = ask(*lift, "--reason", "x", "--cases", "cases.db", code=2)
        assert "did not stop" in told["error"]


class TestWhomNothingIsDoneAbout:
    def test_is_told_with_the_reason(self, folder, ask):
        write_plan(folder, *((name, MONDAY) for name in (*NAMES[:7], "gone")))
        shy = POLICY.replace('treatment = "notify"', 'treatment = "notify"\nmin_runs_flagged = 2')
        (folder / "shy.toml").write_text(shy)
        given = ("--policy", "shy.toml", "--wave", "plan/waves.csv", "--as-of", MONDAY)
        told = ask("decide", "run", *given, "--dry-run")
        assert told["idle"] == {
            "2 or more runs in a row have flagged it": 7,
            "this run is the last that judged it": 1,
        }
