"""The command `household decide`."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from pipelines.commands.answers import COMMON, Answer, Common
from pipelines.commands.choices import STORE


@Parameter(name="*")
@dataclass(frozen=True)
class Whom:
    """About whom it is decided, and by which rules."""

    policy: Annotated[
        Path | None, Parameter(help="The policy file; without one, notices and nothing else.")
    ] = None
    wave: Annotated[
        Path | None,
        Parameter(
            help="Decide only about these accounts; its name is the wave's. With a column day, "
            "only about those whose day it is."
        ),
    ] = None
    begun: Annotated[
        bool,
        Parameter(
            negative="",
            show_default=False,
            help="Of a wave file with days: the next steps of the waves before.",
        ),
    ] = False
    measured: Annotated[
        Path | None,
        Parameter(help="Contacts that desks counted: too many stop a wave of a file with days."),
    ] = None
    hold_outs: Annotated[
        Path | None, Parameter(help="Accounts with their arm; none of them is treated.")
    ] = None


def decide(  # noqa: PLR0913 - what a night is decided by
    folder: Path,
    /,
    *,
    as_of: Annotated[date, Parameter(help="The day on which it is decided, as 2026-06-30.")],
    cases: Annotated[str | None, STORE] = None,
    whom: Whom | None = None,
    dry_run: Annotated[bool, Parameter(negative="", show_default=False)] = False,
    common: Common = COMMON,
) -> Answer:
    """Decide by a policy what is done about the accounts of a run, and put it into the outbox.

    Args:
        folder: A run: the folder that household detect wrote.
        as_of: The day on which it is decided.
        cases: The case store.
        whom: Policy, wave, hold-outs.
        dry_run: Show what would be decided, and keep nothing; needs no case store.
        common: Options of every command.
    """
    from pipelines.config import read_config
    from pipelines.jobs.decide import DecideJob, render_decided
    from pipelines.jobs.decide import decide as decide_job

    read_config(common.config)
    chosen = whom or Whom()
    job = DecideJob(
        folder=folder,
        as_of=as_of,
        cases=cases,
        policy=chosen.policy,
        wave=chosen.wave,
        hold_outs=chosen.hold_outs,
        begun=chosen.begun,
        measured=chosen.measured,
        dry_run=dry_run,
    )
    decided = decide_job(job)
    return Answer(decided.document(), lambda console: render_decided(decided, console))
