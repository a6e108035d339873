"""From a log on disk to its self-test, as the command line makes it."""

import io
import json
import shutil

import polars as pl
import pytest
from rich.console import Console

from detector.selftest.figures import SelfTest
from pipelines.cli import run
from pipelines.jobs.selftest import SELFTEST
from pipelines.terminal.selftest import CAVEAT, render_selftest
from pipelines.worlds.build import build_world
from pipelines.worlds.settings import CLEAN, WorldSettings
from tests.pipelines.own_pool import stay_in_this_process

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("one_process")]


@pytest.fixture(scope="module")
def events():
    return build_world(WorldSettings(accounts=50, days=21, seed=9, mess=CLEAN)).events


@pytest.fixture(scope="module")
def log(events, tmp_path_factory):
    folder = tmp_path_factory.mktemp("proven") / "log"
    folder.mkdir()
    for number, part in enumerate(events.iter_slices(1 + events.height // 3)):
        part.write_parquet(folder / f"{number}.parquet")
    return folder


@pytest.fixture(scope="module")
def judged(log, tmp_path_factory):
    """A run over the log, with its self-test beside it."""
    out = tmp_path_factory.mktemp("judged") / "out"
    with pytest.MonkeyPatch.context() as patch:
        stay_in_this_process(patch)
        assert run(["detect", str(log), "--out", str(out)]) == 0
        proven(log, out, "--threads", "1")
    return out


@pytest.fixture(scope="module")
def usual(judged):
    return (judged / SELFTEST).read_bytes()


@pytest.fixture(scope="module")
def lower(log, tmp_path_factory):
    """Proven of the last two weeks, by a lower threshold."""
    with pytest.MonkeyPatch.context() as patch:
        stay_in_this_process(patch)
        patch.setenv("HOUSEHOLD__VERDICTS__THRESHOLD", "0.6")
        return proven(log, tmp_path_factory.mktemp("lower") / "out", "--window", "14")


@pytest.fixture
def out(judged, tmp_path):
    """A copy of the run, for a test to change."""
    return shutil.copytree(judged, tmp_path / "out")


def proven(log, out, *options):
    assert run(["selftest", str(log), "--out", str(out), *options]) == 0
    return (out / SELFTEST).read_bytes()


class TestSelftest:
    def test_same_bytes_whatever_the_order_and_the_threads(self, usual, events, tmp_path):
        shuffled = tmp_path / "shuffled.parquet"
        events.sample(fraction=1, shuffle=True, seed=4).write_parquet(shuffled)
        assert proven(shuffled, tmp_path / "two", "--threads", "2") == usual

    def test_a_store_proves_what_its_log_does(self, log, usual, tmp_path):
        store = str(tmp_path / "store")
        assert run(["ingest", str(log), "--store", store]) == 0
        assert run(["selftest", "--store", store, "--out", str(tmp_path / "two")]) == 0
        assert (tmp_path / "two" / SELFTEST).read_bytes() == usual

    def test_settings_and_windows_are_heard(self, usual, lower):
        before, after = (SelfTest.from_json(each.decode()) for each in (usual, lower))
        assert after.trials[0].threshold == 0.6 < before.trials[0].threshold
        assert (after.last_day - after.first_day).days == 13
        assert after.settings_sha256 != before.settings_sha256

    def test_answers_one_document_and_writes_nothing_unasked(
        self, log, usual, tmp_path, monkeypatch, capsys
    ):
        monkeypatch.chdir(tmp_path)
        before = sorted(log.parent.rglob("*"))
        assert run(["selftest", str(log), "--json"]) == 0
        assert json.loads(capsys.readouterr().out) == json.loads(usual)
        assert sorted(log.parent.rglob("*")) == before
        assert not list(tmp_path.iterdir())

    def test_the_report_of_the_same_days_says_it_in_words(self, out, usual):
        assert run(["report", str(out)]) == 0
        assert run(["verify", str(out)]) == 0
        page = " ".join((out / "report.html").read_text(encoding="utf-8").split())
        share = 100 * SelfTest.from_json(usual.decode()).trials[0].main_pairs.flagged.share
        assert f"In your log, {share:.0f} of 100 certain pairs would be found" in page
        assert CAVEAT in page
        assert "of other days" not in page

    def test_the_report_says_if_it_is_of_other_days(self, out, lower):
        (out / SELFTEST).write_bytes(lower)
        assert run(["report", str(out)]) == 0
        assert "of other days" in (out / "report.html").read_text(encoding="utf-8")

    def test_a_broken_document_is_said_by_name(self, out, capsys):
        (out / SELFTEST).write_text("{}", encoding="utf-8")
        assert run(["report", str(out)]) == 3
        assert "household selftest" in " ".join(capsys.readouterr().err.split())

    def test_too_small_a_log_ends_with_99(self, events, tmp_path, capsys):
        few = events.filter(pl.col("account_id").is_in(events["account_id"].unique().sort()[:9]))
        few.write_parquet(tmp_path / "few.parquet")
        assert (
            run(["selftest", str(tmp_path / "few.parquet"), "--out", str(tmp_path / "out")]) == 99
        )
        assert "needs 20 accounts" in capsys.readouterr().err
        assert not (tmp_path / "out").exists()

    def test_neither_log_nor_store(self, capsys):
        assert run(["selftest"]) == 2
        assert "household selftest logs/" in capsys.readouterr().err


class TestRenderSelftest:
    def test_fits_a_terminal_and_says_that_it_is_a_bound(self, usual):
        text = io.StringIO()
        render_selftest(SelfTest.from_json(usual.decode()), Console(file=text, width=80))
        printed = text.getvalue()
        assert "upper bound" in printed
        assert "…\n" not in printed
        assert all(len(line) <= 80 for line in printed.splitlines())
