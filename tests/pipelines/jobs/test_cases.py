import json
from pathlib import Path
from typing import get_args

import polars as pl
import pytest
from sqlalchemy import update

from detector.cases.rows import MOVES
from detector.kinds import CaseState
from detector.learning.labels import clean_labels
from pipelines.cli import run
from pipelines.commands.cases import State
from pipelines.commands.choices import VARIABLE
from pipelines.jobs.calibrate import read_labels
from pipelines.jobs.cases import KEY_VARIABLE
from tests.detector.cases.builders import decided, moves, open_cases, walk
from tests.empty_stores import open_empty

pytestmark = pytest.mark.slow


@pytest.fixture
def store(tmp_path, monkeypatch):
    """A store with two cases, named by the variable; ada got a notice and a pause."""
    path = str(tmp_path / "cases.db")
    monkeypatch.setenv(VARIABLE, path)
    with open_empty(Path(path)) as opened:
        open_cases(opened, "ada", partner="north")
        open_cases(opened, "bob", country="FR")
        with opened.writing("decide", 1) as writing:
            writing.add_decisions(decided("ada"))
            writing.add_decisions(decided("ada", "pause_external_devices", device="tv"))
            writing.move(moves("ada", to="warned", version=1, note="[red]a notice"))
        yield opened


@pytest.fixture
def ask(capsys):
    """Run a command, and return its exit code and what it printed."""

    def answered(*words, code=0):
        assert run(["cases", *words]) == code
        out, err = capsys.readouterr()
        return out if code in (0, 1) and not err else err

    return answered


@pytest.fixture
def ask_json(ask):
    return lambda *words, code=0: json.loads(ask(*words, "--json", code=code))


def test_the_command_line_knows_every_state():
    assert set(get_args(State)) == {state.value for state in CaseState}


class TestList:
    def test_chooses_and_counts(self, store, ask_json):
        told = ask_json("list", "--state", "open", "--country", "FR")
        assert [case["account_id"] for case in told["cases"]] == ["bob"]
        assert told["counts"] == {"open": 1, "warned": 1}
        assert told["after"] is None

    def test_turns_pages(self, store, ask_json):
        first = ask_json("list", "--limit", "1")
        second = ask_json("list", "--limit", "1", "--after", first["after"])
        assert [page["cases"][0]["account_id"] for page in (first, second)] == ["ada", "bob"]

    def test_is_a_table_for_people(self, store, ask):
        out = ask("list", "--limit", "1")
        assert "1 open, 1 warned" in out
        assert "north" in out
        assert "--after 'ada'" in out

    def test_of_nothing(self, tmp_path, ask):
        path = str(tmp_path / "new.db")
        open_empty(Path(path)).close()
        assert "Cases: none." in ask("list", "--cases", path)

    def test_an_empty_page_is_refused(self, store, ask):
        assert "at least one" in ask("list", "--limit", "0", code=2)

    def test_a_misspelt_store_is_not_made(self, tmp_path, ask):
        path = tmp_path / "csaes.db"
        assert "There is no case store" in ask("list", "--cases", str(path), code=1)
        assert not path.exists()

    def test_a_store_must_be_named(self, ask, monkeypatch):
        monkeypatch.delenv(VARIABLE, raising=False)
        assert "--cases" in ask("list", code=2)


class TestShow:
    def test_tells_history_and_what_is_in_force(self, store, ask):
        out = ask("show", "ada")
        for words in ("warned, since", "Two homes.", "open → warned", "[red]a notice", "pause"):
            assert words in out

    def test_gives_one_document(self, store, ask_json):
        told = ask_json("show", "ada")
        assert told["case"]["state"] == "warned"
        assert [move["to_state"] for move in told["history"]] == ["open", "warned"]
        assert [each["device_id"] for each in told["in_force"]] == [None, "tv"]

    def test_an_unknown_account_is_told(self, store, ask):
        assert "There is no case of the account 'eve'" in ask("show", "eve", code=1)


