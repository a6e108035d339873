"""Jobs: what is on its way to receivers, another chance for it, and what is in force."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from detector.cases.open import open_store
from detector.cases.store import BEGIN_READING, BEGIN_WRITING
from detector.feed.outbox import Backlog, outbox_status, retry
from detector.feed.reconcile import Differences, SnapshotHead, compare_snapshot, write_snapshot
from pipelines.clock import now_us

SHOWN = 20
"""Decisions of one kind that are listed for a person; a program is told all."""


def read_status(cases: str) -> dict[str, Backlog]:
    """What is in the outbox of every sink.

    Raises:
        CaseStoreError: The store cannot be opened.
    """
    with (
        open_store(cases, create=False) as store,
        store.transaction(BEGIN_READING) as connection,
    ):
        return outbox_status(connection, now_us())


def retry_dead(cases: str, ids: Sequence[str], sink: str | None) -> int:
    """Try again what was given up, or the decisions that are named.

    Raises:
        CaseStoreError: The store cannot be opened.
    """
    with (
        open_store(cases, create=False) as store,
        store.transaction(BEGIN_WRITING) as connection,
    ):
        return retry(connection, now_us(), ids, sink=sink)


def take_snapshot(cases: str, out: Path) -> SnapshotHead:
    """Write all treatments in force into a folder.

    Raises:
        CaseStoreError: The store cannot be opened.
    """
    with (
        open_store(cases, create=False) as store,
        store.transaction(BEGIN_READING) as connection,
    ):
        return write_snapshot(connection, out, now_us())


def compare_with(cases: str, theirs: Path) -> Differences:
    """Hold a receiver's treatments against those in force.

    Raises:
        CaseStoreError: The store cannot be opened.
        InputError: The receiver's file is no snapshot.
    """
    with (
        open_store(cases, create=False) as store,
        store.transaction(BEGIN_READING) as connection,
    ):
        return compare_snapshot(connection, theirs, now_us())


def status_document(status: Mapping[str, Backlog]) -> dict[str, Any]:
    """All figures of all sinks, for a program."""
    sinks = {sink: backlog.document() for sink, backlog in status.items()}
    waiting = [b.oldest_due for b in status.values() if b.oldest_due is not None]
    return {
        "left": sum(backlog.left for backlog in status.values()),
        "dead": sum(backlog.dead for backlog in status.values()),
        "oldest_due": min(waiting, default=None),
        "sinks": sinks,
    }


def render_status(status: Mapping[str, Backlog], console: Console) -> None:
    """A row a sink."""
    if not status:
        console.print("Nothing was delivered from this store yet.")
        return
    table = Table(box=None, pad_edge=False)
    figures = [name for name in asdict(Backlog()) if name != "oldest_due"]
    for name in ("sink", *figures, "oldest_due"):
        table.add_column(name.replace("_", " "), justify="right" if name in figures else "left")
    for sink, backlog in status.items():
        told = asdict(backlog)
        numbers = (str(told[name]) for name in figures)
        table.add_row(sink, *numbers, (backlog.oldest_due or "")[:19])
    console.print(table)


def render_differences(found: Differences, console: Console) -> None:
    """Each difference on a line, the first of each kind."""
    if not found.count:
        console.print("The receiver has what is in force, and nothing else.")
    for kind, ids in asdict(found).items():
        for decision in ids[:SHOWN]:
            console.print(f"{kind}: {decision}", markup=False)
        if len(ids) > SHOWN:
            console.print(f"{kind}: {len(ids) - SHOWN} more", markup=False)
