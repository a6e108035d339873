"""What is given to plan a roll-out, and what a forecast of it says, which names no account.

`country` is empty where a desk answers for all countries of its partner that have no desk of their
own; `partner` is `direct` for what was sold without one.
"""

import dataframely as dy

from detector.kinds import Treatment

DIRECT = "direct"
"""The partner of accounts that were sold directly."""
ALL_COUNTRIES = ""
PHONE = "phone"
SLOTS = 48
"""Half-hours of a day."""
DESK = ("partner", "country", "channel")
"""What tells one desk from another."""
STREAMS = ("treated", "friction", "baseline", "all")
"""Why people ring: they were treated, an honest payer was asked for a code, as always; the sum."""
MEASURES = (
    "cancelled",
    "complied",
    "converted",
    "extra_members",
    "net_accounts",
    "net_revenue",
)
BANDS = (50, 80, 95)
"""Percent of simulated futures that lie within a band, both ends counted."""


class Capacity(dy.Schema):
    """When a desk is open on one weekday, and what it can take in.

    Built by `detector.rollout.given.read_capacity`.
    """

    partner = dy.String(primary_key=True, min_length=1)
    country = dy.String(primary_key=True)
    channel = dy.String(primary_key=True, min_length=1)
    weekday = dy.UInt8(primary_key=True, max=6, description="Monday is 0.")
    opens = dy.UInt8(primary_key=True, max=47, description="Half-hour of the local day.")
    closes = dy.UInt8(min=1, max=48, description="The first half-hour in which it is closed.")
    time_zone = dy.String(min_length=1)
    contacts_per_half_hour = dy.Float64(nullable=True, min=0, description="What it takes in.")
    agents = dy.UInt32(nullable=True, description="Or who is there, from whom that follows.")
    baseline_per_half_hour = dy.Float64(min=0, description="Contacts that come anyway.")
    handling_s = dy.Float64(nullable=True, min_exclusive=0)
    patience_s = dy.Float64(nullable=True, min_exclusive=0)


class Waves(dy.Schema):
    """On which day an account is treated first, and how.

    Built by `detector.rollout.given.read_waves`; what `household decide --wave` takes.
    """

    account_id = dy.String(primary_key=True, min_length=1)
    wave = dy.String(min_length=1)
    day = dy.Date()
    treatment = dy.Enum(Treatment)


class MeasuredContacts(dy.Schema):
    """Contacts that a desk counted on one day, or in one half-hour of it.

    Built by `detector.rollout.given.read_measured`.
    """

    partner = dy.String(primary_key=True, min_length=1)
    country = dy.String(primary_key=True)
    channel = dy.String(primary_key=True, min_length=1)
    local_day = dy.Date(primary_key=True)
    slot = dy.Int16(primary_key=True, min=-1, max=47, description="-1: the day as a whole.")
    contacts = dy.Int64(min=0)


class Cells(dy.Schema):
    """Accounts that are treated first on one day, counted.

    Built by `detector.rollout.cells.count_cells`: no account goes further than this.
    """

    partner = dy.String(primary_key=True, min_length=1)
    country = dy.String(primary_key=True, description="Of record; empty: unknown.")
    plan = dy.String(primary_key=True, description="Empty: unknown.")
    pattern = dy.String(primary_key=True)
    wave = dy.String(primary_key=True)
    day = dy.Date(primary_key=True)
    treatment = dy.Enum(Treatment, primary_key=True)
    accounts = dy.Int64(min=1)
    borrowers = dy.Int64(min=0, description="External households of these accounts.")


class Payers(dy.Schema):
    """Accounts that nobody flags, whom the change reaches all the same.

    Built by `detector.rollout.cells.count_payers`.
    """

    partner = dy.String(primary_key=True, min_length=1)
    country = dy.String(primary_key=True, description="Of record; empty: unknown.")
    accounts = dy.Int64(min=1)


class Banded(dy.Schema):
    """An expected value, and between which values it lies in so many percent of futures."""

    expected = dy.Float64()
    low_50 = dy.Float64()
    high_50 = dy.Float64()
    low_80 = dy.Float64()
    high_80 = dy.Float64()
    low_95 = dy.Float64()
    high_95 = dy.Float64()


class DeskHalfHour(dy.Schema):
    """A stream of contacts of a desk in one half-hour."""

    partner = dy.String(primary_key=True, min_length=1)
    country = dy.String(primary_key=True)
    channel = dy.String(primary_key=True, min_length=1)
    starts_at = dy.Datetime(primary_key=True, time_unit="us", time_zone="UTC")
    stream = dy.Enum(STREAMS, primary_key=True)


class Contacts(DeskHalfHour, Banded):
    """Contacts of a desk in one half-hour.

    Built by `detector.rollout.forecast.forecast_contacts`.
    """

    local_day = dy.Date()
    local_time = dy.Time(description="By the clock on the desk's wall.")
    agents = dy.UInt32(nullable=True, description="At their desks; this and the next two: `all`.")
    rostered = dy.UInt32(nullable=True, description="Of whom so many are at their desks.")
    capacity = dy.Float64(nullable=True, min=0, description="Contacts that the desk can take in.")


class DeskDay(dy.Schema):
    """A stream of contacts of a desk on one day."""

    partner = dy.String(primary_key=True, min_length=1)
    country = dy.String(primary_key=True)
    channel = dy.String(primary_key=True, min_length=1)
    local_day = dy.Date(primary_key=True)
    stream = dy.Enum(STREAMS, primary_key=True)


class Days(DeskDay, Banded):
    """Contacts of a desk on one day: bands of sums are not sums of bands.

    Built by `detector.rollout.forecast.forecast_contacts`.
    """

    agents = dy.UInt32(nullable=True, description="The most in any half-hour; stream `all` only.")
    rostered = dy.UInt32(nullable=True)


class Prospect(dy.Schema):
    """What becomes of a partner's accounts in a country."""

    partner = dy.String(primary_key=True, min_length=1)
    country = dy.String(primary_key=True, description="Of record; empty: unknown.")
    measure = dy.Enum(MEASURES, primary_key=True)
    within_days = dy.Int32(primary_key=True, min=1, description="After an account's first day.")


class Outcomes(Prospect, Banded):
    """What a roll-out is worth: accounts, or currency a month.

    Built by `detector.rollout.outcomes.forecast_outcomes`.
    """

    unit = dy.String()
