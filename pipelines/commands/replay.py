"""The command `household replay`."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from pipelines.commands.answers import COMMON, Answer, Common
from pipelines.commands.choices import STORE


def replay(
    *runs: Path,
    policy: Annotated[tuple[Path, ...], Parameter(help="A policy file; give several.")],
    truth: Annotated[Path | None, Parameter(help="A simulated world, which knows.")] = None,
    cases: Annotated[str | None, STORE] = None,
    common: Common = COMMON,
) -> Answer:
    """Compare policies over past runs: who would be treated, and who of them wrongly.

    Nothing is kept and nothing is sent.

    Args:
        runs: Folders that household detect wrote.
        policy: The policies to compare.
        truth: A world that household simulate wrote.
        cases: A case store whose reviews are known.
        common: Options of every command.
    """
    from pipelines.config import read_config
    from pipelines.jobs.replay import ReplayJob, render_replay, replay_document
    from pipelines.jobs.replay import replay as replay_job

    read_config(common.config)
    tallies = replay_job(ReplayJob(runs, policy, truth, cases))
    return Answer(replay_document(tallies), lambda console: render_replay(tallies, console))
