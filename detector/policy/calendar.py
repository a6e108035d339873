"""When a decision may be sent at the earliest: outside quiet hours, quiet days and holidays."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from detector.errors import InputError, SettingsError
from detector.policy.opening_hours import CalendarSettings

MIDNIGHT = time()
_STEP = timedelta(hours=6)
"""No clock is put forward and back again within so short a time."""
_TICK = timedelta(microseconds=1)
_PATIENCE = timedelta(days=800)
"""Beyond every list of holidays: it is quiet for ever."""


@dataclass(frozen=True)
class QuietTimes:
    """When it is quiet at one place, by the clock on the wall there."""

    zone: ZoneInfo
    hours: tuple[time, time] | None
    weekdays: frozenset[int]
    holidays: frozenset[date]

    def is_quiet(self, wall: datetime) -> bool:
        """Whether nothing is sent while the clock on the wall says this."""
        if wall.weekday() in self.weekdays or wall.date() in self.holidays:
            return True
        if self.hours is None:
            return False
        begin, end = self.hours
        now = wall.time()
        return begin <= now < end if begin < end else now >= begin or now < end

    def open_wall(self, wall: datetime) -> datetime:
        """The first time on the wall, this one or later, at which it is not quiet."""
        while self.is_quiet(wall):
            later = [datetime.combine(wall.date() + timedelta(days=1), MIDNIGHT)]
            if self.hours:
                later.append(datetime.combine(wall.date(), self.hours[1]))
            wall = min(each for each in later if each > wall)
        return wall


def find_openings(
    countries: Iterable[str | None], earliest: datetime, calendar: CalendarSettings
) -> dict[str | None, datetime]:
    """Find for each country the first instant, `earliest` or later, at which it is not quiet.

    Args:
        countries: Countries of record; None is an account of no known one.
        earliest: An instant with its time zone.
        calendar: When it is quiet, by the clock on the wall.

    Returns:
        One instant per country, in UTC.

    Raises:
        InputError: `earliest` has no time zone, so that it is no instant.
        SettingsError: It is quiet in some time zone of a country at all times.

    Examples:
        Saturday evening in Berlin, which is quiet until Monday at nine, and then in summer time:

        >>> calendar = CalendarSettings(time_zones={"DE": "Europe/Berlin"},
        ...     quiet_hours="20:00-09:00", quiet_weekdays=("saturday", "sunday"))
        >>> evening = datetime(2026, 3, 28, 19, 30, tzinfo=UTC)
        >>> find_openings(["DE", None], evening, calendar)["DE"].isoformat()
        '2026-03-30T07:00:00+00:00'
    """
    if earliest.tzinfo is None:
        raise InputError(f"{earliest} has no time zone.", hint="name an instant, in UTC")
    return {each: _opening(each, earliest.astimezone(UTC), calendar) for each in {*countries}}


def _opening(country: str | None, earliest: datetime, calendar: CalendarSettings) -> datetime:
    places = [
        QuietTimes(zone, calendar.quiet, calendar.quiet_days, calendar.holidays_of(country))
        for zone in calendar.zones_of(country)
    ]
    found = earliest
    while found - earliest < _PATIENCE:
        before = found
        for place in places:
            found = _open_at(place, found)
        if found == before:
            return found
    raise SettingsError(
        f"[calendar] leaves no time at which anything may be sent to {country!r}.",
        hint="shorten the quiet hours, or name fewer time zones for that country",
    )


def _open_at(place: QuietTimes, instant: datetime) -> datetime:
    """Go on by the clock on the wall as long as nobody changes it, else from the change on."""
    while True:
        offset = _offset(place.zone, instant)
        wall = (instant + offset).replace(tzinfo=None)
        opens = instant + (place.open_wall(wall) - wall)
        changed = _first_change(place.zone, instant, opens)
        if changed is None:
            return opens
        instant = changed


def _first_change(zone: ZoneInfo, after: datetime, until: datetime) -> datetime | None:
    """The first instant of (after, until] by which somebody has put the clock forward or back."""
    offset = _offset(zone, after)
    while after < until:
        then = min(after + _STEP, until)
        if _offset(zone, then) != offset:
            while then - after > _TICK:
                middle = after + (then - after) // 2
                after, then = (middle, then) if _offset(zone, middle) == offset else (after, middle)
            return then
        after = then
    return None


def _offset(zone: ZoneInfo, instant: datetime) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta()
