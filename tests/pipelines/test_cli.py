import json
import subprocess
import sys

import polars as pl
import pytest

from detector.errors import (
    InputError,
    NothingToDoError,
    PartialRunError,
    SettingsError,
)
from pipelines.cli import COMMANDS, run
from pipelines.commands.failures import Terminated
from pipelines.jobs.detect import TABLES

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("one_process")]

HEAVY = {"polars", "numpy", "numba", "scipy", "sklearn", "hdbscan", "pyarrow", "pydantic", "jinja2"}


@pytest.fixture
def world(tmp_path):
    folder = tmp_path / "world"
    assert run(["simulate", "--accounts", "3", "--days", "2", "--out", str(folder)]) == 0
    return folder


def failing(monkeypatch, error: BaseException) -> list[str]:
    """A command line whose job ends with this error."""

    def fail(_folder):
        raise error

    monkeypatch.setattr("pipelines.jobs.verify.verify_run", fail)
    return ["verify", "results"]


class TestHelp:
    @pytest.mark.parametrize("command", COMMANDS)
    def test_each_command_has_an_example_and_the_common_options(self, command, capsys):
        assert run([*command.split(), "--help"]) == 0
        out = capsys.readouterr().out
        assert f"Example: household {command}" in out
        assert all(option in out for option in ("--json", "--config", "--debug"))

    def test_help_loads_no_heavy_library(self):
        program = (
            "import sys\n"
            "from pipelines.cli import COMMANDS, run\n"
            "for words in [[], *(command.split() for command in COMMANDS)]:\n"
            "    run([*words, '--help'])\n"
            f"print('loaded:', sorted({HEAVY!r} & set(sys.modules)))\n"
        )
        ended = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True
        )
        assert ended.stdout.splitlines()[-1] == "loaded: []"


