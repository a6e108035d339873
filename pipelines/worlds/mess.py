"""What goes wrong between the player and the log: gaps, duplicates, garbage."""

from datetime import timedelta
from random import Random

import numpy as np
import polars as pl

from pipelines.worlds.settings import WorldSettings

_UNREADABLE = ("unknown", "-", "", "999.12.3.4", "2001:db8::zz", "203.0.113", "localhost")
_PRIVATE = ("10.0.0.17", "192.168.1.20", "172.16.4.2", "100.64.9.9", "127.0.0.1", "fd00::12")
_KEYS = ("ts", "account_id", "device_id")
_GAP_DAYS = (2, 9)
YEARS_AHEAD = timedelta(days=3_000)


def lose_rows(events: pl.DataFrame, settings: WorldSettings, seed: int) -> pl.DataFrame:
    """Drop what outages of the whole log, and gaps of single accounts, swallow.

    Args:
        events: Rows of one chunk of accounts.
        settings: Outages are the same for all chunks.
        seed: Drawn for this chunk.
    """
    for begun, ended in _outages(settings):
        inside = (pl.col("ts") - _midnight(settings)).is_between(begun, ended)
        events = events.filter(~inside)
    rng = np.random.default_rng(seed)
    accounts = events["account_id"].unique().sort()
    hit = accounts.filter(pl.Series(rng.random(len(accounts)) < settings.mess.account_gaps))
    if hit.is_empty():
        return events
    first = rng.integers(0, settings.days, len(hit))
    gaps = pl.DataFrame(
        {"account_id": hit, "first": first, "last": first + rng.integers(*_GAP_DAYS, len(hit))}
    )
    day = (pl.col("ts") - _midnight(settings)).dt.total_days()
    kept = events.join(gaps, on="account_id", how="left", maintain_order="left")
    lost = day.is_between(pl.col("first"), pl.col("last")).fill_null(value=False)
    return kept.filter(~lost).drop("first", "last")


def soil(events: pl.DataFrame, settings: WorldSettings, seed: int) -> pl.DataFrame:
    """Write some rows twice, and spoil others."""
    mess, rng = settings.mess, np.random.default_rng(seed)
    again = np.flatnonzero(rng.random(len(events)) < mess.duplicates)
    spoilt = events.with_columns(
        ip=_replaced("ip", events, mess.unreadable_addresses, _UNREADABLE, rng)
    )
    spoilt = spoilt.with_columns(ip=_replaced("ip", spoilt, mess.private_addresses, _PRIVATE, rng))
    spoilt = spoilt.with_columns(
        pl.when(pl.Series(rng.random(len(events)) >= mess.null_keys / len(_KEYS)))
        .then(pl.col(key))
        .alias(key)
        for key in _KEYS
    )
    spoilt = spoilt.with_columns(_odd(len(events), mess.odd_addresses, rng))
    ahead = pl.Series(rng.random(len(events)) < mess.future_dates)
    spoilt = spoilt.with_columns(ts=pl.when(ahead).then(pl.col("ts") + YEARS_AHEAD).otherwise("ts"))
    order = np.sort(np.concatenate([np.arange(len(events)), again]))
    return spoilt[order]


def _midnight(settings: WorldSettings) -> pl.Expr:
    return pl.lit(settings.first_day).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")


def _outages(settings: WorldSettings) -> list[tuple[timedelta, timedelta]]:
    rng, length = Random(f"outages {settings.seed}"), timedelta(hours=settings.mess.outage_hours)
    begins = [
        timedelta(hours=rng.uniform(0, settings.days * 24)) for _ in range(settings.mess.outages)
    ]
    return [(begun, begun + length) for begun in begins]


def _replaced(
    column: str,
    events: pl.DataFrame,
    rate: float,
    values: tuple[str, ...],
    rng: np.random.Generator,
) -> pl.Expr:
    hit = pl.Series(rng.random(len(events)) < rate)
    pick = pl.Series(values).gather(pl.Series(rng.integers(0, len(values), len(events))))
    return pl.when(hit).then(pick).otherwise(column)


def _odd(count: int, rate: float, rng: np.random.Generator) -> pl.Expr:
    """IPv4 addresses mapped into IPv6, IPv6 addresses in upper case."""
    hit, v6 = pl.Series(rng.random(count) < rate), pl.col("ip").str.contains(":", literal=True)
    v4 = pl.col("ip").str.contains(r"^\d+\.\d+\.\d+\.\d+$")
    odd = pl.when(v6).then(pl.col("ip").str.to_uppercase()).when(v4).then("::ffff:" + pl.col("ip"))
    return pl.when(hit).then(odd.otherwise("ip")).otherwise("ip").alias("ip")
