"""The commands that deliver and mend, from the terminal to a folder of files."""

import json

import pytest

from detector.cases.open import open_store
from pipelines.cli import run
from tests.detector.feed.decided import DAY, START_US, decide, withdraw

pytestmark = pytest.mark.slow


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A folder with a case store and a file of sinks."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sinks.toml").write_text('[sinks.tool]\nkind = "file"\nfolder = "out"\n')
    open_store("cases.db").close()
    return tmp_path


@pytest.fixture
def store(desk):
    with open_store("cases.db") as store:
        yield store


@pytest.fixture
def household(capsys):
    def call(*words: str) -> tuple[int, dict]:
        capsys.readouterr()
        code = run([*words, "--cases", "cases.db", "--json"])
        return code, json.loads(capsys.readouterr().out)

    return call


DELIVER = ("deliver", "--sinks", "sinks.toml")


class TestDeliver:
    def test_sends_what_is_due_and_then_has_nothing_to_do(self, desk, store, household):
        decide(store, "ada")
        code, told = household(*DELIVER)
        assert (code, told["left"], told["sinks"]["tool"]["sent"]) == (0, 0, 1)
        assert len(list((desk / "out").glob("*.ndjson"))) == 1
        assert household(*DELIVER)[0] == 99

    def test_ends_with_4_while_messages_are_left(self, store, household):
        for account in ("ada", "ben"):
            decide(store, account)
        code, told = household(*DELIVER, "--limit", "1")
        assert (code, told["left"]) == (4, 1)
        assert household(*DELIVER, "--as", "night")[0] == 0

    def test_ends_with_4_while_a_receiver_fails(self, desk, store, household):
        decide(store, "ada")
        (desk / "out").write_text("no folder")
        code, told = household(*DELIVER)
        assert (code, told["sinks"]["tool"]["failed"]) == (4, 1)
        assert household(*DELIVER)[0] == 4

    def test_what_is_not_due_is_nothing_to_do(self, store, household):
        decide(store, "ada", not_before_us=START_US + 40_000 * DAY)
        code, told = household(*DELIVER)
        assert (code, told["sinks"]["tool"]["backlog"]["later"]) == (99, 1)

    def test_makes_no_store(self, desk, capsys):
        assert run([*DELIVER, "--cases", "other.db"]) == 1
        assert not (desk / "other.db").exists()

    def test_says_in_words_what_it_did(self, store, capsys):
        decide(store, "ada")
        assert run([*DELIVER, "--cases", "cases.db"]) == 0
        assert capsys.readouterr().out == "tool: 1 sent\n"

    def test_takes_the_store_from_the_environment(self, store, monkeypatch):
        decide(store, "ada")
        monkeypatch.setenv("HOUSEHOLD_CASES", "cases.db")
        assert run([*DELIVER]) == 0


class TestOutbox:
    def test_status_counts_and_says_since_when(self, desk, store, household, capsys):
        decide(store, "ada")
        (desk / "out").write_text("no folder")
        household(*DELIVER)
        code, told = household("outbox", "status")
        assert (code, told["left"], told["dead"]) == (0, 1, 0)
        assert told["oldest_due"] == "2026-05-01T00:00:00.000000Z"
        assert told["sinks"]["tool"]["failing"] == 1
        assert run(["outbox", "status", "--cases", "cases.db"]) == 0
        assert "tool" in capsys.readouterr().out

    def test_status_of_a_new_store_says_so(self, desk, capsys):
        assert run(["outbox", "status", "--cases", "cases.db"]) == 0
        assert "Nothing was delivered" in capsys.readouterr().out

    def test_retry_tries_again_at_once(self, desk, store, household):
        one = decide(store, "ada")
        (desk / "out").write_text("no folder")
        household(*DELIVER)
        assert household("outbox", "retry")[0] == 99, "nothing was given up"
        assert household("outbox", "retry", one, "--sink", "other")[0] == 99
        assert household("outbox", "retry", one) == (0, {"retried": 1})
        (desk / "out").unlink()
        assert household(*DELIVER)[0] == 0

    def test_snapshot_is_written_and_compared(self, desk, store, household):
        kept = decide(store, "ada", "pause_external_devices", device_id="tv-1")
        withdraw(store, decide(store, "ben"))
        code, told = household("outbox", "snapshot", "--out", "snapshot")
        assert (code, told["count"], told["sequence"]) == (0, 1, 3)
        lines = desk / "snapshot" / "treatments.ndjson"
        assert household("outbox", "snapshot", "--against", str(lines))[0] == 0
        lines.write_text("")
        code, told = household("outbox", "snapshot", "--against", str(lines))
        assert (code, told["missing"]) == (1, [kept])

    @pytest.mark.parametrize("options", [(), ("--out", "a", "--against", "b")])
    def test_snapshot_is_either_written_or_compared(self, desk, household, options):
        assert household("outbox", "snapshot", *options)[0] == 2
