import io
import json

import polars as pl
import pytest
from rich.console import Console

from detector.errors import DetectorError
from detector.runs.manifest import Manifest
from detector.runs.run import MANIFEST, Run
from detector.schemas import Evidence
from pipelines.cli import run
from pipelines.jobs.compare import compare_folders, render_comparison
from tests.pipelines.tiny_run import BOB, ESCAPE, TinyRun, account, write_manifest, write_run

pytestmark = pytest.mark.slow


class CalmBob(TinyRun):
    """Bob before his television lived elsewhere for long."""

    def accounts(self):
        doubt = {"verdict": "insufficient_evidence", "flagged": False, "probability": 0.5}
        return [{**super().accounts()[0], **doubt, "evidence_bits": 0.0}]

    def evidence(self):
        weaker = {"separation": 2.5, "persistence": 1.5}
        return [
            row | {"bits": weaker.get(row["factor"], row["bits"])} for row in super().evidence()
        ]


@pytest.fixture
def runs(tmp_path):
    before = write_run(tmp_path / "monday", CalmBob(), honest=[account("ada"), account("eve")])
    after = write_run(tmp_path / "tuesday", BOB, honest=[account("ada"), account("zoe")])
    for folder in (before, after):
        write_manifest(folder)
    return before, after


def printed(compared, top=20):
    text = io.StringIO()
    render_comparison(compared, top, Console(file=text, width=110))
    return text.getvalue()


def change_manifest(folder, **fields):
    manifest = Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    (folder / MANIFEST).write_text(manifest.model_copy(update=fields).model_dump_json())


class TestCompareFolders:
    def test_who_changed_and_why(self, runs):
        found = compare_folders(*runs).comparison
        assert [c.account_id for c in found.changes] == ["bob"]
        assert [(m.factor, m.bits) for m in found.changes[0].moves] == [
            ("separation", 4.0),
            ("persistence", 1.0),
        ]

    def test_a_run_of_a_version_that_named_no_themes(self, runs):
        found = compare_folders(*runs).comparison
        path = Run(runs[0]).path(Evidence)
        pl.read_parquet(path).drop("theme").write_parquet(path)
        assert compare_folders(*runs).comparison == found

    def test_accounts_of_one_run_only(self, runs):
        found = compare_folders(*runs).comparison
        assert (found.only_before, found.only_after) == (("eve",), ("zoe",))

    def test_equal_runs_differ_in_nothing(self, runs):
        assert compare_folders(*runs).differs_in == ""

    def test_what_sets_the_runs_apart(self, runs):
        change_manifest(runs[1], settings={"window": {"days": 7}}, options={"model": "f" * 64})
        assert compare_folders(*runs).differs_in == "options, settings (window), model"

    def test_an_unfinished_run(self, runs):
        (runs[1] / MANIFEST).unlink()
        with pytest.raises(DetectorError, match="no finished run"):
            compare_folders(*runs)


class TestRender:
    def test_totals_table_and_reasons(self, runs):
        text = printed(compare_folders(*runs))
        assert "1 newly flagged, 0 released" in text
        assert "bob: insufficient evidence → shared, newly flagged" in text
        assert "+4.00 bits separation: Its devices never came home." in text

    def test_only_the_top_is_told(self, runs):
        text = printed(compare_folders(*runs), top=0)
        assert "bob" not in text
        assert "1 more" in text

    def test_ids_cannot_steer_the_terminal(self, tmp_path, runs):
        evil = [account(ESCAPE, verdict="insufficient_evidence")]
        folder = write_manifest(write_run(tmp_path / "evil", honest=evil))
        other = write_manifest(write_run(tmp_path / "good", honest=[account(ESCAPE)]))
        assert "\x1b" not in printed(compare_folders(folder, other))
        assert "\x1b" not in printed(compare_folders(folder, runs[0]))


class TestCommand:
    def test_answer_is_one_document(self, runs, capsys):
        assert run(["compare", *map(str, runs), "--json"]) == 0
        answer = json.loads(capsys.readouterr().out)
        assert answer["comparison"]["newly_flagged"] == 1
        assert answer["comparison"]["changes"][0]["moves"][0]["bits_after"] == 6.5

    def test_screen(self, runs, capsys):
        assert run(["compare", *map(str, runs)]) == 0
        assert "bob" in capsys.readouterr().out

    def test_wrong_usage(self, runs):
        assert run(["compare", str(runs[0])]) == 2
        assert run(["compare", *map(str, runs), "--top", "-1"]) == 2
