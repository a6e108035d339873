"""Job: decisions that are due -> their receivers; the only one that looks at the clock for it."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from detector.cases.open import open_store
from detector.feed.publish import Deliverer, Delivery, deliver
from detector.feed.quiet import openings_of
from detector.feed.sinks.configured import close_all, read_sinks
from pipelines.clock import now_us
from pipelines.jobs.holders import holder_name, is_gone
from pipelines.jobs.policy import load_policy

LEFT, NOTHING_DUE = 4, 99


@dataclass(frozen=True)
class DeliverJob:
    """What to send, where to, and who sends it.

    Attributes:
        cases: The case store.
        sinks: The file that names the sinks.
        name: Of this deliverer, for its claims; by default machine and process.
        limit: The most messages for each sink.
        policy: Whose quiet hours, holidays and kill switch are heeded while sending.
        now: The clock of a rehearsal; none: the world's.
    """

    cases: str
    sinks: Path
    name: str | None = None
    limit: int | None = None
    policy: Path | None = None
    now: Callable[[], int] | None = None


def deliver_due(job: DeliverJob) -> list[Delivery]:
    """Send what is due, until nothing is left that can be sent now.

    Raises:
        SettingsError: The file of sinks is wrong, or a secret or a library is missing.
        CaseStoreError: The store cannot be opened.
    """
    configured = read_sinks(job.sinks)
    openings = openings_of(load_policy(job.policy)) if job.policy else None
    deliverer = Deliverer(holder_name(job.name), job.now or now_us, job.limit, is_gone, openings)
    with open_store(job.cases, create=False) as store:
        outlets = configured.open()
        try:
            return deliver(store, outlets, deliverer)
        finally:
            close_all(outlets)


def exit_code(done: Sequence[Delivery]) -> int:
    """4 while messages are left, 99 if none was due, else 0."""
    if any(each.backlog.left for each in done):
        return LEFT
    return NOTHING_DUE if all(each.did_nothing for each in done) else 0


def delivery_document(done: Sequence[Delivery]) -> dict[str, Any]:
    """What was done and what is left, for a program."""
    sinks = {each.sink: {**asdict(each), "backlog": each.backlog.document()} for each in done}
    for each in sinks.values():
        del each["sink"]
    return {"left": sum(each.backlog.left for each in done), "sinks": sinks}


def render_delivery(done: Sequence[Delivery], console: Console) -> None:
    """One line a sink, and one for what needs somebody to look at it."""
    for each in done:
        left = f", {each.backlog.left} left" if each.backlog.left else ""
        failed = f", {each.failed} failed" if each.failed else ""
        console.print(f"{each.sink}: {each.sent} sent{failed}{left}", markup=False)
        if each.backlog.dead:
            hint = "household outbox retry tries them again"
            console.print(f"{each.sink}: {each.backlog.dead} given up; {hint}", markup=False)
