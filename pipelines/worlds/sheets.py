"""The casting sheet: who lives where with which devices, written account by account.

Rows are tuples of plain numbers; `Sheet.build` turns them into columns for the vectorised part.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipelines.worlds.hashing import Ints

TYPES = ("tv", "console", "stick", "phone", "tablet", "laptop", "desktop")
TV, CONSOLE, STICK, PHONE, TABLET, LAPTOP, DESKTOP = range(len(TYPES))
SLOT_STARTS = (0, 6, 9, 13, 17, 20, 24)
"""Hours at which night, morning, forenoon, afternoon, evening and late evening begin."""
SLOTS = len(SLOT_STARTS) - 1
NIGHT, MORNING, FORENOON, AFTERNOON, EVENING, LATE = range(SLOTS)
NOWHERE = -(10**7)
"""The spot of somebody who is not using the account at all."""

WHEREVER = 2 * NOWHERE
"""The spot of an errand that is run wherever its person happens to be."""

OUTSIDER = -1
"""Number of the household of strangers who try to sign in, and fail."""


V4_ONLY, DUAL_STACK, STRICT = range(3)
"""Protocols of a line: on a strict one, televisions use IPv4 alone and all else IPv6 alone."""


def road(city: int) -> int:
    """The spot of somebody out and about in a city, on a mobile network."""
    return -1 - city


class Line(NamedTuple):
    """A subscriber line: its number within its pool decides its addresses."""

    pool: int
    number: int
    v6: int
    """One of `V4_ONLY`, `DUAL_STACK` and `STRICT`."""


class Premise(NamedTuple):
    """A dwelling with an access line, perhaps a second one, perhaps another after some day."""

    account: int
    city: int
    pool: int
    number: int
    v6: int
    second_pool: int = -1
    second_number: int = 0
    second_v6: int = 0
    second_share: float = 0.0
    switch_day: int = 10**6
    second_city: int = -1


class Person(NamedTuple):
    """Somebody who watches: how much, and the spots of everyday life."""

    account: int
    household: int
    home: int
    city: int
    plays_per_day: float
    is_child: int
    operator: int
    profile: int
    office: int = -1
    attendance: float = 0.0
    cafe: int = -1
    friend: int = -1
    moves_on: int = 10**6
    moves_to: int = -1
    outings: float = 1.0
    always_cellular: int = 0
    sim_city: int = -1
    """Where the mobile operator is at home, if that is another country."""


class Device(NamedTuple):
    """A device: in somebody's bag (holder) or standing in a dwelling (premise)."""

    account: int
    number: int
    type: int
    holder: int
    premise: int
    weight: float
    v6: float
    """Share of its sittings that go over IPv6, on a line with both protocols."""
    resets: int = 0
    private_share: float = 0.0
    """Days on which a browser is used in a private window."""
    exit_pool: int = -1
    exit_share: float = 0.0
    tunnel: int = -1
    identity: int = -1


class Stay(NamedTuple):
    """Somebody is at a spot from one slot of the window up to another."""

    person: int
    start: int
    end: int
    spot: int


class Errand(NamedTuple):
    """A short look at something on a given device, for a purpose: not out of habit."""

    person: int
    device: int
    day: int
    slot: int
    spot: int
    plays: int = 1


class AccountTruth(NamedTuple):
    """The truth about one account."""

    account: int
    situation: int
    external_households: int


@dataclass(frozen=True)
class Table:
    """Columns of one kind of row, by field name."""

    columns: dict[str, NDArray[np.float64] | Ints]

    def __getattr__(self, name: str) -> Ints:
        """A column, by its name."""
        return self.columns[name]  # pyright: ignore[reportReturnType]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))


@dataclass(frozen=True)
class Cast:
    """Everybody and everything of one chunk of accounts."""

    premises: Table
    persons: Table
    devices: Table
    stays: Table
    households: Table
    errands: Table
    answers: Table


class Household(NamedTuple):
    """One household of one account: number 0 is home; its rate is in plays a day."""

    account: int
    number: int
    plays_per_day: float
    premise: int = -1


class Sheet:
    """Collects the rows of one chunk of accounts."""

    def __init__(self, chunk: int, quota: Ints) -> None:
        self.premises: list[Premise] = []
        self.persons: list[Person] = []
        self.devices: list[Device] = []
        self.stays: list[Stay] = []
        self.households: list[Household] = []
        self.errands: list[Errand] = []
        self.answers: list[AccountTruth] = []
        self._chunk = chunk
        self._quota = quota
        self._lines: dict[int, int] = defaultdict(int)

    def line(self, pool: int, *, v6: int) -> Line:
        """Connect one more line to a pool."""
        quota = int(self._quota[pool])
        number = self._chunk * quota + self._lines[pool] % quota
        self._lines[pool] += 1
        return Line(pool, number, v6)

    def build(self) -> Cast:
        """Turn the rows into columns."""
        kinds = {
            "premises": Premise,
            "persons": Person,
            "devices": Device,
            "stays": Stay,
            "households": Household,
            "errands": Errand,
            "answers": AccountTruth,
        }
        tables = {name: _table(getattr(self, name), kind) for name, kind in kinds.items()}
        return Cast(**tables)


def _table(rows: list[tuple[float, ...]], kind: type[NamedTuple]) -> Table:
    grid = np.array(rows, np.float64).reshape(len(rows), len(kind._fields))
    floats = {name for name, type_ in kind.__annotations__.items() if type_ is float}
    return Table(
        {
            name: grid[:, i].copy() if name in floats else grid[:, i].astype(np.int64)
            for i, name in enumerate(kind._fields)
        }
    )
