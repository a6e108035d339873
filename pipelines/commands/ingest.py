"""The command `household ingest`."""

from contextlib import nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number
from rich.console import Console

from detector.errors import NothingToDoError, SettingsError
from pipelines.commands.answers import COMMON, Answer, Common, start_log
from pipelines.commands.choices import (
    ReadingChoices,
    Switch,
    limit_threads,
    load_tables,
    settle_memory,
    threads_to_use,
)


@Parameter(name="*")
@dataclass(frozen=True)
class IngestChoices(ReadingChoices):
    """How the log is read, and what is done to the store afterwards.

    Attributes:
        compact: Put the files of each day together; what the store says stays the same.
        vacuum: Delete files that no reader needs any more, by their age in hours.
    """

    compact: Switch = False
    vacuum: Annotated[int | None, Parameter(validator=Number(gte=0))] = None


CHOICES = IngestChoices()


def ingest(
    logs: tuple[str, ...] = (),
    /,
    *,
    store: Path,
    choices: IngestChoices = CHOICES,
    common: Common = COMMON,
) -> Answer:
    """Add a log to a store, each file and each event once.

    Args:
        logs: Parquet, CSV or JSON files, folders of them, or patterns in quotes.
        store: Folder of the store; made if there is none.
        choices: How the log is read, and what is done to the store afterwards.
        common: Options of every command.
    """
    upkeep = choices.compact or choices.vacuum is not None
    if not (logs or upkeep):
        raise SettingsError(
            "There is nothing to do: no log, no --compact, no --vacuum.",
            hint="household ingest logs/ --store DIR",
        )
    limit_threads(choices.threads)
    settle_memory(choices.threads)
    document: dict[str, object] = {"store": str(store)}
    if logs:
        with suppress(NothingToDoError) if upkeep else nullcontext():
            document |= _ingest(logs, store, choices, common)
    if choices.compact:
        from pipelines.storing.upkeep import compact

        document["days_compacted"] = compact(store)
    if choices.vacuum is not None:
        from pipelines.storing.upkeep import vacuum

        document["files_deleted"] = vacuum(store, choices.vacuum)
    return Answer(document, lambda console: _render(document, console))


def _ingest(
    logs: tuple[str, ...], store: Path, choices: IngestChoices, common: Common
) -> dict[str, object]:
    from pipelines.reading.starting import children_ahead

    # Those who open its files load what they need while this process does.
    with children_ahead(threads_to_use(choices.threads)):
        load_tables()
        from pipelines.config import read_config, replace_settings
        from pipelines.jobs.ingest import IngestJob
        from pipelines.jobs.ingest import ingest as ingest_log
        from pipelines.reading.options import ReadOptions
        from pipelines.terminal.progress import progress_bars

        options = replace_settings(ReadOptions(), choices.given(), source="the command line")
        job = IngestJob(logs, store, read_config(common.config).settings, options)
        with progress_bars(start_log()) as tell:
            return ingest_log(job, tell).document()


def _render(document: dict[str, object], console: Console) -> None:
    for name, value in document.items():
        if value != {}:
            console.print(f"{name.replace('_', ' ')}: {value}", markup=False)
