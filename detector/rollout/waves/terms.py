"""By which rules waves are planned, and when they stop; `read_terms` makes them from TOML."""

from datetime import date
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from detector.policy.opening_hours import WEEKDAYS, Weekday
from detector.policy.read import read_model
from detector.policy.rules import PolicyPart, Share, Word

DEFAULT = Path(__file__).with_name("default.toml")
"""What holds where no file is named."""


class Stop(PolicyPart):
    """What is too much of one thing."""

    most: Annotated[float, Field(gt=0)]
    """A share; of contacts, for each that was expected."""

    at_least: Annotated[int, Field(ge=1)]
    """Contacts, accounts or appeals that must have been counted: of fewer, chance says too much."""


class StopTerms(PolicyPart):
    """What halts the next wave."""

    confidence: Annotated[float, Field(gt=0.5, lt=1)]
    """How sure it must be that the bound is passed."""

    contacts: Stop
    """Of a partner's desks, since the first day of the plan."""

    cancelled: Stop
    """Of a partner's accounts that were treated in waves."""

    overturned: Stop
    """Of appeals of a partner's accounts that were answered."""


class WaveTerms(PolicyPart):
    """How waves are planned.

    Examples:
        >>> read_terms(DEFAULT.read_text(encoding="utf-8"), source="default.toml").promise
        0.8
    """

    name: Word
    version: Word
    horizon_days: Annotated[int, Field(ge=1, le=730)]
    """Days on which accounts may start."""

    promise: Annotated[float, Field(ge=0.5, lt=1)]
    """Share of futures in which no half-hour of a partner overflows."""

    certainty: tuple[Share, ...]
    """Lower ends of classes of probability, falling."""

    gentle: tuple[Word, ...]
    """Patterns, those that a mistake harms least first; all others come after them."""

    most_apart: Share
    """By how much started shares of two countries of a partner may differ; 1: by anything."""

    quiet_weekdays: Annotated[tuple[Weekday, ...], Field(max_length=6)] = ()
    """Days of the week on which nobody starts."""

    blackout: tuple[date, ...] = ()
    """Days on which nobody starts."""

    stops: StopTerms

    @property
    def quiet_days(self) -> frozenset[int]:
        """The quiet days of the week, Monday being 0."""
        return frozenset(map(WEEKDAYS.index, self.quiet_weekdays))

    @model_validator(mode="after")
    def _falls(self) -> Self:
        if list(self.certainty) != sorted(set(self.certainty), reverse=True):
            raise ValueError("certainty falls: write the highest probability first, each once")
        return self


def read_terms(text: str, *, source: str) -> WaveTerms:
    """Read the rules of waves.

    Raises:
        SettingsError: No TOML, a misspelt key, a wrong value; with the line to mend.
    """
    return read_model(WaveTerms, text, source=source)
