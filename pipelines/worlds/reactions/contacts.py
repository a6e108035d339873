"""Who rings or writes about it: when, where, over which channel; and what a desk counts of that."""

from datetime import timedelta
from zlib import crc32

import numpy as np
import polars as pl

from pipelines.worlds.hashing import Floats, Ints, uniform
from pipelines.worlds.reactions import lots
from pipelines.worlds.settings import WorldSettings

_MOST = 4
"""Contacts of an account about one thing."""

_WEEK, _SATURDAY = 7, 5
DESK = ("partner", "country", "channel")


def list_contacts(
    steps: pl.DataFrame, asked: pl.DataFrame, settings: WorldSettings
) -> pl.DataFrame:
    """Let those who are treated, and those who are asked for a code, get in touch about it.

    Args:
        steps: From `list_steps`.
        asked: From `answer_friction`.
        settings: Of the world.

    Returns:
        account_id, stream, partner, country, channel, day of the world, starts (local half-hour).
    """
    ours = settings.reactions.contacts
    chance = lots.look_up(ours.chance, steps["treatment"])
    explains = (steps["label"] == "single").to_numpy()
    chance = chance * np.where(explains, ours.honest_factor, 1.0)
    treated = steps.with_columns(chance=pl.Series(chance), stream=pl.lit("treated"))
    rub = pl.lit(settings.reactions.friction.contacts)
    friction = asked.with_columns(chance=rub, stream=pl.lit("friction"))
    columns = ["account_id", "number", "partner", "country", "day", "stream", "chance"]
    causes = pl.concat([treated.select(columns), friction.select(columns)])
    chance = causes["chance"].to_numpy() * _partner_factors(causes["partner"], settings)
    parts = [
        _turn(causes, np.minimum(chance * ours.again**turn, 0.95), turn, settings)
        for turn in range(_MOST)
    ]
    return pl.concat(parts).sort("account_id", "day", "starts", "stream", "channel")


def count_contacts(
    contacts: pl.DataFrame, desks: pl.DataFrame, days: range, settings: WorldSettings
) -> pl.DataFrame:
    """Count contacts as desks do: by half-hour, and days without any as a whole.

    Args:
        contacts: From `list_contacts`.
        desks: partner and country of all that might be rung.
        days: Of the world, on which it was counted.
        settings: Of the world.

    Returns:
        partner, country, channel, day, starts, contacts; the table `measured` of a forecast.
    """
    channels = pl.DataFrame({"channel": list(settings.reactions.contacts.channels)})
    every = desks.select("partner", "country").unique().join(channels, how="cross")
    every = every.join(pl.DataFrame({"day": list(days)}, schema={"day": pl.Int64}), how="cross")
    came = contacts.filter(pl.col("day").is_in(list(days)))
    counted = came.group_by(*DESK, "day", "starts").agg(contacts=pl.len().cast(pl.Int64))
    quiet = every.join(came, on=[*DESK, "day"], how="anti").with_columns(
        starts=pl.lit(None, pl.String), contacts=pl.lit(0, pl.Int64)
    )
    told = pl.concat([counted, quiet.select(counted.columns)])
    date = pl.lit(settings.first_day) + pl.duration(days="day")
    return told.with_columns(day=date).sort(*DESK, "day", "starts")


def _turn(causes: pl.DataFrame, chance: Floats, turn: int, settings: WorldSettings) -> pl.DataFrame:
    """The first, second, ... contact about each cause; a next one only follows one before.

    One lot decides about all of them, so that each share is one of those who came before.
    """
    number, day = causes["number"].to_numpy(), causes["day"].to_numpy()
    ours, seed = settings.reactions.contacts, settings.seed
    hit = np.flatnonzero(uniform(number, day, seed, lots.CONTACTS) < chance)
    number, day = number[hit], day[hit]
    lot = uniform(number, day, turn, seed, lots.CONTACT_DAYS)
    delay = lots.draw_days(lot, ours.median_days, ours.shape) + turn
    came = _put_off(day + delay, uniform(number, day, turn, seed, lots.PUT_OFF), settings)
    found = causes[hit].select("account_id", "stream", "partner", "country")
    return found.with_columns(
        channel=_channels(uniform(number, seed, lots.CHANNELS), settings),
        day=pl.Series(came),
        starts=_half_hours(uniform(number, day, turn, seed, lots.CONTACT_HOURS), settings),
    ).filter(pl.Series(delay <= ours.latest_days))


def _put_off(day: Ints, lot: Floats, settings: WorldSettings) -> Ints:
    weekday = (settings.first_day.weekday() + day) % _WEEK
    waits = (weekday >= _SATURDAY) & (lot < settings.reactions.contacts.put_off)
    return np.where(waits, day + _WEEK - weekday, day)


def _channels(lot: Floats, settings: WorldSettings) -> pl.Series:
    shares = settings.reactions.contacts.channels
    ends = np.cumsum(list(shares.values())) / sum(shares.values())
    row = np.minimum(np.searchsorted(ends, lot, side="right"), len(shares) - 1)
    return pl.Series(list(shares), dtype=pl.String).gather(pl.Series(row))


def _half_hours(lot: Floats, settings: WorldSettings) -> pl.Series:
    shares, hours = zip(*settings.reactions.contacts.hours, strict=True)
    half = (np.interp(lot, shares, hours) * 2).astype(np.int64).clip(0, 47)
    names = [str(timedelta(minutes=30 * each)).zfill(8)[:5] for each in range(48)]
    return pl.Series(names).gather(pl.Series(half))


def _partner_factors(partners: pl.Series, settings: WorldSettings) -> Floats:
    """How much more, or less, a partner's customers ring than others'."""
    names = partners.unique().sort()
    key = np.array([crc32(name.encode()) for name in names], np.int64)
    low, high = np.log(settings.reactions.contacts.partner_factors)
    factor = np.exp(low + (high - low) * uniform(key, settings.seed, lots.PARTNERS))
    return lots.look_up(dict(zip(names, factor.tolist(), strict=True)), partners)
