"""A forecast of a few days, as tables, for packs to be made of."""

from datetime import UTC, date, datetime, time, timedelta

import polars as pl

from detector.kinds import Treatment
from detector.rollout.packs.pack import PackSettings, build_packs
from detector.rollout.tables import BANDS, Cells, Contacts, Days

MONDAY = date(2026, 9, 7)
CONTACT = {f"{end}_{band}": 1.0 for end in ("low", "high") for band in BANDS}


def cell(accounts, partner="Telvia", day=MONDAY, **fields):
    row = {
        "partner": partner,
        "country": "ES",
        "plan": "",
        "pattern": "second_household",
        "wave": "w1",
        "day": day,
        "treatment": "notify",
        "accounts": accounts,
        "borrowers": accounts,
    }
    return row | fields


def half_hours(partner="Telvia", country="ES", channel="phone", days=3, expected=2.0):
    return [
        {
            "partner": partner,
            "country": country,
            "channel": channel,
            "starts_at": datetime(2026, 9, 7, hour, tzinfo=UTC) + timedelta(days=day),
            "stream": "all",
            "local_day": MONDAY + timedelta(days=day),
            "local_time": time(hour + 2),
            "expected": expected * (1 + day),
            "agents": 3,
            **CONTACT,
        }
        for day in range(days)
        for hour in (8, 9)
    ]


def tables_of(cells, halves=None):
    """The tables of a forecast that packs are made of."""
    rows = pl.DataFrame(half_hours() if halves is None else halves)
    by_day = rows.group_by("partner", "country", "channel", "local_day", "stream").agg(
        pl.col("expected").sum(), pl.col("agents").max(), *(pl.col(name).sum() for name in CONTACT)
    )
    rows, by_day = (
        each.with_columns(rostered=pl.lit(None), capacity=pl.lit(None)) for each in (rows, by_day)
    )
    return {
        Cells: Cells.validate(pl.DataFrame(cells), cast=True),
        Contacts: Contacts.validate(rows.select(Contacts.column_names()), cast=True),
        Days: Days.validate(by_day.select(Days.column_names()), cast=True),
    }


def packs(cells, halves=None, **settings):
    steps = [(Treatment.VERIFY_DEVICE, 14)]
    return build_packs(*tables_of(cells, halves).values(), PackSettings(steps, **settings))
