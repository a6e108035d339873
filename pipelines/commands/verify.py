"""The command `household verify`."""

from pathlib import Path

from pipelines.commands.answers import COMMON, Answer, Common


def verify(folder: Path, /, *, common: Common = COMMON) -> Answer:
    """Hash the tables of a run again and list what is missing, changed or unexpected.

    Exits with 1 if anything differs from run.json.

    Args:
        folder: A folder that `household detect` wrote.
        common: Options of every command.
    """
    from pipelines.config import read_config
    from pipelines.jobs.verify import render_verification, verify_run

    read_config(common.config)
    found = verify_run(folder)
    return Answer(
        {**found.model_dump(mode="json"), "is_sound": found.is_sound},
        lambda console: render_verification(found, console),
        exit_code=0 if found.is_sound else 1,
    )
