"""The command `household report`."""

from pathlib import Path

from pipelines.commands.answers import COMMON, Answer, Common


def report(
    folder: Path,
    /,
    *,
    top: int = 50,
    accounts: list[str] | None = None,
    common: Common = COMMON,
) -> Answer:
    """Write one self-contained HTML file about a run, with all flagged accounts in a table.

    Args:
        folder: A folder that `household detect` wrote; it gets report.html.
        top: Most probable flagged accounts that are told in full.
        accounts: Tell these in full instead, flagged or not; may be given several times.
        common: Options of every command.
    """
    from detector.runs.run import Run
    from pipelines.config import read_config
    from pipelines.jobs.report import write_report

    read_config(common.config)
    Run(folder).finished()
    path = write_report(folder, top=top, accounts=accounts or ())
    return Answer({"report": str(path)}, lambda console: console.print(str(path), markup=False))
