"""The command `household detect`."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from detector.errors import SettingsError
from pipelines.commands.answers import COMMON, Answer, Common, start_log
from pipelines.commands.choices import (
    QUIET,
    AtLeastOne,
    ReadingChoices,
    Switch,
    limit_memory,
    limit_threads,
    threads_to_use,
)


@Parameter(name="*")
@dataclass(frozen=True)
class DetectChoices(ReadingChoices):
    """How the log is read and its accounts are judged.

    Attributes:
        store: Folder that `household ingest` filled, to judge instead of a log.
        accounts: Accounts table, Parquet or CSV: account_id, partner, country, plan, extra_members.
        as_of: Judge the window that ends on this day, not on the log's last.
        window: Days judged; 42 unless the settings say otherwise.
        model: Model to judge by, from `household calibrate`; the packaged one by default.
        previous: Run whose flags stay while the evidence is near the threshold.
        engine: Who does the work: this machine's cores, or Apache Spark. The result is the same.
        master: Where Spark runs, local[THREADS] by default; spark-submit gives its own.
        work: Folder that Spark's driver and executors share; below --out by default.
    """

    store: Path | None = None
    accounts: Path | None = None
    as_of: date | None = None
    window: AtLeastOne = None
    model: Path | None = None
    previous: Path | None = None
    engine: Annotated[Literal["local", "spark"], QUIET] = "local"
    master: str | None = None
    work: Path | None = None


CHOICES = DetectChoices()


def detect(
    logs: tuple[str, ...] = (),
    /,
    *,
    out: Path,
    choices: DetectChoices = CHOICES,
    force: Switch = False,
    common: Common = COMMON,
) -> Answer:
    """Judge every account of a log, or of a store's window.

    Args:
        logs: Parquet, CSV or JSON files, folders of them, or patterns in quotes.
        out: Folder for the tables; a run that was stopped there goes on.
        choices: How the log is read and its accounts are judged.
        force: Make the run again, or replace the result of another one.
        common: Options of every command.
    """
    limit_threads(choices.threads)
    limit_memory(choices.memory)
    _check_source(logs, choices)
    from detector.evidence.scorecard import PACKAGED
    from detector.store.table import open_store
    from pipelines.config import read_config, replace_settings
    from pipelines.jobs.detect import DetectJob
    from pipelines.jobs.detect import detect as detect_log
    from pipelines.jobs.summary import render_summary, summarize_run
    from pipelines.reading.options import ReadOptions
    from pipelines.storing.window import find_log
    from pipelines.terminal.progress import progress_bars

    days = {"window.days": choices.window}
    settings = replace_settings(read_config(common.config).settings, days, source="--window")
    given = {**choices.given(), "as_of": choices.as_of, "accounts": choices.accounts}
    options = replace_settings(ReadOptions(), given, source="the command line")
    model = choices.model or PACKAGED
    stored = None
    if choices.store is not None:
        stored = find_log(open_store(choices.store, settings.events), settings, options)
    job = DetectJob(logs, out, settings, options, model, choices.previous, force, stored)
    with progress_bars(start_log()) as tell, _engine(choices, out) as engine:
        detect_log(job, tell, engine)
    summary = summarize_run(out)
    return Answer(summary.document(), lambda console: render_summary(summary, console))


def _engine(choices: DetectChoices, out: Path) -> AbstractContextManager[Any]:
    """None for this machine."""
    if choices.engine == "local":
        if choices.master or choices.work:
            raise SettingsError("--master and --work are for --engine spark.")
        return nullcontext()
    if choices.store is not None:
        raise SettingsError(
            "A store is judged by this machine; --engine spark takes a log.",
            hint="leave --engine out, or give the log instead of --store",
        )
    from pipelines.spark.engine import open_engine

    master = choices.master or f"local[{threads_to_use(choices.threads)}]"
    return open_engine(master, choices.work or out / ".spark")


def _check_source(logs: tuple[str, ...], choices: DetectChoices) -> None:
    """A store was filled with its own choices of how to read."""
    if bool(logs) == (choices.store is not None):
        raise SettingsError("Give either a log or --store DIR.", hint="household detect logs/")
    reading = ("preset", "only", "skip_bad_files", "mmdb", "cidr")
    given = [name for name in reading if getattr(choices, name)]
    if choices.store is not None and given:
        option = given[0].replace("_", "-")
        raise SettingsError(
            f"--{option} says how a log is read; a store is read already.",
            hint=f"give --{option} to household ingest",
        )
