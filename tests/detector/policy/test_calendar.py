from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.errors import SettingsError
from detector.policy.calendar import find_openings
from detector.policy.opening_hours import CalendarSettings

ZONES = sorted(available_timezones())
QUARTER = timedelta(minutes=15)
TICK = timedelta(microseconds=1)
FRIDAY = date(2026, 5, 8)


def opening(earliest, calendar, country=None):
    return find_openings([country], earliest, calendar)[country]


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


def is_quiet(instant, calendar, country=None):
    """The rule in plain words: what the clocks on the walls say."""
    return any(
        _is_quiet(instant.astimezone(zone), calendar, calendar.holidays_of(country))
        for zone in calendar.zones_of(country)
    )


def _is_quiet(wall, calendar, holidays):
    if wall.date() in holidays or f"{wall:%A}".lower() in calendar.quiet_weekdays:
        return True
    if not calendar.quiet:
        return False
    begin, end = calendar.quiet
    if begin < end:
        return begin <= wall.time() < end
    return wall.time() >= begin or wall.time() < end


def check(earliest, calendar, country=None):
    """It is not quiet then, and was quiet at each moment before."""
    found = opening(earliest, calendar, country)
    assert found >= earliest
    assert not is_quiet(found, calendar, country)
    if found > earliest:
        assert is_quiet(found - TICK, calendar, country)
    before = earliest
    while before < found:
        assert is_quiet(before, calendar, country)
        before += QUARTER


def changes(zone, year=2026):
    """The days of a year on which its clocks are changed."""
    place = ZoneInfo(zone)
    days = [utc(year, 1, 1) + timedelta(days=n) for n in range(366)]
    offsets = [day.astimezone(place).utcoffset() for day in days]
    return [day for day, (one, two) in zip(days, pairwise(offsets), strict=False) if one != two]


class TestFindOpenings:
    @pytest.mark.parametrize("hours", ["20:00-09:00", "23:45-00:15"])
    def test_quiet_hours_hold_in_every_time_zone(self, hours):
        for number, zone in enumerate(ZONES):
            calendar = CalendarSettings(time_zone=zone, quiet_hours=hours)
            check(utc(2026, 6, 1) + number * 37 * timedelta(minutes=1), calendar)

    @pytest.mark.parametrize("hours", ["20:00-09:00", "00:30-03:00"])
    def test_quiet_hours_hold_while_clocks_are_changed(self, hours):
        for zone in ZONES:
            calendar = CalendarSettings(time_zone=zone, quiet_hours=hours)
            for day in changes(zone):
                for hour in (0, 5, 13, 21):
                    check(day + timedelta(hours=hour), calendar)

    @given(
        st.sampled_from(ZONES),
        st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),
        st.times(),
        st.times(),
        st.sets(st.sampled_from(["monday", "friday", "saturday", "sunday"])),
    )
    def test_quiet_times_of_every_kind_hold(self, zone, earliest, begin, end, weekdays):
        begin, end = (each.replace(second=0, microsecond=0) for each in (begin, end))
        hours = None if begin == end else f"{begin:%H:%M}-{end:%H:%M}"
        calendar = CalendarSettings(
            time_zone=zone,
            quiet_hours=hours,
            quiet_weekdays=tuple(sorted(weekdays)),
            holidays={"*": (earliest.date(), earliest.date() + timedelta(days=2))},
        )
        check(earliest, calendar)

    def test_what_is_sent_at_noon_is_sent_at_once(self):
        noon = utc(2026, 5, 6, 12, 0, 0, 1)
        assert opening(noon, CalendarSettings(quiet_hours="20:00-09:00")) == noon

    def test_nobody_is_told_from_friday_night_to_monday_morning(self):
        calendar = CalendarSettings(
            quiet_hours="18:00-10:00", quiet_weekdays=("friday", "saturday", "sunday")
        )
        thursday = datetime.combine(FRIDAY - timedelta(days=1), time(18), UTC)
        assert opening(thursday, calendar) == utc(2026, 5, 11, 10)

    def test_an_hour_that_is_left_out_ends_with_the_change_of_clocks(self):
        """At two o'clock it is three: nothing is quiet until half past three for that."""
        calendar = CalendarSettings(time_zone="Europe/Berlin", quiet_hours="01:00-02:30")
        assert opening(utc(2026, 3, 29, 0, 30), calendar) == utc(2026, 3, 29, 1)

    def test_an_hour_that_comes_twice_is_quiet_twice(self):
        calendar = CalendarSettings(time_zone="Europe/Berlin", quiet_hours="02:10-02:40")
        assert opening(utc(2026, 10, 25, 0, 15), calendar) == utc(2026, 10, 25, 0, 40)
        assert opening(utc(2026, 10, 25, 1, 15), calendar) == utc(2026, 10, 25, 1, 40)

    def test_a_holiday_is_one_of_its_country(self):
        holidays = {"DE": (date(2026, 10, 3),), "*": (date(2026, 12, 25),)}
        calendar = CalendarSettings(holidays=holidays)
        found = find_openings(["DE", "FR", None], utc(2026, 10, 3, 5), calendar)
        assert found == {
            "DE": utc(2026, 10, 4),
            "FR": utc(2026, 10, 3, 5),
            None: utc(2026, 10, 3, 5),
        }
        assert opening(utc(2026, 12, 25, 5), calendar, "FR") == utc(2026, 12, 26)

    def test_a_country_of_several_time_zones_is_quiet_while_one_of_them_is(self):
        zones = ("America/New_York", "America/Los_Angeles")
        calendar = CalendarSettings(time_zones={"US": zones}, quiet_hours="20:00-09:00")
        assert opening(utc(2026, 6, 1, 13), calendar, "US") == utc(2026, 6, 1, 16)
        check(utc(2026, 6, 1, 13), calendar, "US")

    def test_time_zones_that_leave_no_time_are_told(self):
        zones = ("Pacific/Auckland", "Europe/London")
        calendar = CalendarSettings(time_zones={"XX": zones}, quiet_hours="17:00-09:00")
        with pytest.raises(SettingsError, match="leaves no time"):
            opening(utc(2026, 6, 1), calendar, "XX")


class TestCalendarSettings:
    @pytest.mark.parametrize(
        ("wrong", "told"),
        [
            ({"time_zone": "Mars/Olympus"}, "there is no time zone 'Mars/Olympus'"),
            ({"time_zones": {"DE": "Berlin"}}, "there is no time zone 'Berlin'"),
            ({"time_zones": {"DE": ()}}, "one time zone at least"),
            ({"quiet_hours": "09:00-09:00"}, "leave no time"),
            ({"quiet_hours": "8pm-9am"}, "pattern"),
            ({"quiet_weekdays": ("sunday",) * 7}, "at most 6"),
        ],
        ids=str,
    )
    def test_refuses(self, wrong, told):
        with pytest.raises(ValueError, match=told):
            CalendarSettings(**wrong)
