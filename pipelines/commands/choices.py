"""Choices of the command line that `detect` and `ingest` share: threads, lists of blocks."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from detector.errors import SettingsError

VARIABLE = "HOUSEHOLD_CASES"
STORE = Parameter(
    env_var=VARIABLE,
    help="The case store: a file, or postgresql://USER@HOST/DATABASE.",
    show_default=False,
)
QUIET = Parameter(negative="", show_default=False)
Switch = Annotated[bool, QUIET]
AtLeastOne = Annotated[int | None, Parameter(validator=Number(gte=1))]


@Parameter(name="*")
@dataclass(frozen=True)
class ReadingChoices:
    """How the log is read.

    Attributes:
        preset: Log format: ecs, entra, jellyfin, netflix-export, ocsf, okta, snowplow, spotify,
            tautulli, or a TOML file.
        only: Text file with one account id per line; all others are left out.
        threads: Cores to use; all of them by default. The result is the same.
        memory: MiB to read the log in, all processes together; the result is the same.
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


def limit_threads(asked: int | None) -> None:
    """Libraries read the number of threads once, when they are loaded."""
    for variable in ("POLARS_MAX_THREADS", "NUMBA_NUM_THREADS", "OMP_NUM_THREADS"):
        os.environ[variable] = str(threads_to_use(asked))


def threads_to_use(asked: int | None) -> int:
    """As many as asked for; else all cores."""
    return asked or len(os.sched_getaffinity(0))


def rows_at_once(memory: int | None, threads: int | None) -> dict[str, int]:
    """The sizes of pieces and buckets that stay within so many MiB; none if nobody asks."""
    from pipelines.reading.options import rows_that_fit

    if memory is None:
        return {}
    rows = rows_that_fit(memory, threads_to_use(threads))
    return {"chunk_rows": rows, "bucket_rows": rows}


def block_lists(cidr: Sequence[str]) -> list[dict[str, str]]:
    """Lists of address blocks from their form on the command line.

    Examples:
        >>> block_lists(["hosting=blocks.txt"])
        [{'connection_type': 'hosting', 'path': 'blocks.txt'}]
    """
    lists = [text.partition("=") for text in cidr]
    if wrong := [text for text, (_, _, path) in zip(cidr, lists, strict=True) if not path]:
        raise SettingsError(
            f"--cidr {wrong[0]} is not KIND=FILE.", hint="--cidr hosting=blocks.txt"
        )
    return [{"connection_type": kind, "path": path} for kind, _, path in lists]
