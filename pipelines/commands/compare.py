"""The command `household compare`."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from pipelines.commands.answers import COMMON, Answer, Common


def compare(
    before: Path,
    after: Path,
    /,
    *,
    top: Annotated[int, Parameter(validator=Number(gte=0))] = 20,
    common: Common = COMMON,
) -> Answer:
    """List the accounts that two runs judge differently, and which evidence moved.

    Args:
        before: A folder that `household detect` wrote.
        after: Another one, of other days or by another model.
        top: Changed accounts told on the screen; --json lists all.
        common: Options of every command.
    """
    from pipelines.config import read_config
    from pipelines.jobs.compare import compare_folders, render_comparison

    read_config(common.config)
    compared = compare_folders(before, after)
    return Answer(compared.document(), lambda console: render_comparison(compared, top, console))
