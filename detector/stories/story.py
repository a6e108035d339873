"""One account's story, as the pages that show it want it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import TypeAdapter

from detector.stories.first import First, tell_first
from detector.stories.say import SpeechRegister
from detector.stories.templates import Language

NOWHERE = -1
"""The place number of what was seen on the move: a mobile gateway, a relay."""


@dataclass(frozen=True)
class EvidenceStep:
    """One factor for or against "this household lives elsewhere"."""

    factor: str
    theme: str
    """Its witness; empty for several factors in one."""
    bits: float
    value: float | None
    text: str


@dataclass(frozen=True)
class DeviceStory:
    """One device of the account."""

    device_id: str
    device_type: str
    household: int | None
    """0 is home, 1.. external, None not placed."""
    borrowed: bool
    """Whether it is named as a borrower's: not where home is not sure."""
    active_days: int
    first_day: date
    last_day: date
    accounts: int
    """Accounts on which this device was seen."""


@dataclass(frozen=True)
class PlaceStory:
    """One spot in the world that the account uses; coarse on purpose."""

    place: int
    name: str
    kind: str
    household: int | None
    networks: int
    accounts: int
    devices: int
    active_days: int
    first_day: date
    last_day: date
    latitude: float | None
    longitude: float | None


@dataclass(frozen=True)
class HouseholdStory:
    """A group of devices with its places and the evidence about it."""

    household: int
    name: str
    probability: float
    """That this group lives elsewhere."""
    evidence_bits: float
    active_days: int
    first_day: date
    last_day: date
    area: str
    """City and country, as far as they are known."""
    devices: tuple[DeviceStory, ...]
    places: tuple[PlaceStory, ...]
    evidence: tuple[EvidenceStep, ...]
    """What speaks for it first, strongest factor first, then what speaks against it."""

    @property
    def counted_as_home(self) -> bool:
        """A group that was weighed, and whose devices were then left with home."""
        return self.household > 0 and not self.devices


@dataclass(frozen=True)
class Presence:
    """Devices of one household at one place on one day."""

    day: date
    household: int | None
    devices: int
    use: int
    """Half-hours, of each device."""


@dataclass(frozen=True)
class TimelineRow:
    """The days of one place."""

    place: int
    name: str
    household: int | None
    days: tuple[Presence, ...]
    """In order of day; a day on which two households met has two entries."""


@dataclass(frozen=True)
class DeviceStay:
    """How many days a device was at a place."""

    device_id: str
    place: int
    days: int


@dataclass(frozen=True)
class TieStory:
    """How strongly two devices belong together."""

    device_a: str
    device_b: str
    strength: float
    days_together: int


@dataclass(frozen=True)
class AccountStory:
    """Why an account got its verdict: who lives where, what speaks for and against.

    Built by `detector.stories.tell.tell_story`; holds no address.
    """

    account_id: str
    verdict: str
    flagged: bool
    probability: float
    threshold: float
    home_confidence: float
    evidence_bits: float
    pattern: str
    external_households: int
    active_days: int
    first_day: date | None
    last_day: date | None
    summary: str
    clearing: str
    """What would clear it, in a sentence; empty if it is not flagged."""
    cleared_by_devices: tuple[str, ...]
    cleared_by_places: tuple[int, ...]
    reasons: tuple[str, ...]
    mitigations: tuple[str, ...]
    reason_codes: tuple[Mapping[str, str], ...]
    themes: tuple[Mapping[str, Any], ...] | None
    """What is told, one of a theme; `Accounts.themes`. None for a run of an older version."""
    households: tuple[HouseholdStory, ...]
    deciding_household: int | None
    """The household whose evidence makes the verdict; None if no evidence is known."""
    unplaced_devices: tuple[DeviceStory, ...]
    other_places: tuple[PlaceStory, ...]
    """Places of no household: hotels, offices, where everybody meets."""
    timeline: tuple[TimelineRow, ...]
    """Places of home first, then of the other households, then the rest."""
    stays: tuple[DeviceStay, ...]
    ties: tuple[TieStory, ...]

    @property
    def deciding(self) -> HouseholdStory | None:
        """The household whose evidence makes the verdict."""
        found = (h for h in self.households if h.household == self.deciding_household)
        return next(found, None)

    @property
    def devices(self) -> tuple[DeviceStory, ...]:
        """All devices: those of each household, then those not placed."""
        placed = (device for household in self.households for device in household.devices)
        return (*placed, *self.unplaced_devices)

    @property
    def places(self) -> tuple[PlaceStory, ...]:
        """All places: those of each household, then the others."""
        owned = (place for household in self.households for place in household.places)
        return (*owned, *self.other_places)

    def first(
        self,
        language: Language = Language.ENGLISH,
        register: SpeechRegister = SpeechRegister.ANALYST,
        min_home_confidence: float | None = None,
    ) -> First:
        """What to know first of it; see `detector.stories.first.tell_first`."""
        cleared = tuple(
            (device.household or 0, device.device_type)
            for device in self.devices
            if device.device_id in self.cleared_by_devices
        )
        return tell_first(vars(self), language, register, min_home_confidence, cleared)

    def busiest_rows(self, most: int) -> tuple[TimelineRow, ...]:
        """The rows of the timeline with the most days, in its order."""
        ranked = sorted(self.timeline, key=lambda row: (-len(row.days), row.place))[:most]
        return tuple(row for row in self.timeline if row in ranked)

    def to_json(self) -> str:
        """Write the story as one indented JSON document."""
        return TypeAdapter(AccountStory).dump_json(self, indent=2).decode() + "\n"
