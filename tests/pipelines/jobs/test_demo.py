import io
import json

import pytest
from rich.console import Console

from detector.settings import Settings
from pipelines.cli import run
from pipelines.jobs import demo
from pipelines.worlds.settings import WorldSettings

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("one_process")]


@pytest.fixture(autouse=True)
def small_world(monkeypatch):
    monkeypatch.setattr(demo, "WORLD", WorldSettings(accounts=80, days=28, seed=5))


class TestDemo:
    def test_tells_who_is_flagged_and_where_the_report_is(self, tmp_path):
        console = Console(file=io.StringIO(), width=80, highlight=False)
        shown = demo.run_demo(tmp_path, Settings(), 1, lambda _progress: None)
        demo.render_demo(shown, console)
        assert isinstance(console.file, io.StringIO)
        text = console.file.getvalue()
        assert shown.flagged[0].account_id in text
        report, pages = text.splitlines()[-2:]
        assert report == f"Report: {tmp_path}/results/report.html"
        assert pages.endswith(f" review {tmp_path}/results")
        assert (tmp_path / "results" / "report.html").is_file()

    def test_twice_and_as_one_document(self, tmp_path, capsys):
        assert run(["demo", "--out", str(tmp_path / "demo")]) == 0
        capsys.readouterr()
        assert run(["demo", "--out", str(tmp_path / "demo"), "--json"]) == 0
        answer = json.loads(capsys.readouterr().out)
        assert answer["summary"]["flagged"] >= len(answer["flagged"]) > 0
