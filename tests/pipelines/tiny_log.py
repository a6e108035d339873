"""A log of a few rows, and a reading of it."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256

import polars as pl

from detector.settings import Settings
from pipelines.reading.log import read_log
from pipelines.reading.options import ReadOptions
from pipelines.reading.shared.tables import read_bucket

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
COLUMNS = ("ts", "account_id", "device_id", "ip", "event_type", "device_type", "duration_s")


def event(account="ada", hour=0.0, **fields):
    """One row of a log; every field that does not matter is filled in."""
    row = {
        "ts": NOON + timedelta(hours=hour),
        "account_id": account,
        "device_id": f"{account}-tv",
        "ip": "81.2.69.142",
        "event_type": "login",
        "device_type": "tv",
        "duration_s": None,
    }
    return row | fields


def events(*rows):
    return pl.DataFrame(rows, infer_schema_length=None).with_columns(
        pl.col("duration_s").cast(pl.Int64)
    )


def day_rows(accounts=3, days=5):
    """Some accounts with one event a day."""
    return [event(f"acc-{a}", hour=24 * d) for a in range(accounts) for d in range(days)]


def silent(progress):
    """Nobody watches."""


def read(log, work, *more, settings=None, on_progress=silent, **options):
    logs = [str(path) for path in (log, *more)]
    return read_log(logs, settings or Settings(), ReadOptions(**options), work, on_progress)


def digest(reading):
    paths = (*reading.buckets, reading.rejects)
    return [sha256(path.read_bytes()).hexdigest() for path in paths]


def sightings(reading):
    return pl.concat([read_bucket(path) for path in reading.buckets])
