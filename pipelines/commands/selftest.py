"""The command `household selftest`."""

import json
from pathlib import Path

from pipelines.commands.answers import COMMON, Answer, Common, start_log
from pipelines.commands.choices import JudgingChoices, plan_judging

CHOICES = JudgingChoices()


def selftest(
    logs: tuple[str, ...] = (),
    /,
    *,
    out: Path | None = None,
    choices: JudgingChoices = CHOICES,
    common: Common = COMMON,
) -> Answer:
    """Tell what a log proves of the detector without a label.

    Args:
        logs: Parquet, CSV or JSON files, folders of them, or patterns in quotes.
        out: Folder that gets selftest.json; a run of the same log shows it in its report.
        choices: How the log is read and its accounts are judged.
        common: Options of every command.
    """
    job = plan_judging("selftest", logs, out or Path(), choices, common.config)
    from pipelines.jobs.selftest import selftest as test_log
    from pipelines.jobs.selftest import write_selftest
    from pipelines.terminal.progress import progress_bars
    from pipelines.terminal.selftest import render_selftest

    with progress_bars(start_log()) as tell:
        found = test_log(job, tell)
    if out is not None:
        write_selftest(found, out)
    return Answer(json.loads(found.to_json()), lambda console: render_selftest(found, console))
