"""Files that are given to plan by, checked before anything is written: desks, waves, counts."""

from datetime import date
from zoneinfo import available_timezones

import dataframely as dy
import polars as pl

from detector.errors import InputError
from detector.kinds import Treatment
from detector.rollout.cleaning import (
    LINE,
    day_of,
    desk_of,
    each_value,
    find_slot,
    find_start,
    list_weekdays,
    number_of,
    refuse,
    text_of,
    trim_words,
)
from detector.rollout.tables import DESK, Capacity, MeasuredContacts, Waves

CAPACITY = ("partner", "time_zone", "opens", "closes")
WAVES = ("account_id", "wave", "day")
MEASURED = ("partner", "day", "contacts")
"""The columns that must be there; the others have a value without which they do."""
_OF_DESKS = (
    *("country", "channel", "weekdays", "contacts_per_half_hour", "agents"),
    *("baseline_per_half_hour", "handling_s", "patience_s"),
)
_OF_COUNTS = ("country", "channel", "starts")


def read_capacity(rows: pl.DataFrame, *, source: str) -> dy.DataFrame[Capacity]:
    """Check a table of desks: opening hours by weekday, and what each can take in.

    Args:
        rows: As text, with the columns of `CAPACITY` at least.
        source: What the file is called, for messages.

    Returns:
        One row for each desk, weekday and opening.

    Raises:
        InputError: A number that is none or negative, an unknown time zone, hours that are no
            half-hours or overlap, a row that says nothing of capacity.

    Examples:
        >>> rows = pl.DataFrame({"partner": ["Telvia"], "time_zone": ["Europe/Madrid"],
        ...     "weekdays": ["mon-fri"], "opens": ["09:00"], "closes": ["20:30"],
        ...     "contacts_per_half_hour": ["40"]})
        >>> read_capacity(rows, source="desks.csv").select("weekday", "opens", "closes").row(4)
        (4, 18, 41)
    """
    table = trim_words(rows, source, CAPACITY, _OF_DESKS)
    desks = table.select(
        LINE,
        *desk_of(table),
        text_of(table, "time_zone"),
        pl.Series(
            "weekday", [list_weekdays(*each) for each in each_value(table, "weekdays", source)]
        ),
        pl.Series("opens", [find_slot(*each) for each in each_value(table, "opens", source)]),
        pl.Series("closes", [find_slot(*each) for each in each_value(table, "closes", source)]),
        *(number_of(table, name, source) for name in ("contacts_per_half_hour", "agents")),
        number_of(table, "baseline_per_half_hour", source).fill_null(0.0),
        *(number_of(table, name, source) for name in ("handling_s", "patience_s")),
    )
    _check_desks(desks, source)
    days = desks.explode("weekday").sort(*DESK, "weekday", "opens")
    _check_hours(days, source)
    return Capacity.validate(days.select(Capacity.column_names()), cast=True)


def read_waves(
    rows: pl.DataFrame, *, source: str, today: date, in_force: pl.Series | None = None
) -> dy.DataFrame[Waves]:
    """Check a plan of waves.

    Args:
        rows: As text, with the columns of `WAVES` at least.
        source: What the file is called, for messages.
        today: No wave is on a day before this one.
        in_force: Accounts that are being treated already.

    Raises:
        InputError: A day that is none or in the past, an unknown treatment, an account in two
            waves or still under treatment.

    Examples:
        >>> rows = pl.DataFrame({"account_id": ["a", "a"], "wave": ["w1", "w2"],
        ...     "day": ["2026-09-01", "2026-09-08"]})
        >>> read_waves(rows, source="waves.csv", today=date(2026, 8, 1))
        Traceback (most recent call last):
        detector.errors.InputError: waves.csv has waves that overlap: 1 account is in two waves, ...
        <BLANKLINE>
        Hint: give each account one row
    """
    table = trim_words(rows, source, WAVES, ["treatment"])
    plan = table.select(
        LINE,
        text_of(table, "account_id"),
        text_of(table, "wave"),
        day_of(table, source),
        text_of(table, "treatment").fill_null(Treatment.NOTIFY.value),
    )
    for name in ("account_id", "wave"):
        refuse(plan.filter(pl.col(name).is_null()), f"no {name}", "fill it in", source)
    odd = ~pl.col("treatment").is_in([each.value for each in Treatment])
    known = ", ".join(each.value for each in Treatment)
    refuse(plan.filter(odd), "an unknown treatment", f"known are {known}", source)
    past = plan.filter(pl.col("day") < today)
    hint = f"plan from {today} on, or say which day it is: --today"
    refuse(past, f"a wave in the past, before {today}", hint, source)
    _refuse_overlaps(plan, source, in_force)
    return Waves.validate(plan.select(Waves.column_names()).sort("account_id"), cast=True)


