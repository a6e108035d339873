"""Filters of the queue that a team keeps under names: everybody uses them, each is somebody's."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from detector.cases.failures import RefusedMoveError
from detector.cases.reading import Reading
from detector.cases.rows import FILTERS
from detector.cases.sealing import ChainLine, write_sealed
from detector.cases.store import CaseStore
from detector.cases.writing import Writing
from detector.errors import SettingsError
from detector.plain_text import plain_text

LONGEST_NAME, LONGEST_QUERY = 60, 4000
MOST = 100
"""Names in the list: of more, nobody finds the one that is meant."""


@dataclass(frozen=True)
class SavedFilter:
    """A filter under a name."""

    name: str
    query: str
    """As the end of an address; what it means, whoever reads it has to check."""
    saved_by: str
    at_us: int


def save_filter(store: CaseStore, saved: SavedFilter, *, lead: bool = False) -> None:
    """Keep a filter under a name, in place of one's own of the same name.

    Args:
        store: An open store.
        saved: The filter, and who keeps it when.
        lead: Whether others' may be replaced.

    Raises:
        SettingsError: The name is empty, too long or not to be shown, or the filter too long.
        RefusedMoveError: Somebody else keeps one of this name, or there are too many.
    """
    _check(saved)
    with store.writing(saved.saved_by, saved.at_us, person=True) as writing:
        kept = {each.name: each for each in saved_filters(writing)}
        if saved.name not in kept and len(kept) >= MOST:
            raise RefusedMoveError(
                f"There are {MOST} filters already.", hint="drop one that nobody uses"
            )
        if saved.name in kept:
            _check_owner(kept[saved.name], saved.saved_by, lead=lead)
        _write(writing, saved, "save_filter")


def drop_filter(store: CaseStore, name: str, by: str, at_us: int, *, lead: bool = False) -> None:
    """Forget a filter, one's own or, for a lead, anybody's; of one that is gone, nothing changes.

    Raises:
        RefusedMoveError: It is somebody else's.
    """
    with store.writing(by, at_us, person=True) as writing:
        found = next((each for each in saved_filters(writing) if each.name == name), None)
        if found:
            _check_owner(found, by, lead=lead)
            _write(writing, found, "drop_filter", {"dropped_us": at_us, "dropped_by": by})


def saved_filters(reading: Reading) -> tuple[SavedFilter, ...]:
    """The filters that are kept, sorted by name."""
    columns = [FILTERS.c[name] for name in ("name", "query", "saved_by", "at_us")]
    kept = select(*columns).where(FILTERS.c.dropped_us.is_(None))
    found = [SavedFilter(*row) for row in reading.connection.execute(kept)]
    # Sorted here: databases order letters each in their own way.
    return tuple(sorted(found, key=lambda each: each.name))


def _check(saved: SavedFilter) -> None:
    name = saved.name
    if not name.strip() or name != name.strip() or len(name) > LONGEST_NAME:
        raise SettingsError(
            f"A filter's name has 1 to {LONGEST_NAME} letters, and no space at its ends.",
            hint="write one beside the button",
        )
    if plain_text(name) != name:
        raise SettingsError(f"{plain_text(name)!r} holds letters that cannot be shown.")
    if len(saved.query) > LONGEST_QUERY or plain_text(saved.query) != saved.query:
        raise SettingsError("The filter is too long to be kept.", hint="choose fewer values")


def _check_owner(found: SavedFilter, person: str, *, lead: bool) -> None:
    if not lead and found.saved_by != person:
        raise RefusedMoveError(
            f"{plain_text(found.saved_by)} keeps the filter {plain_text(found.name)!r}.",
            hint="take another name, or ask a lead",
        )


def _write(
    writing: Writing, saved: SavedFilter, kind: str, dropped: Mapping[str, Any] | None = None
) -> None:
    """A filter that is dropped keeps its row, for which the chain vouches like for all others."""
    row = {"dropped_us": None, "dropped_by": None, **vars(saved), **(dropped or {})}
    told = {"filter": saved.name, "query": saved.query}
    write_sealed(writing, FILTERS, row, ChainLine(kind, told=told))