class TestJson:
    def test_answer_is_one_document(self, world, capsys):
        capsys.readouterr()
        arguments = ["simulate", "--accounts", "3", "--days", "2", "--out", str(world), "--force"]
        assert run([*arguments, "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["folder"] == str(world)

    def test_failure_is_one_document_too(self, monkeypatch, capsys):
        assert run([*failing(monkeypatch, InputError("no log")), "--json"]) == 3
        out, err = capsys.readouterr()
        assert json.loads(out) == {"error": "no log", "exit_code": 3}
        assert err == "no log\n"


class TestExitCodes:
    @pytest.mark.parametrize(
        ("error", "code"),
        [
            (RuntimeError("surprise"), 1),
            (SettingsError("days"), 2),
            (InputError("no log"), 3),
            (PartialRunError("disk full"), 4),
            (NothingToDoError("done"), 99),
            (KeyboardInterrupt(), 130),
            (Terminated(), 143),
        ],
        ids=lambda case: type(case).__name__,
    )
    def test_each_failure_has_its_code_and_no_traceback(self, monkeypatch, capsys, error, code):
        assert run(failing(monkeypatch, error)) == code
        assert "Traceback" not in capsys.readouterr().err

    @pytest.mark.parametrize(
        "arguments",
        [["verfy", "results"], ["verify"], ["verify", "results", "--jsn"], ["simulate"]],
        ids=" ".join,
    )
    def test_wrong_usage(self, arguments, capsys):
        assert run(arguments) == 2
        assert "Traceback" not in capsys.readouterr().err

    @pytest.mark.parametrize(
        ("arguments", "told"),
        [
            (["--as-of", "yesterday"], "write a day as 2026-06-30"),
            (["--as-of", "0001-01-01"], "greater than or equal to 2000-01-01"),
            (["--window", "4000000"], "less than or equal to 3660"),
            (["--cidr", "hosting="], "is not KIND=FILE"),
            (["--cidr", "foo=blocks.txt"], "known are hosting"),
        ],
        ids=lambda case: "=".join(case) if isinstance(case, list) else "",
    )
    def test_wrong_choices_say_what_is_right(self, arguments, told, capsys, tmp_path):
        assert run(["detect", "log", "--out", str(tmp_path / "out"), *arguments]) == 2
        assert told in capsys.readouterr().err

    @pytest.mark.parametrize("name", ["duckdb", "deltalake", "pyspark", "pg8000"])
    def test_missing_library_names_the_extra_that_brings_it(self, monkeypatch, capsys, name):
        error = ModuleNotFoundError(f"No module named {name!r}", name=name)
        assert run(failing(monkeypatch, error)) == 2
        assert "pip install 'household-detector[" in capsys.readouterr().err

    def test_surprise_names_the_way_to_its_traceback(self, monkeypatch, capsys):
        run(failing(monkeypatch, RuntimeError("two\nlines")))
        assert capsys.readouterr().err == (
            "Unexpected RuntimeError: two lines (re-run with --debug)\n"
        )

    @pytest.mark.parametrize("command", [["demo"], ["bench", "--events", "1000"]])
    def test_place_that_cannot_be_is_named(self, command, capsys, tmp_path):
        taken = tmp_path / "notes.txt"
        taken.touch()
        assert run([*command, "--out", str(taken / "out")]) == 1
        told = capsys.readouterr().err
        assert f"{taken}/out" in told
        assert "not a directory" in told
        assert "Unexpected" not in told

    def test_panic_of_polars_is_a_failure_like_others(self, monkeypatch, capsys):
        assert run(failing(monkeypatch, pl.exceptions.PanicException("index out of bounds"))) == 1
        assert "Unexpected PanicException" in capsys.readouterr().err

    def test_debug_shows_the_traceback(self, monkeypatch, capsys):
        run([*failing(monkeypatch, RuntimeError("surprise")), "--debug"])
        assert "Traceback" in capsys.readouterr().err

    def test_message_cannot_steer_the_terminal(self, monkeypatch, capsys):
        run(failing(monkeypatch, InputError("account \x1b[2J")))
        assert "\x1b" not in capsys.readouterr().err


class TestConfig:
    @pytest.mark.parametrize("command", ["verify", "inspect"])
    def test_misspelt_setting_stops_every_command(self, tmp_path, command, capsys):
        (tmp_path / "mine.toml").write_text("[window]\ndayz = 7")
        account = ["ada"] if command == "inspect" else []
        config = ["--config", str(tmp_path / "mine.toml")]
        assert run([command, str(tmp_path), *account, *config]) == 2
        assert "window.days" in capsys.readouterr().err


class TestSimulate:
    def test_world_is_not_replaced_by_accident(self, world):
        assert run(["simulate", "--out", str(world)]) == 2

    def test_other_things_are_never_replaced(self, tmp_path):
        (tmp_path / "thesis.tex").touch()
        assert run(["simulate", "--out", str(tmp_path), "--force"]) == 2
        assert (tmp_path / "thesis.tex").exists()

    def test_world_settings_come_from_the_file(self, tmp_path, capsys):
        (tmp_path / "mine.toml").write_text("[world]\naccounts = 4\ndays = 1")
        out = ["--out", str(tmp_path / "world"), "--config", str(tmp_path / "mine.toml")]
        assert run(["simulate", *out, "--json"]) == 0
        assert sum(json.loads(capsys.readouterr().out)["accounts"].values()) == 4


class TestInspectLog:
    def test_one_document(self, world, capsys):
        capsys.readouterr()
        assert run(["inspect-log", str(world / "events"), "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["files"] == 1

    def test_no_log(self, tmp_path):
        assert run(["inspect-log", str(tmp_path / "nowhere")]) == 3


class TestDetect:
    def test_answer_then_nothing_to_do(self, world, tmp_path, capsys):
        capsys.readouterr()
        arguments = ["detect", str(world / "events"), "--out", str(tmp_path / "out"), "--json"]
        assert run(arguments) == 0
        answer = json.loads(capsys.readouterr().out)
        assert sum(answer["verdicts"].values()) == answer["accounts"] > 0
        assert run(arguments) == 99

    @pytest.mark.usefixtures("children")
    def test_same_bytes_whatever_the_threads(self, world, tmp_path):
        for threads in ("1", "2"):
            out = ["--out", str(tmp_path / threads), "--threads", threads]
            assert run(["detect", str(world / "events"), *out]) == 0
        one, two = (sorted((tmp_path / t).glob("*.parquet")) for t in ("1", "2"))
        assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]
        assert len(one) == len(TABLES)

    @pytest.mark.parametrize(
        "wrong",
        [["--threads", "0"], ["--window", "0"], ["--cidr", "blocks"], ["--as-of", "monday"]],
        ids=" ".join,
    )
    def test_wrong_options(self, world, tmp_path, wrong):
        assert run(["detect", str(world / "events"), "--out", str(tmp_path / "out"), *wrong]) == 2
        assert not (tmp_path / "out").exists()

    def test_every_command_reads_the_run(self, world, tmp_path, capsys):
        out = str(tmp_path / "out")
        assert run(["detect", str(world / "events"), "--out", out]) == 0
        account = pl.read_parquet(tmp_path / "out" / "accounts.parquet")["account_id"][0]
        assert run(["inspect", out, account]) == 0
        assert run(["evaluate", out, "--truth", str(world)]) == 0
        assert run(["report", out]) == 0
        capsys.readouterr()
        assert run(["verify", out, "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["is_sound"]

    def test_unfinished_run_is_not_told_as_a_result(self, tmp_path, capsys):
        assert run(["report", str(tmp_path)]) == 1
        assert "no finished run" in capsys.readouterr().err


class TestStore:
    def test_from_log_to_verdicts(self, world, tmp_path, capsys):
        store, out = str(tmp_path / "store"), str(tmp_path / "out")
        assert run(["ingest", str(world / "events"), "--store", store, "--memory", "1500"]) == 0
        records = ["--accounts", str(world / "accounts.parquet")]
        assert run(["detect", "--store", store, "--out", out, "--memory", "1500", *records]) == 0
        assert run(["ingest", str(world / "events"), "--store", store]) == 99

    @pytest.mark.parametrize("option", ["--only", "--preset", "--mmdb"])
    def test_how_a_log_is_read_is_asked_when_it_is_ingested(self, option, tmp_path, capsys):
        command = ["detect", "--store", str(tmp_path), "--out", str(tmp_path / "out")]
        assert run([*command, option, str(tmp_path / "x")]) == 2
        assert f"give {option} to household ingest" in " ".join(capsys.readouterr().err.split())
