"""The command `household feedback`."""

from pathlib import Path
from typing import Annotated

from pipelines.commands.answers import COMMON, Answer, Common
from pipelines.commands.choices import STORE


def feedback(results: Path, /, *, cases: Annotated[str, STORE], common: Common = COMMON) -> Answer:
    """Take in what other systems tell: appealed, verified by code, extra member bought, ...

    Each result is taken in once, however often it is told. An appeal pauses everything at once.

    Args:
        results: CSV, NDJSON or Parquet with feedback_id, account_id, kind, and maybe decision_id.
        cases: The case store.
        common: Options of every command.
    """
    from pipelines.config import read_config
    from pipelines.jobs.feedback import FeedbackJob, render_feedback, take_feedback

    read_config(common.config)
    counts = take_feedback(FeedbackJob(cases, results))
    return Answer({"new": counts}, lambda console: render_feedback(counts, console))
