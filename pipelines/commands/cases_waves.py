"""The commands `household cases waves ...`."""

from typing import Annotated

from cyclopts import Parameter

from detector.plain_text import plain_text
from pipelines.commands.answers import COMMON, Answer, Common
from pipelines.commands.choices import STORE


def list(*, cases: Annotated[str, STORE], common: Common = COMMON) -> Answer:
    """List which stop rules kept waves from being decided, and who lifted them.

    Args:
        cases: The case store.
        common: Options of every command.
    """
    from pipelines.config import read_config
    from pipelines.jobs.cases_waves import list_stops, render_stops

    read_config(common.config)
    found = list_stops(cases)
    return Answer({"stops": found}, lambda console: render_stops(found, console))


def lift(  # noqa: PLR0913 - who lifts what, and why
    rule: str,
    /,
    *,
    partner: Annotated[str, Parameter(help="Of whom; direct for what was sold without one.")],
    by: Annotated[str, Parameter(help="Who does this; it stays in the history.")],
    reason: Annotated[str, Parameter(help="Why waves may go on; it stays in the history.")],
    cases: Annotated[str, STORE],
    common: Common = COMMON,
) -> Answer:
    """Let waves go on although a stop rule fired; what was found until now is forgiven.

    Args:
        rule: contacts, cancelled or overturned.
        partner: Of whom.
        by: Who does it.
        reason: Why.
        cases: The case store.
        common: Options of every command.
    """
    from pipelines.config import read_config
    from pipelines.jobs.cases_waves import lift_in_store

    read_config(common.config)
    lift_in_store(cases, rule, partner, by, reason)
    words = plain_text(f"{rule} of {partner}: lifted.")
    return Answer(
        {"rule": rule, "partner": partner, "lifted_by": by},
        lambda console: console.print(words, markup=False),
    )
