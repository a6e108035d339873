"""Choices of the command line that several commands share: threads, lists of blocks, the log."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from cyclopts.validators import Number

from detector.errors import SettingsError
from detector.kernels.loading import load_without

VARIABLE = "HOUSEHOLD_CASES"
STORE = Parameter(
    env_var=VARIABLE,
    help="The case store: a file, or postgresql://USER@HOST/DATABASE.",
    show_default=False,
)
QUIET = Parameter(negative="", show_default=False)
Switch = Annotated[bool, QUIET]
AtLeastOne = Annotated[int | None, Parameter(validator=Number(gte=1))]
THREADS_PER_ARENA = 4
"""That share freed memory: measured with two; many would wait for each other."""


@Parameter(name="*")
@dataclass(frozen=True)
class ReadingChoices:
    """How the log is read.

    Attributes:
        preset: Log format: ecs, entra, jellyfin, netflix-export, ocsf, okta, snowplow, spotify,
            tautulli, or a TOML file.
        only: Text file with one account id per line; all others are left out.
        threads: Cores to use; all of them by default. The result is the same.
        memory: MiB to work in, all processes together; the result is the same.
        skip_bad_files: Set unreadable files aside, list them, and go on; they can be given again.
        mmdb: MMDB files that fill in country, city and provider where the log has none.
        cidr: Lists of address blocks of one kind, as KIND=FILE.
    """

    preset: str | None = None
    only: Path | None = None
    threads: AtLeastOne = None
    memory: AtLeastOne = None
    skip_bad_files: Switch = False
    mmdb: Annotated[tuple[Path, ...], QUIET] = ()
    cidr: Annotated[tuple[str, ...], QUIET] = ()

    def given(self) -> dict[str, object]:
        """The choices as the reader's options; what was not chosen is left to it."""
        return {
            **rows_at_once(self.memory, self.threads),
            "preset": self.preset,
            "only": self.only,
            "skip_bad_files": self.skip_bad_files,
            "mmdb": self.mmdb,
            "cidr": block_lists(self.cidr),
            "threads": threads_to_use(self.threads),
        }


@Parameter(name="*")
@dataclass(frozen=True)
class JudgingChoices(ReadingChoices):
    """How the log is read and its accounts are judged.

    Attributes:
        store: Folder that `household ingest` filled, to judge instead of a log.
        as_of: Judge the window that ends on this day, not on the log's last.
        window: Days judged; 42 unless the settings say otherwise.
        model: Model to judge by, from `household calibrate`; the packaged one by default.
    """

    store: Path | None = None
    as_of: date | None = None
    window: AtLeastOne = None
    model: Path | None = None


def plan_judging(
    command: str,
    logs: tuple[str, ...],
    out: Path,
    choices: JudgingChoices,
    config: Path | None,
    **read: object,
) -> Any:  # noqa: ANN401 - a `DetectJob`, which is heavy to load
    """Tell a job what to judge and how, from a command line.

    Args:
        command: Who asks.
        logs: The log; none if there is a store.
        out: Where the results go.
        choices: How it is read and judged.
        config: The file of settings.
        read: More options of the reader.
    """
    limit_threads(choices.threads)
    settle_memory(choices.threads)
    load_tables()
    _check_source(command, logs, choices)
    from detector.evidence.scorecard import PACKAGED
    from detector.store.table import open_store
    from pipelines.config import read_config, replace_settings
    from pipelines.jobs.detect import DetectJob
    from pipelines.reading.options import ReadOptions
    from pipelines.storing.window import find_log

    days = {"window.days": choices.window}
    settings = replace_settings(read_config(config).settings, days, source="--window")
    given = {**choices.given(), "as_of": choices.as_of, **read}
    options = replace_settings(ReadOptions(), given, source="the command line")
    stored = None
    if choices.store is not None:
        stored = find_log(open_store(choices.store, settings.events), settings, options)
    return DetectJob(logs, out, settings, options, choices.model or PACKAGED, stored=stored)


