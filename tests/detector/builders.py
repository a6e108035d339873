"""Rows of the tables between stages, with every field that does not matter filled in."""

from datetime import date, timedelta

import polars as pl

from detector.schemas import Networks, Places, Sightings, Visits

MONDAY = date(2026, 5, 4)
DAYS = range(28)
EVENING = (19, 20, 21)


def day_of(number):
    return MONDAY + timedelta(days=number)


def weekday(number):
    return number % 7 < 5


def mask(bits):
    return sum(1 << bit for bit in set(bits))


def half_hours(hours):
    """Both halves of each hour."""
    return mask(2 * hour + half for hour in hours for half in (0, 1))


def device_type_of(device):
    """The first word of a device's name: ``tv-kitchen`` is a television."""
    return device.split("-")[0]


def sighting(account, device, network, day=0, *, hours=EVENING, playing=(), **fields):
    row = {
        "account_id": account,
        "device_id": device,
        "network": network,
        "day": day_of(day),
        "device_type": device_type_of(device),
        "seen": half_hours(hours) | mask(playing),
        "playing": mask(playing),
        "profiles": 0,
        "spot": None,
    }
    return row | fields


def stays(account, devices, network, days=DAYS, **fields):
    """Devices that are on one network day after day."""
    devices = [devices] if isinstance(devices, str) else devices
    return [sighting(account, d, network, day, **fields) for d in devices for day in days]


def network(name, kind="home_line", pool="AS1", **fields):
    row = {
        "network": name,
        "kind": kind,
        "confidence": 0.9,
        "pool": pool,
        "accounts": 1,
        "devices": 1,
        "stationary_accounts": 1,
        "days": 1,
    }
    return row | fields


def visit(account, device, place, day=0, *, hours=EVENING, playing=(), profiles=(), use=2):
    return {
        "account_id": account,
        "device_id": device,
        "day": day_of(day),
        "place": place,
        "use": use,
        "hours": mask(hours),
        "playing": mask(playing),
        "profiles": mask(profiles),
    }


def visits(account, devices, place, days=DAYS, **fields):
    """Devices that are at one place day after day."""
    devices = [devices] if isinstance(devices, str) else devices
    return [visit(account, d, place, day, **fields) for d in devices for day in days]


def place(account, number, kind="home_line", **fields):
    row = {
        "account_id": account,
        "place": number,
        "kind": kind,
        "networks": 1,
        "accounts": 1,
        "devices": 1,
        "active_days": 1,
        "first_day": MONDAY,
        "last_day": MONDAY,
    }
    return row | fields


def table(schema, rows):
    columns = schema.columns()
    frame = pl.DataFrame(rows, schema_overrides={n: columns[n].dtype for n in columns})
    missing = [
        pl.lit(None, dtype=columns[n].dtype).alias(n) for n in columns if n not in frame.columns
    ]
    return schema.validate(frame.with_columns(missing).select(list(columns)), cast=True)


def sightings_of(rows):
    return table(Sightings, rows)


def networks_of(rows):
    return table(Networks, rows)


def visits_of(rows):
    return table(Visits, rows)


def places_of(rows):
    return table(Places, rows)
