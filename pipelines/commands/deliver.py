"""The command `household deliver`."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from pipelines.commands.answers import COMMON, Answer, Common
from pipelines.commands.choices import STORE


def deliver(  # noqa: PLR0913 - what to send, where to, and when not
    *,
    cases: Annotated[str, STORE],
    sinks: Path,
    name: Annotated[str | None, Parameter(name="--as")] = None,
    limit: Annotated[int | None, Parameter(validator=Number(gte=1))] = None,
    policy: Path | None = None,
    common: Common = COMMON,
) -> Answer:
    """Send what was decided and is due.

    Args:
        cases: The case store.
        sinks: A TOML file with a table [sinks.NAME] for each receiver.
        name: Of this deliverer, for its claims; by default machine and process.
        limit: The most messages for each sink.
        policy: Heed its quiet hours, holidays and kill switch at the moment of sending.
        common: Options of every command.
    """
    from pipelines.config import read_config
    from pipelines.jobs.deliver import (
        DeliverJob,
        deliver_due,
        delivery_document,
        exit_code,
        render_delivery,
    )

    read_config(common.config)
    done = deliver_due(DeliverJob(cases, sinks, name, limit, policy))
    return Answer(
        delivery_document(done),
        lambda console: render_delivery(done, console),
        exit_code=exit_code(done),
    )
