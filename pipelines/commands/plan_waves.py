"""The command `household plan-waves`."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from pipelines.commands.answers import COMMON, Answer, Common
from pipelines.commands.choices import STORE


@Parameter(name="*")
@dataclass(frozen=True)
class PlanBy:
    """PlanBy which rules waves are planned, and what happened before."""

    rules: Annotated[
        Path | None, Parameter(help="Rules of waves in TOML; by default the packaged ones.")
    ] = None
    assumptions: Annotated[Path | None, Parameter(help="What is assumed of contacts, in TOML.")] = (
        None
    )
    policy: Annotated[
        Path | None, Parameter(help="The policy whose caps and quiet days are kept.")
    ] = None
    hold_outs: Annotated[
        Path | None, Parameter(help="Accounts with their arm; none of them is planned.")
    ] = None
    done: Annotated[
        Path | None, Parameter(help="An earlier wave file: waves before --start are decided.")
    ] = None
    cases: Annotated[str | None, STORE] = None
    measured: Annotated[
        Path | None, Parameter(help="Contacts that desks counted since the first wave.")
    ] = None


def plan_waves(  # noqa: PLR0913 - what waves are planned by
    folder: Path,
    /,
    *,
    accounts: Annotated[Path, Parameter(help="The accounts table: who sold each account.")],
    capacity: Annotated[Path, Parameter(help="When desks are open, and what they take in.")],
    start: Annotated[date, Parameter(help="The first day of waves, as 2026-09-07.")],
    out: Annotated[Path, Parameter(help="A folder for the plan.")],
    by: PlanBy | None = None,
    name: Annotated[str, Parameter(help="What waves are called, before their day.")] = "wave",
    seed: Annotated[int, Parameter(help="Same seed, same plan.")] = 0,
    common: Common = COMMON,
) -> Answer:
    """Plan which accounts are treated on which day, so that no desk gets more than it takes in.

    Args:
        folder: A run: the folder that household detect wrote.
        accounts: The accounts table.
        capacity: The desks.
        start: The first day.
        out: Where the plan is written.
        by: Rules, assumptions, policy, hold-outs, and what happened before.
        name: Of waves.
        seed: Of chance.
        common: Options of every command.
    """
    from pipelines.config import read_config
    from pipelines.jobs.plan_waves import PlanWavesJob, plan, render_planned

    read_config(common.config)
    chosen = by or PlanBy()
    job = PlanWavesJob(
        folder=folder,
        accounts=accounts,
        capacity=capacity,
        out=out,
        starts=start,
        rules=chosen.rules,
        assumptions=chosen.assumptions,
        policy=chosen.policy,
        hold_outs=chosen.hold_outs,
        done=chosen.done,
        cases=chosen.cases,
        measured=chosen.measured,
        name=name,
        seed=seed,
    )
    planned = plan(job)
    return Answer(planned.document(), lambda console: render_planned(planned, console))
