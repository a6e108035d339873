"""Decide about a run, replay it, and take back what was wrong, from the command line."""

import polars as pl
import pytest

from detector.cases.open import open_store
from detector.policy.decisions import Decisions
from detector.runs.run import MANIFEST, Run
from tests.pipelines.tiny_run import BOB, FIRST, account, write_manifest, write_run, write_truth

pytestmark = pytest.mark.slow

POLICY = """
name = "mild"
version = "1"
[[rules]]
name = "tell"
reason = "Used elsewhere."
treatment = "notify"
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A run of one lender, a policy that tells him, and where the cases go."""
    monkeypatch.chdir(tmp_path)
    write_manifest(write_run(tmp_path / "run", BOB, honest=[account("ada")]))
    (tmp_path / "mild.toml").write_text(POLICY)
    return tmp_path


def as_of(folder):
    return str(Run(folder / "run").finished().window.last_day)


@pytest.fixture
def decide(folder, ask):
    def decided(*words, code=0):
        given = ("--cases", "cases.db", "--policy", "mild.toml", "--as-of", as_of(folder))
        return ask("decide", "run", *given, *words, code=code)

    return decided


class TestDecide:
    def test_decides_once(self, folder, decide):
        assert decide()["decisions"] == 1
        assert "already" in decide(code=99)["error"]

    def test_leaves_a_copy_of_what_the_store_holds(self, folder, decide):
        decide()
        with open_store("cases.db") as store, store.reading() as reading:
            kept = reading.read_decisions().drop("seq", "withdrawn_by")
        copy = pl.read_parquet("run/decisions.parquet")
        assert copy["decision_id"].to_list() == kept["decision_id"].to_list()

    def test_makes_the_copy_again_if_it_is_gone(self, folder, decide):
        decide()
        (folder / "run" / "decisions.parquet").unlink()
        decide(code=99)
        assert pl.read_parquet("run/decisions.parquet").height == 1

    def test_makes_the_copy_again_if_it_is_of_the_call_before(self, folder, decide):
        """As whoever is killed between the store and the copy leaves it."""
        decide()
        Run(folder / "run").write(Decisions, Decisions.create_empty())
        decide(code=99)
        assert pl.read_parquet("run/decisions.parquet").height == 1

    def test_a_dry_run_keeps_nothing(self, folder, decide):
        told = decide("--dry-run")
        assert told["messages"][0]["data"]["treatment"] == "notify"
        assert not (folder / "cases.db").exists()
        assert not (folder / "run" / "decisions.parquet").exists()

    def test_a_dry_run_beside_a_store_leaves_it_as_it_is(self, folder, decide):
        decide()
        (folder / "list.csv").write_text("account_id\nbob\n")
        before = (folder / "cases.db").read_bytes()
        decide("--dry-run", "--wave", "list.csv")
        assert (folder / "cases.db").read_bytes() == before

    def test_the_wave_is_called_as_its_file(self, folder, decide):
        (folder / "wave-1.csv").write_text("account_id\nbob\n")
        decide("--wave", "wave-1.csv")
        assert pl.read_parquet("run/decisions.parquet")["wave"].to_list() == ["wave-1"]

    def test_who_is_held_out_is_left_alone(self, folder, decide):
        (folder / "arms.csv").write_text("account_id,arm\nbob,control\n")
        assert decide("--hold-outs", "arms.csv")["decisions"] == 0

    def test_an_account_in_two_arms_is_refused(self, folder, decide):
        (folder / "arms.csv").write_text("account_id,arm\nbob,control\nbob,treated\n")
        assert "two arms" in decide("--hold-outs", "arms.csv", code=2)["error"]

    def test_stale_evidence_is_refused(self, folder, ask):
        told = ask("decide", "run", "--as-of", "2030-01-01", "--dry-run", code=2)
        assert "days before 2030-01-01" in told["error"]

    @pytest.mark.parametrize(("share", "code"), [(0.75, 2), (1, 0)])
    def test_a_policy_may_ask_for_verified_files(self, folder, decide, share, code):
        manifest = Run(folder / "run").finished().model_copy(update={"verified_share": share})
        (folder / "run" / MANIFEST).write_text(manifest.model_dump_json(), encoding="utf-8")
        (folder / "mild.toml").write_text("require_verified = true" + POLICY)
        told = decide(code=code)
        assert code == 0 or told["error"].startswith("25.0% of the log's rows stand in files")

    def test_without_being_asked_unverified_files_will_do(self, folder, decide):
        assert decide()["decisions"] == 1

    def test_a_day_before_the_run_is_refused(self, folder, ask):
        told = ask("decide", "run", "--as-of", str(FIRST), "--dry-run", code=2)
        assert f"after {FIRST}" in told["error"]

    def test_without_a_store_nothing_is_decided(self, folder, ask, monkeypatch):
        monkeypatch.delenv("HOUSEHOLD_CASES", raising=False)
        assert "no case store" in ask("decide", "run", "--as-of", as_of(folder), code=2)["error"]


class TestAfterwards:
    def test_a_wave_is_taken_back(self, folder, decide, ask):
        decide()
        told = ask("revert", "standing", "--by", "eve", "--reason", "wrong", "--cases", "cases.db")
        assert (told["withdrawals"], told["cases"]) == (1, 1)
        ask("revert", "standing", "--by", "eve", "--reason", "x", "--cases", "cases.db", code=99)

    def test_feedback_is_taken_in_once(self, folder, decide, ask):
        decide()
        (folder / "told.ndjson").write_text(
            '{"feedback_id": "f1", "account_id": "bob", "kind": "appealed"}\n'
        )
        assert ask("feedback", "told.ndjson", "--cases", "cases.db")["new"] == {"appealed": 1}
        ask("feedback", "told.ndjson", "--cases", "cases.db", code=99)

    def test_policies_are_compared_side_by_side(self, folder, ask):
        write_truth(folder / "world")
        (folder / "none.toml").write_text(f"kill_switch = true\n{POLICY}")
        words = ("run", "--policy", "mild.toml", "--policy", "none.toml", "--truth", "world")
        told = ask("replay", *words)["tallies"]
        treated = {t["policy"]: t["treated"] for t in told if t["dimension"] == "all"}
        assert treated == {"mild": 1, "none": 0}
        assert {t["wrongly_treated"] for t in told} == {0}
