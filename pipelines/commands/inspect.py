"""The command `household inspect`."""

import json
from pathlib import Path

from pipelines.commands.answers import COMMON, Answer, Common


def inspect(folder: Path, account: str, /, *, common: Common = COMMON) -> Answer:
    """Tell one account's story: households, evidence for and against, days.

    Args:
        folder: A folder that `household detect` wrote.
        account: The account's id, exactly as in the log.
        common: Options of every command.
    """
    from detector.runs.run import Run
    from pipelines.config import read_config
    from pipelines.jobs.inspect import inspect_account, render_story

    read_config(common.config)
    Run(folder).finished()
    story = inspect_account(folder, account)
    return Answer(json.loads(story.to_json()), lambda console: render_story(story, console))
