"""The commands `household outbox ...`."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from detector.errors import SettingsError
from pipelines.commands.answers import COMMON, Answer, Common
from pipelines.commands.choices import STORE


def status(*, cases: Annotated[str, STORE], common: Common = COMMON) -> Answer:
    """Count what is due, failing, given up and sent in each sink.

    Args:
        cases: The case store.
        common: Options of every command.
    """
    from pipelines.config import read_config
    from pipelines.jobs.outbox import read_status, render_status, status_document

    read_config(common.config)
    found = read_status(cases)
    return Answer(status_document(found), lambda console: render_status(found, console))


def retry(
    *ids: str, cases: Annotated[str, STORE], sink: str | None = None, common: Common = COMMON
) -> Answer:
    """Try again what was given up; the next `household deliver` sends it.

    Exits with 99 if there is nothing of the kind.

    Args:
        ids: Decisions to try again, given up or failing; by default all that were given up.
        cases: The case store.
        sink: Only of this one.
        common: Options of every command.
    """
    from pipelines.config import read_config
    from pipelines.jobs.outbox import retry_dead

    read_config(common.config)
    count = retry_dead(cases, ids, sink)
    return Answer(
        {"retried": count},
        lambda console: console.print(f"{count} are tried again by the next delivery."),
        exit_code=0 if count else 99,
    )


def snapshot(
    *,
    cases: Annotated[str, STORE],
    out: Path | None = None,
    against: Path | None = None,
    common: Common = COMMON,
) -> Answer:
    """Write all treatments in force, or hold a receiver's against them.

    Exits with 1 if the receiver's differ.

    Args:
        cases: The case store.
        out: Folder for treatments.ndjson and treatments.json.
        against: The receiver's own lines, as in treatments.ndjson.
        common: Options of every command.
    """
    from pipelines.config import read_config
    from pipelines.jobs.outbox import compare_with, render_differences, take_snapshot

    read_config(common.config)
    if against is not None and out is None:
        found = compare_with(cases, against)
        return Answer(
            {"differences": found.count, **asdict(found)},
            lambda console: render_differences(found, console),
            exit_code=1 if found.count else 0,
        )
    if out is None or against is not None:
        raise SettingsError(
            "Give either --out or --against.",
            hint="household outbox snapshot --cases cases.db --out snapshot/",
        )
    head = take_snapshot(cases, out)
    return Answer(
        asdict(head), lambda console: console.print(f"{out}: {head.count} treatments in force.")
    )
