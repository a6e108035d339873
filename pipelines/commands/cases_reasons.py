"""The commands `household cases reasons ...`."""

from typing import Annotated

from cyclopts import Parameter

from detector.plain_text import plain_text
from pipelines.commands.answers import COMMON, Answer, Common
from pipelines.commands.choices import STORE

By = Annotated[str, Parameter(help="Who does this; it stays in the history.")]


def list(*, cases: Annotated[str, STORE], common: Common = COMMON) -> Answer:
    """List reasons: how often each was overturned, and which flag nobody.

    Args:
        cases: The case store.
        common: Options of every command.
    """
    from pipelines.config import read_config
    from pipelines.jobs.cases_reviews import read_reasons, render_reasons

    read_config(common.config)
    found = read_reasons(cases)
    return Answer({"reasons": found.to_dicts()}, lambda console: render_reasons(found, console))


def suspend(
    code: str, /, *, by: By, cases: Annotated[str, STORE], common: Common = COMMON
) -> Answer:
    """Let a reason flag nobody until somebody lifts that.

    Args:
        code: Of `reason_codes`, as `household cases show --json` gives them.
        by: Who does it.
        cases: The case store.
        common: Options of every command.
    """
    from pipelines.config import read_config
    from pipelines.jobs.cases_reviews import suspend_in_store

    read_config(common.config)
    suspend_in_store(cases, code, by)
    return _told(code, "suspended")


def lift(code: str, /, *, by: By, cases: Annotated[str, STORE], common: Common = COMMON) -> Answer:
    """Let a suspended reason flag again; what was said of it so far is forgiven.

    Args:
        code: The reason.
        by: Who does it.
        cases: The case store.
        common: Options of every command.
    """
    from pipelines.config import read_config
    from pipelines.jobs.cases_reviews import lift_in_store

    read_config(common.config)
    lift_in_store(cases, code, by)
    return _told(code, "lifted")


def _told(code: str, state: str) -> Answer:
    words = plain_text(f"{code}: {state}.")
    return Answer(
        {"code": code, "state": state}, lambda console: console.print(words, markup=False)
    )
