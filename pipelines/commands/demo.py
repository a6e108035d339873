"""The command `household demo`."""

from pathlib import Path

from pipelines.commands.answers import COMMON, Answer, Common, start_log


def demo(*, out: Path = Path("demo"), common: Common = COMMON) -> Answer:
    """Simulate a small world, judge it, print who is flagged and why, write a report.

    Args:
        out: Folder for the world and the results.
        common: Options of every command.
    """
    import os

    from pipelines.config import read_config
    from pipelines.jobs.demo import render_demo, run_demo
    from pipelines.terminal.progress import progress_bars

    settings = read_config(common.config).settings
    with progress_bars(start_log()) as tell:
        shown = run_demo(out, settings, len(os.sched_getaffinity(0)), tell)
    return Answer(shown.document(), lambda console: render_demo(shown, console))
