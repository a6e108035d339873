"""What all pages work on: one run, its case store, the time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import polars as pl

from detector.cases.drawing import draw_key, sample_unflagged
from detector.cases.store import CaseStore
from detector.charts.world import load_world
from detector.policy.rules import Policy, ReviewTerms
from detector.review.access.attempts import Attempts
from detector.review.access.people import Visitor
from detector.review.access.sessions import OpenSessions
from detector.review.files import RunFiles
from detector.review.filters import QueueFilter
from detector.review.index import Mask, RunIndex, load_index
from detector.review.queue import Queues
from detector.review.seconds import PendingSeconds
from detector.review.standings import Standings
from detector.runs.manifest import Manifest
from detector.runs.run import Run

AT_ONCE = 1 << 16
"""Accounts for which a lot is drawn at once: their names are few in memory."""


@dataclass(frozen=True)
class Doors:
    """How people come in."""

    hosts: Sequence[str]
    """Names, with the port, by which browsers may call the server."""
    scheme: str = "http"
    everybody: Visitor | None = None
    """Who sits here, where nobody signs in: only on a machine's own address."""
    proxies: frozenset[str] = frozenset()
    """Addresses from which `proxy_header` is believed."""
    proxy_header: str = ""
    """Names the person whom a reverse proxy has signed in."""


@dataclass(frozen=True)
class Desk:
    """A run, opened for people."""

    index: RunIndex
    manifest: Manifest
    files: RunFiles
    queues: Queues
    standings: Standings
    seconds: PendingSeconds
    store: CaseStore | None
    policy: Policy | None
    terms: ReviewTerms
    """How answers are checked."""
    earlier: tuple[Path, ...]
    """Folders of earlier runs, the newest first."""
    doors: Doors
    clock: Callable[[], int]
    """The time in microseconds since 1970 UTC; nothing else here reads a clock."""
    sessions: OpenSessions = field(init=False)
    attempts: Attempts = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sessions", OpenSessions(self.clock))
        object.__setattr__(self, "attempts", Attempts(self.clock))

    @property
    def today(self) -> date:
        """The day by UTC."""
        return datetime.fromtimestamp(self.clock() / 1e6, UTC).date()

    @property
    def name(self) -> str:
        """Of the run's folder."""
        return self.files.folder.resolve().name


def open_desk(  # noqa: PLR0913 - what all pages work on
    folder: Path,
    store: CaseStore | None,
    doors: Doors,
    *,
    policy: Policy | None,
    earlier: tuple[Path, ...],
    clock: Callable[[], int],
) -> Desk:
    """Open a run for people.

    Args:
        folder: A finished run.
        store: Where decisions are kept; none: it is only looked at.
        doors: How people come in.
        policy: Whose word on each account is shown.
        earlier: Folders of earlier runs, the newest first.
        clock: The time in microseconds since 1970 UTC.

    Raises:
        DetectorError: The folder holds no finished run.
    """
    load_world()  # now, not for the first who asks for a map; first, as it needs memory once
    index = load_index(folder)
    manifest = Run(folder).finished()
    terms = policy.review if policy else ReviewTerms()
    desk = Desk(
        index=index,
        manifest=manifest,
        files=RunFiles(folder, index.find),
        queues=Queues(index, _sample(index, store, manifest.fingerprint, terms)),
        standings=Standings(index, store),
        seconds=PendingSeconds(manifest.fingerprint, terms),
        store=store,
        policy=policy,
        terms=terms,
        earlier=earlier,
        doors=doors,
        clock=clock,
    )
    desk.queues.answer(QueueFilter(), desk.standings.now())  # nor for the first who comes
    return desk


def _sample(index: RunIndex, store: CaseStore | None, run: str, terms: ReviewTerms) -> Mask:
    """Unflagged accounts that people look at, so that it is known what is missed."""
    drawn = np.zeros(index.size, np.bool_)
    if store is None or not terms.unflagged_share:
        return drawn
    with store.reading() as reading:
        key = draw_key(reading)
    accounts = pl.DataFrame({"account_id": index.accounts, "flagged": index.flagged})
    for part in accounts.iter_slices(AT_ONCE):
        chosen = sample_unflagged(part, run, terms.unflagged_share, key)
        drawn[index.accounts.search_sorted(chosen).to_numpy()] = True
    return drawn