class TestActions:
    def test_an_appeal_from_the_first_sentence_to_the_answer(self, store, ask, ask_json):
        assert "ada: appealed." in ask("appeal", "ada", "--by", "eve", "--note", "her daughter")
        assert ask_json("show", "ada")["in_force"] == []
        why = ("--reason", "student", "--until", "2999-01-01")
        told = ask_json("answer", "ada", "overturn", "--by", "max", *why)
        assert told == {"account_id": "ada", "state": "overturned"}
        assert ask_json("show", "ada")["case"]["until"] == "2999-01-01"

    def test_a_decision_and_back(self, store, ask_json):
        states = [
            ask_json("decide", "bob", decision, "--by", "eve")["state"]
            for decision in ("unsure", "confirm", "undo", "clear")
        ]
        assert states == ["under_review", "confirmed", "under_review", "cleared"]

    def test_an_exemption(self, store, ask_json):
        told = ask_json("exempt", "ada", "--reason", "staff", "--by", "eve")
        assert told["state"] == "exempt"
        assert ask_json("show", "ada")["history"][-1]["note"] == "staff"

    def test_who_looked_before_somebody_decided_is_told(self, store, ask):
        ask("decide", "bob", "clear", "--by", "eve")
        err = ask("decide", "bob", "confirm", "--by", "max", "--version", "1", code=1)
        assert "eve made it cleared on" in err

    @pytest.mark.parametrize(
        "words",
        [
            ("decide", "bob", "clear"),
            ("exempt", "bob", "--by", "eve"),
            ("exempt", "bob", "--by", "eve", "--reason", "x", "--until", "2001-01-01"),
            ("answer", "bob", "maybe", "--by", "eve", "--reason", "x"),
        ],
        ids=["nobody signs", "no reason", "over already", "no answer"],
    )
    def test_what_is_not_whole_is_refused(self, store, ask, words):
        ask(*words, code=2)


class TestLabels:
    @pytest.mark.parametrize("name", ["labels.csv", "labels.parquet"])
    def test_can_be_calibrated_on(self, store, ask_json, tmp_path, name):
        walk(store, "bob", "under_review", "confirmed")
        out = tmp_path / name
        assert ask_json("labels", "--out", str(out)) == {"labels": str(out), "shared": 1}
        assert clean_labels(read_labels(out)).rows() == [("bob", "shared")]

    def test_no_file_is_written_over(self, store, ask, tmp_path):
        out = tmp_path / "labels.csv"
        out.write_text("mine")
        assert "is there already" in ask("labels", "--out", str(out), code=2)
        assert out.read_text() == "mine"


class TestVerify:
    @pytest.fixture
    def signed(self, store, ask, tmp_path):
        key, out = tmp_path / "key", tmp_path / "checkpoint.json"
        key.write_text("0123456789abcdef\n")
        ask("checkpoint", "--key", str(key), "--out", str(out))
        return ("--checkpoint", str(out), "--key", str(key))

    def test_a_whole_store(self, store, ask, signed):
        assert "Whole: 5 moves and 2 decisions" in ask("verify", *signed)

    def test_a_changed_one_ends_with_1(self, store, ask_json, signed):
        with store.engine.begin() as connection:
            connection.execute(update(MOVES).where(MOVES.c.seq == 2).values(note="never"))
        told = ask_json("verify", *signed, code=1)
        assert told["breaks"] == ["Move 2 was changed after it was written."]

    def test_the_key_may_come_from_the_environment(self, store, ask, signed, monkeypatch):
        monkeypatch.setenv(KEY_VARIABLE, "0123456789abcdef")
        assert "Whole" in ask("verify", *signed[:2])
        monkeypatch.setenv(KEY_VARIABLE, "another key of 16")
        assert "not signed with this key" in ask("verify", *signed[:2], code=1)

    def test_a_key_is_needed(self, store, ask, signed, monkeypatch):
        monkeypatch.delenv(KEY_VARIABLE, raising=False)
        assert "--key FILE" in ask("verify", *signed[:2], code=2)


def test_reason_codes_are_part_of_the_document(tmp_path, ask):
    path = str(tmp_path / "cases.db")
    with open_empty(Path(path)) as opened:
        open_cases(opened, "ada", reason_codes='[{"code":"own_tv","parameters":"{}"}]')
    told = json.loads(ask("show", "ada", "--cases", path, "--json"))
    assert told["case"]["reason_codes"] == [{"code": "own_tv", "parameters": "{}"}]
    assert pl.DataFrame(told["in_force"]).is_empty()
