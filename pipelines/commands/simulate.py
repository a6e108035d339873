"""The command `household simulate`."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

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


def simulate(
    *,
    out: Path,
    world: WorldChoices | None = None,
    force: Annotated[bool, Parameter(negative="", show_default=False)] = False,
    common: Common = COMMON,
) -> Answer:
    """Write a simulated world: a log, its accounts table, and the truth about each account.

    Args:
        out: Folder for the world; it gets events/, accounts.parquet and truth_*.parquet.
        world: Which world.
        force: Replace a world that is there.
        common: Options of every command.
    """
    from pipelines.config import read_config, replace_settings
    from pipelines.jobs.simulate import render_world, simulate_world
    from pipelines.worlds.settings import WorldSettings

    asked = asdict(world or WorldChoices())
    chosen = {key: value for key, value in asked.items() if value is not None}
    options = read_config(common.config).world | chosen
    settings = replace_settings(WorldSettings(), options, source="[world]")
    summary = simulate_world(settings, out, force=force)
    return Answer(summary.document(), lambda console: render_world(summary, console))
