"""How far a job is, on a terminal."""

from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

from pipelines.reading.options import Progress

UNITS = {"survey": "files", "decode": "rows", "reduce": "buckets"}


@contextmanager
def progress_bars(console: Console) -> Generator[Callable[[Progress], None]]:
    """Draw a bar with counts and the time left for each step; nothing where nobody looks.

    Yields:
        What to tell of each piece of work.

    Examples:
        >>> with progress_bars(Console(file=None, force_terminal=False)) as tell:
        ...     tell(Progress("decode", 5, 10, 1))
    """
    if not console.is_terminal:
        yield _ignore
        return
    columns = (
        TextColumn("{task.description:<8}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[unit]}"),
        TimeRemainingColumn(),
    )
    with Bars(*columns, console=console, transient=True) as bars:
        steps = {
            step: bars.add_task(step, total=None, unit=unit, visible=False)
            for step, unit in UNITS.items()
        }

        def tell(progress: Progress) -> None:
            step = steps.get(progress.stage)
            if step is not None:
                done, total = progress.rows_done, progress.rows_total
                bars.update(step, completed=done, total=total, visible=True)

        yield tell


def _ignore(progress: Progress) -> None:
    """Where nobody looks."""
