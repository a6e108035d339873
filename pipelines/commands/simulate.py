"""The command `household simulate`."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from detector.errors import SettingsError
from pipelines.commands.answers import COMMON, Answer, Common


@Parameter(name="*")
@dataclass(frozen=True)
class WorldChoices:
    """The world to simulate; all else about it is set under [world] in the file of --config.

    Attributes:
        accounts: Number of accounts.
        days: Length of the log.
        seed: All randomness derives from it: the same seed gives the same bytes.
    """

    accounts: int | None = None
    days: int | None = None
    seed: int | None = None


@Parameter(name="*")
@dataclass(frozen=True)
class CourseChoices:
    """How the world goes on after its log.

    Attributes:
        months: Months of 30 days for which it goes on, 0 or more: people leave, cancel, react.
        treat: What is done to whom: account_id, wave, day, treatment; a row for each step.
        hold_outs: Accounts with their arm; nobody held out is treated or reacts.
    """

    months: Annotated[int | None, Parameter(validator=Number(gte=0))] = None
    treat: Path | None = None
    hold_outs: Path | None = None


def simulate(
    *,
    out: Path,
    world: WorldChoices | None = None,
    course: CourseChoices | None = None,
    force: Annotated[bool, Parameter(negative="", show_default=False)] = False,
    common: Common = COMMON,
) -> Answer:
    """Write a simulated world: a log, its accounts table, and the truth about each account.

    Args:
        out: Folder for the world; it gets events/, accounts.parquet and truth_*.parquet.
        world: Which world.
        course: Whether and how it goes on.
        force: Replace a world that is there.
        common: Options of every command.
    """
    from pipelines.config import read_config, replace_settings
    from pipelines.jobs.simulate import CourseJob, render_world, simulate_months, simulate_world
    from pipelines.worlds.settings import WorldSettings

    asked = asdict(world or WorldChoices())
    chosen = {key: value for key, value in asked.items() if value is not None}
    options = read_config(common.config).world | chosen
    settings = replace_settings(WorldSettings(), options, source="[world]")
    asked_for = course or CourseChoices()
    if asked_for.months is not None:
        job = CourseJob(asked_for.months, asked_for.treat, asked_for.hold_outs)
        summary = simulate_months(settings, job, out, force=force)
    elif asked_for.treat or asked_for.hold_outs:
        raise SettingsError("A world that reacts goes on for some months.", hint="--months 3")
    else:
        summary = simulate_world(settings, out, force=force)
    return Answer(summary.document(), lambda console: render_world(summary, console))
