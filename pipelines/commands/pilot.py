"""The commands `household pilot ...`."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from pipelines.commands.answers import COMMON, Answer, Common

PLAN = Parameter(help="What the pilot asks, as TOML; without one, the plan that is shipped.")
CLUSTERS = Parameter(
    help="account_id, cluster: the region of each account, where regions are drawn."
)


@Parameter(name="*")
@dataclass(frozen=True)
class Drawing:
    """What lots are drawn from, and by which key."""

    plan: Annotated[Path | None, PLAN] = None
    clusters: Annotated[Path | None, CLUSTERS] = None
    key: Annotated[
        Path | None, Parameter(help="File of the key, unless HOUSEHOLD_PILOT_KEY holds it.")
    ] = None
    links: Annotated[
        Path | None,
        Parameter(help="account_id, lender: accounts that borrowers took, as conversions finds."),
    ] = None
    previous: Annotated[
        Path | None, Parameter(help="hold_outs.csv of an earlier draw, whose arms are kept.")
    ] = None


def design(
    folder: Path,
    /,
    *,
    plan: Annotated[Path | None, PLAN] = None,
    clusters: Annotated[Path | None, CLUSTERS] = None,
    common: Common = COMMON,
) -> Answer:
    """Say what a pilot with the flagged accounts of a run could see, and what it could not.

    Args:
        folder: A run: the folder that household detect wrote.
        plan: What the pilot asks.
        clusters: The region of each account.
        common: Options of every command.
    """
    from pipelines.config import read_config
    from pipelines.jobs.pilot import design_pilot, render_design

    read_config(common.config)
    found = design_pilot(folder, plan, clusters)
    return Answer(found.document(), lambda console: render_design(found, console))


def assign(
    folder: Path,
    /,
    *,
    out: Path,
    drawing: Drawing | None = None,
    common: Common = COMMON,
) -> Answer:
    """Draw by lot which flagged accounts are left in peace.

    Args:
        folder: A run: the folder that household detect wrote.
        out: Folder for hold_outs.csv, which household decide --hold-outs takes, and pilot.json.
        drawing: Plan, regions, key.
        common: Options of every command.
    """
    from pipelines.config import read_config
    from pipelines.jobs.pilot import AssignJob, assign_pilot, render_assigned

    read_config(common.config)
    chosen = drawing or Drawing()
    job = AssignJob(
        folder, out, chosen.plan, chosen.clusters, chosen.key, chosen.links, chosen.previous
    )
    drawn = assign_pilot(job)
    return Answer(drawn, lambda console: render_assigned(drawn, console))


def conversions(  # noqa: PLR0913 - named as it is called
    before: Path,
    *later: Path,
    pilot: Path,
    since: Annotated[date, Parameter(help="The day on which treatment began, as 2026-06-30.")],
    out: Path,
    days: int = 180,
    common: Common = COMMON,
) -> Answer:
    """Find borrowers who took an account, and how many more of them than without the pilot.

    Args:
        before: The last run before that day.
        later: Runs since; windows that overlap show more.
        pilot: Folder of household pilot assign.
        since: The day on which treatment began.
        out: A file: Parquet, or CSV by its name.
        days: Within which an account counts.
        common: Options of every command.
    """
    from pipelines.config import read_config
    from pipelines.jobs.pilot_conversions import (
        ConversionsJob,
        measure_conversions,
        render_conversions,
    )

    read_config(common.config)
    found = measure_conversions(ConversionsJob(before, later, pilot, since, out, days))
    return Answer(found.document(), lambda console: render_conversions(found, console))


def read(  # noqa: PLR0913 - named as it is called
    outcomes: Path,
    /,
    *,
    pilot: Path,
    out: Path | None = None,
    since: Annotated[
        date | None, Parameter(help="Of regions told day by day: the first day of treatment.")
    ] = None,
    looks: Annotated[
        str, Parameter(help="Share of the pilot's whole at each look so far, as 0.2,0.45.")
    ] = "1",
    conversions: Annotated[
        Path | None, Parameter(help="What household pilot conversions wrote.")
    ] = None,
    common: Common = COMMON,
) -> Answer:
    """Compare the arms of a pilot, and say whether to stop.

    Exits with 1 if a guard-rail says stop.

    Args:
        outcomes: A row for each account of the pilot; or for each region and day, with since.
        pilot: Folder of household pilot assign.
        out: Folder for reading.json and reading.html.
        since: The first day of treatment.
        looks: Share of the whole at each look.
        conversions: Accounts that borrowers took.
        common: Options of every command.
    """
    from pipelines.config import read_config
    from pipelines.jobs.pilot_read import ReadJob, read_pilot, render_reading

    read_config(common.config)
    told = read_pilot(ReadJob(outcomes, pilot, out, since, looks, conversions))
    code = 1 if told.reading.verdict == "stop" else 0
    return Answer(told.document(), lambda console: render_reading(told, console), code)
