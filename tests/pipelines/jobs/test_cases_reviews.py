"""`household cases users|golden|reasons|reviews`, as a lead calls them."""

import io
import json
import sys
from pathlib import Path
from typing import get_args

import polars as pl
import pytest
from argon2 import PasswordHasher

from detector.cases.reviewing import claim, undo_review
from detector.cases.users import find_user
from detector.errors import SettingsError
from detector.kinds import Role
from pipelines.cli import run
from pipelines.commands.cases_users import RoleName
from pipelines.commands.choices import VARIABLE
from pipelines.jobs.cases_users import hash_password
from tests.detector.cases.answers import answered
from tests.detector.cases.builders import at, open_cases
from tests.empty_stores import open_empty
from tests.pipelines.tiny_run import write_manifest, write_tiny_run

pytestmark = pytest.mark.slow

SECRET = "four words that nobody"


@pytest.fixture
def store(tmp_path, monkeypatch):
    path = str(tmp_path / "cases.db")
    monkeypatch.setenv(VARIABLE, path)
    with open_empty(Path(path)) as opened:
        open_cases(opened, "ada", "bob")
        yield opened


@pytest.fixture
def ask(capsys):
    """Run a command, and return what it printed: its answer, or its failure."""

    def told(*words, code=0):
        assert run(["cases", *words]) == code
        out, err = capsys.readouterr()
        return err if code else out

    return told


def user(store, name):
    with store.reading() as reading:
        return find_user(reading, name, disabled=True)


class TestUsers:
    def test_the_command_line_knows_every_role(self):
        assert set(get_args(RoleName)) == {role.value for role in Role}

    def test_are_added_with_a_password_of_which_a_hash_is_kept(
        self, store, ask, monkeypatch, tmp_path
    ):
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{SECRET}\n"))
        ask("users", "add", "eve", "--role", "reviewer", "--by", "root", "--password", "-")
        (tmp_path / "zoe.txt").write_text(f"{SECRET}\n")
        file = str(tmp_path / "zoe.txt")
        ask("users", "add", "zoe", "--role", "lead", "--by", "root", "--password", file)
        for name in ("eve", "zoe"):
            hashed = user(store, name).password_hash
            assert hashed.startswith("$argon2id$")
            assert PasswordHasher().verify(hashed, SECRET)

    def test_may_come_by_a_proxy_alone(self, store, ask):
        out = ask("users", "add", "eve", "--role", "viewer", "--by", "root")
        assert out == "eve may sign in as viewer.\n"
        assert user(store, "eve").password_hash is None

    def test_are_listed_and_disabled(self, store, ask):
        ask("users", "add", "eve", "--role", "viewer", "--by", "root")
        ask("users", "disable", "eve", "--by", "root")
        assert ask("users", "list").split()[-3:] == ["eve", "viewer", "no"]
        [told] = json.loads(ask("users", "list", "--json"))["users"]
        assert (told["name"], told["disabled"]) == ("eve", True)
        assert "password_hash" not in told

    def test_can_be_given_another_role_and_password(self, store, ask, tmp_path):
        ask("users", "add", "eve", "--role", "viewer", "--by", "root")
        ask("users", "change", "eve", "--role", "lead", "--by", "root")
        assert user(store, "eve").role == Role.LEAD
        (tmp_path / "new.txt").write_text(SECRET)
        ask("users", "change", "eve", "--by", "root", "--password", str(tmp_path / "new.txt"))
        assert user(store, "eve").password_hash is not None
        assert "Nothing is to be changed" in ask("users", "change", "eve", "--by", "a", code=2)

    @pytest.mark.parametrize("password", ["", "short", "x" * 1001])
    def test_a_password_is_long_enough(self, store, ask, tmp_path, password):
        (tmp_path / "p.txt").write_text(password)
        words = ("users", "add", "eve", "--role", "admin", "--by", "root", "--password")
        told = ask(*words, str(tmp_path / "p.txt"), code=2)
        assert "12 to 1,000" in told
        assert not password or password not in told
        assert user(store, "eve") is None

    def test_a_missing_library_is_told_with_its_extra(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "argon2", None)
        with pytest.raises(SettingsError, match=r"household-detector\[review\]"):
            hash_password(SECRET)


class TestGolden:
    def test_is_added_of_a_run_and_listed(self, store, ask, tmp_path):
        folder = write_manifest(write_tiny_run(tmp_path / "run"))
        ask("golden", "add", "ada", str(folder), "clear", "--by", "lea")
        [told] = json.loads(ask("golden", "list", "--json"))["golden"]
        assert (told["account_id"], told["answer"], told["added_by"]) == ("ada", "clear", "lea")
        assert "ada" in ask("golden", "list")
        wrong = ask("golden", "add", "zed", str(folder), "clear", "--by", "lea", code=3)
        assert "does not judge the account 'zed'" in wrong


class TestReasons:
    def test_are_listed_suspended_and_lifted(self, store, ask):
        answered(store, "clear", reason_codes='["own_tv"]')
        assert ask("reasons", "suspend", "own_tv", "--by", "lea") == "own_tv: suspended.\n"
        assert "1 of 1 (100.0 %)" in ask("reasons", "list")
        assert "suspended by lea" in ask("reasons", "list")
        assert ask("reasons", "lift", "own_tv", "--by", "lea") == "own_tv: lifted.\n"
        assert "not suspended" in ask("reasons", "lift", "own_tv", "--by", "lea", code=1)

    def test_a_misspelt_one_is_refused(self, store, ask):
        answered(store, "clear", reason_codes='["own_tv"]')
        for code in ("own_tw", "own", "%", "own_t_"):
            assert "No account" in ask("reasons", "suspend", code, "--by", "lea", code=3)

    def test_of_none(self, store, ask):
        assert ask("reasons", "list") == "No reason was reviewed yet.\n"


class TestReviews:
    def test_are_all_exported(self, store, ask, tmp_path):
        for account in ("ada", "bob"):
            answered(store, account=account)
        out = tmp_path / "reviews.parquet"
        ask("reviews", "export", "--out", str(out))
        assert pl.read_parquet(out)["account_id"].to_list() == ["ada", "bob"]
        assert "there already" in ask("reviews", "export", "--out", str(out), code=2)

    def test_agreement_names_what_a_lead_settles(self, store, ask):
        assert "No golden case" in ask("reviews", "agreement")
        answered(store, "clear", by="zoe", second_of=answered(store))
        told = json.loads(ask("reviews", "agreement", "--json"))
        assert [row["account_id"] for row in told["disputed"]] == ["ada"]
        out = ask("reviews", "agreement")
        assert "0 of 1 (0.0 %)" in out
        assert "a lead settles: ada" in out


class TestHistory:
    def test_tells_in_words_who_looked_and_what_was_answered(self, store, ask):
        claim(store, "ada", "eve", at())
        undo_review(store, answered(store, "clear"), "eve", at())
        out = ask("show", "ada")
        assert [each for each in ("taken to look at", "answered: clear", "answer taken back")
                if each not in out] == []  # fmt: skip


class TestLabels:
    def test_say_how_each_account_was_drawn(self, store, ask, tmp_path):
        answered(store, "clear")
        answered(store, "confirm", "cy", drawn="random")
        out = tmp_path / "labels.csv"
        ask("labels", "--out", str(out))
        assert pl.read_csv(out).rows() == [
            ("ada", "single", "cleared", "flagged"),
            ("cy", "shared", "confirmed", "random"),
        ]
