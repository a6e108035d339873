import io

import pytest
from rich.console import Console

from detector.runs.manifest import RowCounts
from pipelines.jobs.summary import FlaggedAccount, RunSummary, render_flagged, render_summary

WHY = "3 devices of this account live in 1 other household (99 % sure): never seen at home."


def screen(width: int) -> Console:
    return Console(file=io.StringIO(), width=width, highlight=False)


def printed(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


class TestRenderFlagged:
    @pytest.mark.parametrize("width", [80, 120])
    def test_sentences_wrap_in_their_own_column(self, width):
        console = screen(width)
        render_flagged([FlaggedAccount("acc-0000250", 0.987, 1, WHY)], console)
        lines = printed(console).splitlines()
        column = lines[0].index("Why")
        assert max(map(len, lines)) <= width
        assert " ".join("".join(f"{line[column:]} " for line in lines[1:]).split()) == WHY
        assert lines[2].startswith("acc-0000250  98.7 %       1")

    def test_nobody_looks_surer_than_sure(self):
        console = screen(80)
        render_flagged([FlaggedAccount("ada", 1.0, 1, WHY)], console)
        assert "99.9 %" in printed(console)

    def test_names_from_a_log_cannot_steer_the_terminal(self):
        console = screen(80)
        render_flagged([FlaggedAccount("[red]\x1b[2J", 0.9, 1, WHY)], console)
        assert "\x1b" not in printed(console)
        assert "[red]" in printed(console)


class TestRenderSummary:
    def test_says_what_was_left_out_and_assumed(self):
        summary = RunSummary(
            folder="results",
            accounts=2,
            flagged=1,
            verdicts={"one_household": 1, "shared": 1},
            first_day="2026-01-05",
            last_day="2026-02-15",
            rows=RowCounts(read=9, kept=5, duplicates=3, rejected={"null_time": 1}),
            files_set_aside={"july.parquet": "is truncated"},
            notes=("times without a zone were taken as UTC",),
        )
        console = screen(200)
        render_summary(summary, console)
        assert printed(console).splitlines() == [
            "results: 2 accounts judged from 5 of 9 rows, 2026-01-05 to 2026-02-15.",
            "Verdicts: 1 one household, 1 shared; 1 flagged.",
            "Rows left out: 3 duplicates, 1 null time.",
            "Set aside: july.parquet is truncated",
            "Note: times without a zone were taken as UTC",
        ]
