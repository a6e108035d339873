"""The command `household demo`."""

from pathlib import Path
from typing import Any

from pipelines.commands.answers import COMMON, Answer, Common, start_log
from pipelines.commands.choices import Switch


def demo(*, out: Path = Path("demo"), rollout: Switch = False, common: Common = COMMON) -> Answer:
    """Simulate a small world, judge it, print who is flagged and why, write a report.

    Args:
        out: Folder for the world and the results.
        rollout: Roll out to a simulated service instead, month by month: waves, decisions,
            answers, feedback, a pilot, and a report about all of it.
        common: Options of every command.
    """
    import os

    from pipelines.config import read_config
    from pipelines.jobs.demo import render_demo, run_demo
    from pipelines.terminal.progress import progress_bars

    settings, threads = read_config(common.config).settings, len(os.sched_getaffinity(0))
    if rollout:
        return _rehearse(out, settings, threads)
    with progress_bars(start_log()) as tell:
        shown = run_demo(out, settings, threads, tell)
    return Answer(shown.document(), lambda console: render_demo(shown, console))


def _rehearse(out: Path, settings: Any, threads: int) -> Answer:  # noqa: ANN401 - heavy to load
    from pipelines.jobs.rehearsal import PLAN, rehearse, render_rehearsal
    from pipelines.jobs.rehearsal_steps import Judging
    from pipelines.terminal.progress import progress_bars

    with progress_bars(start_log()) as tell:
        done = rehearse(out, PLAN, Judging(settings, threads, tell))
    return Answer(done.document(), lambda console: render_rehearsal(done, console))
