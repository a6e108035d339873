"""The command `household report`."""

from pathlib import Path

from pipelines.commands.answers import COMMON, Answer, Common


def report(folder: Path, /, *, top: int = 50, common: Common = COMMON) -> Answer:
    """Write one self-contained HTML file about a run.

    Args:
        folder: A folder that `household detect` wrote; it gets report.html.
        top: Most probable flagged accounts that are told in full.
        common: Options of every command.
    """
    from detector.runs.run import Run
    from pipelines.config import read_config
    from pipelines.jobs.report import write_report

    read_config(common.config)
    Run(folder).finished()
    path = write_report(folder, top=top)
    return Answer({"report": str(path)}, lambda console: console.print(str(path), markup=False))
