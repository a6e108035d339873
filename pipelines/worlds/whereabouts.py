"""Where every person is in each slot of each day."""

import numpy as np
from numpy.typing import NDArray

from pipelines.worlds.chunks import Chunk
from pipelines.worlds.hashing import Ints
from pipelines.worlds.settings import WorldSettings
from pipelines.worlds.sheets import (
    AFTERNOON,
    EVENING,
    FORENOON,
    LATE,
    MORNING,
    SLOTS,
    Table,
)

Whereabouts = NDArray[np.int32]
"""A spot for each person, day and slot."""

_OUT = {AFTERNOON: 0.05, EVENING: 0.05, LATE: 0.025}
_AT_CAFE = {FORENOON: 0.01, AFTERNOON: 0.03, EVENING: 0.015}
_AT_FRIENDS = {AFTERNOON: 0.03, EVENING: 0.05, LATE: 0.04}
_WEEKEND_OUTINGS = 1.8


def follow_people(chunk: Chunk) -> Whereabouts:
    """Lay out everyday life, then the trips and stays on top of it."""
    persons = chunk.cast.persons
    where = _at_home(persons, chunk.settings.days)
    weekend = weekend_days(chunk.settings)
    _go_to_work(where, persons, ~weekend, chunk.rng)
    _go_out(where, persons, weekend, chunk.rng)
    _go_away(where, chunk.cast.stays)
    return where


def weekend_days(settings: WorldSettings) -> NDArray[np.bool_]:
    """Which days of the window are Saturdays and Sundays."""
    return (settings.first_day.weekday() + np.arange(settings.days)) % 7 >= 5


def _at_home(persons: Table, days: int) -> Whereabouts:
    moved = np.arange(days) >= persons.moves_on[:, None]
    home = np.where(moved, persons.moves_to[:, None], persons.home[:, None])
    return np.repeat(home[:, :, None], SLOTS, axis=2).astype(np.int32)


def _go_to_work(
    where: Whereabouts, persons: Table, workday: NDArray[np.bool_], rng: np.random.Generator
) -> None:
    shape = where.shape[:2]
    at_work = rng.random(shape, np.float32) < persons.attendance[:, None]
    at_work &= workday & (persons.office >= 0)[:, None] & _settled(persons, shape[1])
    for slot in (FORENOON, AFTERNOON):
        _put(where, slot, at_work, persons.office)
    for slot, chance in ((MORNING, 0.22), (EVENING, 0.16)):
        commuting = at_work & (rng.random(shape, np.float32) < chance)
        _put(where, slot, commuting, -1 - persons.city)


def _go_out(
    where: Whereabouts, persons: Table, weekend: NDArray[np.bool_], rng: np.random.Generator
) -> None:
    eager = persons.outings[:, None] * np.where(weekend, _WEEKEND_OUTINGS, 1.0)
    eager *= _settled(persons, where.shape[1])
    plans = (
        (_AT_FRIENDS, persons.friend, persons.friend >= 0),
        (_AT_CAFE, persons.cafe, persons.cafe >= 0),
        (_OUT, -1 - persons.city, np.ones(len(persons), np.bool_)),
    )
    for chances, spot, known in plans:
        for slot, chance in chances.items():
            go = rng.random(where.shape[:2], np.float32) < eager * chance
            _put(where, slot, go & known[:, None], spot)


def _settled(persons: Table, days: int) -> NDArray[np.bool_]:
    """Whether the everyday spots of a person's city apply: not before moving there."""
    moves = (persons.moves_to >= 0)[:, None]
    return ~moves | (np.arange(days) >= persons.moves_on[:, None])


def _put(where: Whereabouts, slot: int, mask: NDArray[np.bool_], spot: Ints) -> None:
    where[:, :, slot] = np.where(mask, spot[:, None], where[:, :, slot])


def _go_away(where: Whereabouts, stays: Table) -> None:
    """Later stays win over earlier ones: they are written in the order of the sheet."""
    flat = where.reshape(len(where), -1)
    lengths = stays.end - stays.start
    row = np.repeat(np.arange(len(stays)), lengths)
    offset = np.arange(len(row)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    cell = stays.person[row] * flat.shape[1] + stays.start[row] + offset
    # The last write to a cell counts; numpy leaves repeated indices open, so it is made explicit.
    last = len(cell) - 1 - np.unique(cell[::-1], return_index=True)[1]
    flat.reshape(-1)[cell[last]] = stays.spot[row[last]]
