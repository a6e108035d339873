"""Choices of the command line that `detect` and `ingest` share: threads, lists of blocks."""

import os
from collections.abc import Sequence

from detector.errors import SettingsError


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
