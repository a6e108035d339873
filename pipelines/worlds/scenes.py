"""One account while it is cast: its random stream, its homes, the sheet it is written on."""

from dataclasses import dataclass, field
from random import Random

from pipelines.worlds.infrastructure import Infrastructure
from pipelines.worlds.settings import WorldSettings
from pipelines.worlds.sheets import LAPTOP, PHONE, STICK, TABLET, Sheet

ALL_PORTABLE = frozenset({PHONE, TABLET, LAPTOP, STICK})

MOST_PROFILES = 5
"""Profiles an account offers; later households share the last one."""


@dataclass(frozen=True)
class Plan:
    """How a household differs from a usual one; None leaves it to chance."""

    share: float = 1.0
    """Its plays, as a multiple of what the account's own household usually watches."""
    size: tuple[int, int] | None = None
    televisions: int | None = None
    portable: frozenset[int] = ALL_PORTABLE
    jobs: float = 0.5
    """Share of adults who leave for work."""
    resets: tuple[int, int] | None = None
    """Times each portable device gets a new id, at least and at most."""
    outings: float = 1.0
    always_cellular: bool = False


@dataclass
class Home:
    """A household as cast: rows of the sheet."""

    household: int
    number: int
    premise: int
    city: int
    persons: list[int] = field(default_factory=list[int])
    fixed: list[int] = field(default_factory=list[int])

    def adults(self, sheet: Sheet) -> list[int]:
        """Its grown-ups."""
        return [p for p in self.persons if not sheet.persons[p].is_child]

    def children(self, sheet: Sheet) -> list[int]:
        """Its children and teenagers."""
        return [p for p in self.persons if sheet.persons[p].is_child]


@dataclass
class Scene:
    """One account while it is cast: its own random stream and the world around it."""

    rng: Random
    world: Infrastructure
    settings: WorldSettings
    sheet: Sheet
    account: int
    city: int
    plays_per_day: float
    seller: int = -1
    """Fixed provider (0-4) whose line home has because it sold the account; -1: any."""
    profiles: int = 0
    numbers: int = 0

    @property
    def days(self) -> int:
        """Length of the window."""
        return self.settings.days

    def country(self, city: int) -> int:
        """The country of a city."""
        return int(self.world.geography.country[city])

    def other_city(self, *, abroad: bool = False) -> int:
        """Another city, by default in the same country."""
        return self.world.geography.other_city(self.rng, self.city, abroad=abroad)

    def spot(self, premise: int) -> int:
        """The spot of a dwelling: premises are numbered after the sites of the world."""
        return len(self.world.pools) + premise

    def next_number(self) -> int:
        """The number of one more external household."""
        self.numbers += 1
        return self.numbers
