"""Job: the whole way on a small simulated world, for a first look."""

import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from shutil import which

from rich.console import Console

from detector.measuring.figures import Evaluation
from detector.policy.read import DEFAULT
from detector.runs.run import Run
from detector.settings import Settings
from pipelines.jobs.decide import DecideJob, decide
from pipelines.jobs.detect import DetectJob, detect
from pipelines.jobs.evaluate import evaluate_run
from pipelines.jobs.report import write_report
from pipelines.jobs.simulate import simulate_world
from pipelines.jobs.summary import (
    FlaggedAccount,
    RunSummary,
    list_flagged,
    render_flagged,
    render_summary,
    summarize_run,
)
from pipelines.reading.options import Progress, ReadOptions
from pipelines.terminal.drawing import counted, percent, print_title
from pipelines.worlds.settings import WorldSettings

WORLD = WorldSettings(accounts=400, days=42, seed=2026)
SHOWN = 10
"""Flagged accounts printed; the report tells all of them."""


@dataclass(frozen=True)
class Demo:
    """What the demonstration made and found."""

    world: str
    results: str
    report: str
    summary: RunSummary
    flagged: list[FlaggedAccount]
    evaluation: Evaluation
    policy: str
    notices: int
    """Accounts that the policy would give notice, in a dry run of the next day."""
    message: str
    """One of these decisions as it would be sent; empty if there is none."""

    def document(self) -> dict[str, object]:
        """The demonstration as plain values."""
        return asdict(self)


def run_demo(
    folder: Path, settings: Settings, threads: int, on_progress: Callable[[Progress], None]
) -> Demo:
    """Simulate a small world, judge it, hold it against the truth and report.

    Args:
        folder: Gets the world and the results; those of an earlier demo are replaced.
        settings: All stages' settings.
        threads: Cores to use.
        on_progress: Told after each piece of reading.
    """
    world, results = folder / "world", folder / "results"
    simulate_world(WORLD, world, force=True)
    options = ReadOptions(threads=threads, accounts=world / "accounts.parquet")
    logs = (str(world / "events"),)
    detect(DetectJob(logs, results, settings, options, force=True), on_progress)
    evaluation = evaluate_run(results, world)
    policy = _write_policy(folder / "policy.toml")
    last = Run(results).finished().window
    tomorrow = (last.last_day if last else WORLD.first_day) + timedelta(days=1)
    decided = decide(DecideJob(results, tomorrow, policy=policy, dry_run=True))
    return Demo(
        world=str(world),
        results=str(results),
        report=str(write_report(results)),
        summary=summarize_run(results),
        flagged=list_flagged(results, SHOWN),
        evaluation=evaluation,
        policy=str(policy),
        notices=decided.decisions.height,
        message=next(iter(decided.messages), ""),
    )


def _write_policy(path: Path) -> Path:
    """The policy that is shipped, but that a first run is enough for it."""
    text = DEFAULT.read_text(encoding="utf-8")
    path.write_text(text.replace("min_runs_flagged = 2", "min_runs_flagged = 1"), encoding="utf-8")
    return path


def render_demo(demo: Demo, console: Console) -> None:
    """Print who was flagged and why, how right that was, and where to look next."""
    print_title("Flagged accounts", console)
    render_flagged(demo.flagged, console)
    rest = demo.summary.flagged - len(demo.flagged)
    if rest > 0:
        console.print(f"... and {rest:,} more.\n")
    render_summary(demo.summary, console)
    _render_truth(demo.evaluation, console)
    console.print(
        f"By {demo.policy}, {counted(demo.notices, 'account')} would be given notice the next day, "
        "and nothing else; nothing was kept or sent. One of them as it would be sent:",
        markup=False,
    )
    console.print(demo.message, markup=False, highlight=False, soft_wrap=True, style="dim")
    account = demo.flagged[0].account_id if demo.flagged else "ACCOUNT"
    program = "household" if which("household") else sys.argv[0]
    for line in (
        f"One account's story: {program} inspect {demo.results} {account}",
        f"Report: {demo.report}",
        f"Pages to decide on (extra: review): {program} review {demo.results}",
    ):
        console.print(line, markup=False, soft_wrap=True)


def _render_truth(evaluation: Evaluation, console: Console) -> None:
    """The world is simulated, so the truth about each account is known."""
    precision, recall = evaluation.flags.precision, evaluation.flags.recall
    console.print(
        f"Against the truth: {precision.hits:,} of {precision.of:,} flags in clear cases are right "
        f"({percent(precision.share)}), {recall.hits:,} of {recall.of:,} shared accounts are "
        f"found ({percent(recall.share)})."
    )
