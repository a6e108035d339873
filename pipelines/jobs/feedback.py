"""Job: results of other systems -> the cases that they are about."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from detector.cases.open import open_store
from detector.cases.results import clean_results, take_in_results
from detector.errors import NothingToDoError
from pipelines.clock import now_us
from pipelines.given import read_given
from pipelines.terminal.drawing import counted

NEEDED = ("feedback_id", "account_id", "kind")
ACTOR = "household feedback"


@dataclass(frozen=True)
class FeedbackJob:
    """Which results, and which store."""

    cases: str
    results: Path
    now: Callable[[], int] | None = None
    """The clock; a rehearsal has its own."""


def take_feedback(job: FeedbackJob) -> Mapping[str, int]:
    """Take in results, each once, and count what is new by kind.

    Raises:
        InputError: The file cannot be read, or holds what is no result; then nothing is taken in.
        NothingToDoError: All of them were taken in before.
    """
    results = clean_results(read_given(job.results, NEEDED, "The results"))
    with open_store(job.cases, create=False) as store:
        with store.writing(ACTOR, (job.now or now_us)()) as writing:
            counts = take_in_results(writing, results)
        if not counts:
            raise NothingToDoError(
                "All these results were taken in before.", hint="nothing was changed"
            )
    return counts


def render_feedback(counts: Mapping[str, int], console: Console) -> None:
    """Print one line per kind."""
    for kind, number in counts.items():
        console.print(f"{counted(number, 'result')}: {kind.replace('_', ' ')}")
