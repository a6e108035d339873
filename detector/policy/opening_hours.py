"""When a policy lets nothing be sent: quiet hours, quiet days of the week, holidays."""

from datetime import date, time
from functools import cache
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

Zones = str | tuple[str, ...]


class CalendarSettings(BaseModel):
    """When people are let be, by the clock on their own wall.

    Examples:
        >>> CalendarSettings(quiet_hours="20:00-09:00").quiet
        (datetime.time(20, 0), datetime.time(9, 0))
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True
    )

    time_zone: str = "UTC"
    """Of accounts whose country is not known, or not listed below."""

    time_zones: dict[str, Zones] = {}
    """Of each country; of several, nothing is sent while it is quiet in any of them."""

    quiet_hours: Annotated[
        str | None,
        Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$"),
    ] = None
    """From the first time of day up to the second, over midnight too: `20:00-09:00`."""

    quiet_weekdays: Annotated[tuple[Weekday, ...], Field(max_length=6)] = ()
    """Days of the week on which nothing is sent: nobody is to find out on a Friday night."""

    holidays: dict[str, tuple[date, ...]] = {}
    """Days on which nothing is sent, by country; `*` is every country."""

    @property
    def quiet(self) -> tuple[time, time] | None:
        """When the quiet hours begin and end."""
        if self.quiet_hours is None:
            return None
        begin, end = map(time.fromisoformat, self.quiet_hours.split("-"))
        return begin, end

    @property
    def quiet_days(self) -> frozenset[int]:
        """The quiet days of the week, Monday being 0."""
        return frozenset(map(WEEKDAYS.index, self.quiet_weekdays))

    def zones_of(self, country: str | None) -> tuple[ZoneInfo, ...]:
        """The time zones in which it must not be quiet."""
        zones = self.time_zones.get(country or "", self.time_zone)
        return tuple(map(ZoneInfo, (zones,) if isinstance(zones, str) else zones))

    def holidays_of(self, country: str | None) -> frozenset[date]:
        """The days on which nothing is sent there."""
        return frozenset((*self.holidays.get("*", ()), *self.holidays.get(country or "", ())))

    @field_validator("time_zone", "time_zones")
    @classmethod
    def _are_time_zones(cls, value: str | dict[str, Zones]) -> str | dict[str, Zones]:
        listed = [value] if isinstance(value, str) else list(value.values())
        names = [each for zone in listed for each in ((zone,) if isinstance(zone, str) else zone)]
        if wrong := sorted(set(names) - _known_zones()):
            raise ValueError(f"there is no time zone {wrong[0]!r}; they are called 'Europe/Berlin'")
        if () in listed:
            raise ValueError("a country has one time zone at least")
        return value

    @model_validator(mode="after")
    def _leaves_hours(self) -> Self:
        if self.quiet and self.quiet[0] == self.quiet[1]:
            raise ValueError("quiet_hours that begin when they end leave no time, or all of it")
        return self


@cache
def _known_zones() -> frozenset[str]:
    return frozenset(available_timezones())