def _check_source(command: str, logs: tuple[str, ...], choices: JudgingChoices) -> None:
    """A store was filled with its own choices of how to read."""
    if bool(logs) == (choices.store is not None):
        hint = f"household {command} logs/"
        raise SettingsError("Give either a log or --store DIR.", hint=hint)
    reading = ("preset", "only", "skip_bad_files", "mmdb", "cidr")
    given = [name for name in reading if getattr(choices, name)]
    if choices.store is not None and given:
        option = given[0].replace("_", "-")
        raise SettingsError(
            f"--{option} says how a log is read; a store is read already.",
            hint=f"give --{option} to household ingest",
        )


def limit_threads(asked: int | None) -> None:
    """Libraries read the number of threads once, when they are loaded.

    Linear algebra has one: what is fitted here is small, and two that wait for each other took
    three times the processor time; their sums would differ in the last digits, too.
    """
    for variable in ("POLARS_MAX_THREADS", "NUMBA_NUM_THREADS"):
        os.environ[variable] = str(threads_to_use(asked))
    os.environ["OMP_NUM_THREADS"] = "1"


def load_tables() -> None:
    """Load dataframely without SQLAlchemy, whose types it would learn: no job asks for them.

    It would take as long as all the rest of dataframely.
    """
    load_without("sqlalchemy", "dataframely")


def settle_memory(asked: int | None) -> None:
    """Tell Polars how to go about memory, of which buckets and parts need a bounded amount.

    It spills nothing: it believes to hold more and more, as what threads counted that have ended is
    never put right (pola-rs/polars#29430). Given a budget of 1.5 GB, a process that held 0.6 GB
    began after 25 s to spill, and to give back whatever it freed: all that followed took 2.7 times
    as long.

    Its allocator keeps what is freed for ten seconds, for four threads alike: pages that were given
    back at once and soon asked for again took a tenth of all processor time.

    Args:
        asked: How many threads.
    """
    os.environ.setdefault("POLARS_OOC_MEMORY_BUDGET_MB", str(1 << 30))
    arenas = -(-threads_to_use(asked) // THREADS_PER_ARENA)
    kept = f"narenas:{arenas},dirty_decay_ms:10000,muzzy_decay_ms:0"
    os.environ.setdefault("_RJEM_MALLOC_CONF", kept)


def threads_to_use(asked: int | None) -> int:
    """As many as asked for; else all cores."""
    return asked or len(os.sched_getaffinity(0))


def rows_at_once(memory: int | None, threads: int | None) -> dict[str, int]:
    """The sizes of pieces and buckets that stay within so many MiB; none if nobody asks."""
    from pipelines.reading.options import ReadOptions, rows_that_fit

    if memory is None:
        return {}
    rows = rows_that_fit(memory, threads_to_use(threads))
    return {"chunk_rows": min(rows, ReadOptions().chunk_rows), "bucket_rows": rows}


def block_lists(cidr: Sequence[str]) -> list[dict[str, str]]:
    """Lists of address blocks from their form on the command line.

    Examples:
        >>> block_lists(["hosting=blocks.txt"])
        [{'connection_type': 'hosting', 'path': 'blocks.txt'}]
    """
    from detector.kinds import BLOCK_KINDS

    lists = [text.partition("=") for text in cidr]
    for text, (kind, _, path) in zip(cidr, lists, strict=True):
        if not path:
            raise SettingsError(
                f"--cidr {text} is not KIND=FILE.", hint="--cidr hosting=blocks.txt"
            )
        if kind not in BLOCK_KINDS:
            raise SettingsError(
                f"--cidr {text}: no network is told by the kind {kind!r}.",
                hint=f"known are {', '.join(BLOCK_KINDS)}",
            )
    return [{"connection_type": kind, "path": path} for kind, _, path in lists]
