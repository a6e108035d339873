"""The command `household detect`."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from detector.errors import SettingsError
from pipelines.commands.answers import COMMON, Answer, Common, start_log
from pipelines.commands.choices import (
    QUIET,
    JudgingChoices,
    Switch,
    plan_judging,
    settle_memory,
    threads_to_use,
)


@Parameter(name="*")
@dataclass(frozen=True)
class DetectChoices(JudgingChoices):
    """How the log is read and its accounts are judged, by what is known of them, and by whom.

    Attributes:
        accounts: Accounts table, Parquet or CSV: account_id, partner, country, plan, extra_members.
        previous: Run whose flags stay while the evidence is near the threshold.
        engine: Who does the work: this machine's cores, or Apache Spark. The result is the same.
        master: Where Spark runs, local[THREADS] by default; spark-submit gives its own.
        work: Folder that Spark's driver and executors share; below --out by default.
    """

    accounts: Path | None = None
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
    known = {"accounts": choices.accounts}
    with _children(logs, choices):
        plan = plan_judging("detect", logs, out, choices, common.config, **known)
        from pipelines.jobs.detect import detect as detect_log
        from pipelines.jobs.summary import render_summary, summarize_run
        from pipelines.terminal.progress import progress_bars

        job = replace(plan, previous=choices.previous, force=force)
        with progress_bars(start_log()) as tell, _engine(choices, out) as engine:
            detect_log(job, tell, engine)
    summary = summarize_run(out)
    return Answer(summary.document(), lambda console: render_summary(summary, console))


def _children(logs: tuple[str, ...], choices: DetectChoices) -> AbstractContextManager[None]:
    """Those who will open the log's files load what they need while this process does."""
    if not logs or choices.engine != "local":
        return nullcontext()
    from pipelines.reading.starting import children_ahead

    settle_memory(choices.threads)
    return children_ahead(threads_to_use(choices.threads))


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
