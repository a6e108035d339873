"""Rows of the files that a roll-out is planned by, as text, with what does not matter filled in."""

from datetime import date

import polars as pl

from detector.events.accounts import clean_records
from detector.rollout.given import read_capacity, read_measured, read_waves
from detector.schemas import Accounts

MONDAY = date(2026, 9, 7)


def desk_row(**fields):
    row = {
        "partner": "Telvia",
        "country": "",
        "channel": "phone",
        "time_zone": "Europe/Madrid",
        "weekdays": "",
        "opens": "09:00",
        "closes": "17:00",
        "contacts_per_half_hour": "40",
    }
    return row | fields


def capacity(*rows):
    return read_capacity(pl.DataFrame([*rows], infer_schema_length=None), source="desks.csv")


def wave_row(account="a", **fields):
    return {"account_id": account, "wave": "w1", "day": str(MONDAY)} | fields


def waves(*rows, today=MONDAY, **given):
    table = pl.DataFrame([*rows], infer_schema_length=None)
    return read_waves(table, source="waves.csv", today=today, **given)


def count_row(contacts, **fields):
    return {"partner": "Telvia", "day": str(MONDAY), "contacts": str(contacts)} | fields


def measured(*rows):
    return read_measured(pl.DataFrame([*rows], infer_schema_length=None), source="counts.csv")


def account(name, *, flagged=True, **fields):
    row = {
        "account_id": name,
        "flagged": flagged,
        "verdict": "shared" if flagged else "one_household",
        "pattern": "second_household",
        "external_households": 1,
        "partner": None,
        "plan": None,
        "country_of_record": None,
    }
    return row | fields


def accounts(*rows):
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    return Accounts.sample(len(rows), overrides=columns)


def records(**partners):
    """The accounts table: who sold each account."""
    rows = {
        "account_id": list(partners),
        "partner": list(partners.values()),
        "country": "ES",
        "plan": "standard",
        "extra_members": "0",
        "signup_date": "2024-03-01",
    }
    return clean_records(pl.DataFrame(rows))
