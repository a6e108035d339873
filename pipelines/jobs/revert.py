"""Job: a wrong run or wave -> compensation for all that it did."""

from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console

from detector.cases.open import open_store
from detector.cases.reverting import Reverted, revert
from detector.errors import NothingToDoError, SettingsError
from pipelines.clock import now_us
from pipelines.terminal.drawing import counted, plain


@dataclass(frozen=True)
class RevertJob:
    """What to take back, who says so, and why."""

    cases: str
    what: str
    by: str
    reason: str


def revert_decisions(job: RevertJob) -> Reverted:
    """Take back what a run or a wave did; `household deliver` then sends the withdrawals.

    Raises:
        NothingToDoError: Nothing of it is in force.
        CaseStoreError: The store knows no such run or wave.
        SettingsError: Nobody is named, or no reason.
    """
    if not job.by.strip() or not job.reason.strip():
        raise SettingsError(
            "A run or wave is taken back by somebody, for a reason.",
            hint="--by NAME --reason TEXT",
        )
    with open_store(job.cases, create=False) as store:
        at_us = now_us()
        with store.writing(job.by, at_us) as writing:
            done = revert(writing, job.what, job.reason)
            if not done.withdrawals and not done.is_run:
                raise NothingToDoError(
                    f"Nothing of {plain_what(job.what)} is in force.", hint="nothing was changed"
                )
    return done


def plain_what(what: str) -> str:
    """A name for a message, without anything that could move a terminal's text."""
    return plain(what).plain


def revert_document(done: Reverted) -> dict[str, Any]:
    """What was taken back, as plain values."""
    return asdict(done)


def render_reverted(done: Reverted, console: Console) -> None:
    """Print one line about what was taken back."""
    kind = "Run" if done.is_run else "Wave"
    console.print(
        plain(
            f"{kind} {done.what}: {counted(done.withdrawals, 'decision')} taken back, "
            f"{counted(done.cases, 'case')} withdrawn. `household deliver` sends it."
        )
    )
