"""The command `household revert`."""

from typing import Annotated

from cyclopts import Parameter

from pipelines.commands.answers import COMMON, Answer, Common
from pipelines.commands.choices import STORE


def revert(
    what: str,
    /,
    *,
    cases: Annotated[str, STORE],
    by: Annotated[str, Parameter(help="Who does this; it stays in the history.")],
    reason: Annotated[str, Parameter(help="Why; it never leaves the store.")],
    common: Common = COMMON,
) -> Answer:
    """Take back everything that a wrong run or wave did; both stay in the history.

    Args:
        what: The run's fingerprint, as run.json has it, or eight characters of it; or a wave.
        cases: The case store.
        by: Who does this.
        reason: Why.
        common: Options of every command.
    """
    from pipelines.config import read_config
    from pipelines.jobs.revert import RevertJob, render_reverted, revert_decisions, revert_document

    read_config(common.config)
    done = revert_decisions(RevertJob(cases, what, by, reason))
    return Answer(revert_document(done), lambda console: render_reverted(done, console))
