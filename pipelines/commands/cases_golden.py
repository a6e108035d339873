"""The commands `household cases golden ...`."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from pipelines.commands.answers import COMMON, Answer, Common
from pipelines.commands.choices import STORE


def add(  # noqa: PLR0913 - named as it is called
    account: str,
    run: Path,
    known: Literal["confirm", "clear", "swap"],
    /,
    *,
    by: Annotated[str, Parameter(help="Who knows it; it stays in the history.")],
    cases: Annotated[str, STORE],
    common: Common = COMMON,
) -> Answer:
    """Say what is known of an account as a run shows it, to measure reviewers by.

    Args:
        account: The account's id, exactly as in the log.
        run: The folder of the run.
        known: confirm: it shares; clear: it does not; swap: it shares, and its home is another.
        by: Who knows it.
        cases: The case store.
        common: Options of every command.
    """
    from pipelines.config import read_config
    from pipelines.jobs.cases_reviews import add_golden_case

    read_config(common.config)
    told = add_golden_case(cases, account, run, known, by)
    return Answer(told, lambda console: console.print("It is mixed in from now on."))


def list(*, cases: Annotated[str, STORE], common: Common = COMMON) -> Answer:
    """List the accounts whose answer is known; keep it from reviewers.

    Args:
        cases: The case store.
        common: Options of every command.
    """
    from pipelines.config import read_config
    from pipelines.jobs.cases_reviews import read_golden, render_golden

    read_config(common.config)
    found = read_golden(cases)
    return Answer({"golden": found.to_dicts()}, lambda console: render_golden(found, console))