def read_measured(rows: pl.DataFrame, *, source: str) -> dy.DataFrame[MeasuredContacts]:
    """Check what desks counted, by day or by half-hour.

    A day of which half-hours are given is their sum; one counted as a whole has the slot -1.

    Raises:
        InputError: A number that is none or negative, a day that is none, one told twice.

    Examples:
        >>> rows = pl.DataFrame({"partner": ["Telvia"], "day": ["2026-09-01"], "contacts": ["31"]})
        >>> read_measured(rows, source="counts.csv").row(0)
        ('Telvia', '', 'phone', datetime.date(2026, 9, 1), -1, 31)
    """
    table = trim_words(rows, source, MEASURED, _OF_COUNTS)
    counted = table.select(
        LINE,
        *desk_of(table),
        day_of(table, source).alias("local_day"),
        pl.Series(
            "slot", [find_start(*each) for each in each_value(table, "starts", source)], pl.Int16
        ),
        number_of(table, "contacts", source),
    )
    number = pl.col("contacts")
    broken = counted.filter(number.is_null() | (number != number.round()))
    refuse(broken, "contacts that are no whole number", "count contacts as 0, 1, 2, ...", source)
    key = [*DESK, "local_day"]
    twice = counted.filter(pl.struct(*key, "slot").is_duplicated())
    refuse(twice, "a day or half-hour told twice", "give each one row", source)
    both = counted.filter((pl.col("slot").min().over(key) < 0) & (pl.len().over(key) > 1))
    refuse(both, "a day told both whole and by half-hours", "give either", source)
    found = counted.select(MeasuredContacts.column_names()).sort(*key, "slot")
    return MeasuredContacts.validate(found, cast=True)


def _check_desks(desks: pl.DataFrame, source: str) -> None:
    unknown = desks.filter(
        pl.col("time_zone").is_null() | ~pl.col("time_zone").is_in(sorted(available_timezones()))
    )
    hint = f"they are called {_zone_like(unknown['time_zone'])}"
    refuse(unknown, "an unknown time zone", hint, source, column="time_zone")
    backward = desks.filter(pl.col("opens") >= pl.col("closes"))
    hint = "hours over midnight are two rows: 20:00 to 24:00, and 00:00 to 02:00 of the next day"
    refuse(backward, "a desk that closes before it opens", hint, source)
    silent = desks.filter(pl.col("contacts_per_half_hour").is_null() & pl.col("agents").is_null())
    refuse(silent, "no capacity", "give contacts_per_half_hour or agents", source)
    broken = desks.filter(pl.col("agents") != pl.col("agents").round())
    refuse(broken, "agents that are no whole number", "count those who are at work", source)
    for name in ("handling_s", "patience_s"):
        zero = desks.filter(pl.col(name) == 0)
        refuse(zero, f"a {name} of 0", "give seconds above 0, or leave it empty", source)
    several = desks.filter(pl.col("time_zone").n_unique().over(DESK) > 1)
    refuse(several, "a desk in two time zones", "give each a country or channel", source)


def _zone_like(written: pl.Series) -> str:
    """The zone that is called as somebody wrote in short, as Rome; else any, for its form."""
    town = (written.drop_nulls().to_list() or [""])[0].replace(" ", "_").lower()
    return next(
        (zone for zone in sorted(available_timezones()) if zone.lower().endswith(f"/{town}")),
        "Europe/Madrid",
    )


def _check_hours(days: pl.DataFrame, source: str) -> None:
    key = [*DESK, "weekday"]
    early = pl.col("opens") < pl.col("closes").shift(1).over(key)
    hint = "give each half-hour of a weekday to one row of the desk"
    refuse(days.filter(early), "opening hours that overlap another row's", hint, source)


def _refuse_overlaps(plan: pl.DataFrame, source: str, in_force: pl.Series | None) -> None:
    twice = plan.filter(pl.col("account_id").is_duplicated())["account_id"].n_unique()
    if twice:
        told = "1 account is" if twice == 1 else f"{twice:,} accounts are"
        first = plan.filter(pl.col("account_id").is_duplicated())[LINE].min()
        raise InputError(
            f"{source} has waves that overlap: {told} in two waves, first in line {first}.",
            hint="give each account one row",
        )
    if in_force is None:
        return
    held = plan.filter(pl.col("account_id").is_in(in_force.to_list()))
    hint = "leave them out, or wait until what was done to them has ended"
    refuse(held, "an account whose treatment is still in force", hint, source)
