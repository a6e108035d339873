"""Events → sightings: who was seen on which device and network, day by day, in sums."""

from collections.abc import Iterable
from zlib import crc32

import dataframely as dy
import polars as pl

from detector.events.words import PLAYBACK_STOP
from detector.log_settings import EventSettings
from detector.schemas import Events, Sightings

HALF_HOUR_US = 30 * 60 * 1_000_000
SLOTS = 48
_POWERS = pl.Series([2**bit for bit in range(SLOTS + 1)], dtype=pl.UInt64)
_LABELS = (
    Sightings.country,
    Sightings.city,
    Sightings.asn,
    Sightings.as_org,
    Sightings.connection_type,
)


def build_sightings(
    events: dy.DataFrame[Events], settings: EventSettings
) -> dy.DataFrame[Sightings]:
    """Add up the events of each account, device and network by UTC day.

    A playback was going on from its start, or until its stop, for as long as its duration
    says; one without a duration counts in its own half-hour. A device that plays across
    midnight was there on both days, so the event is counted in a sighting on each: over the
    days of a table, `events` may exceed the log's events by these, never fall short.
    Where they name several cities or types, the first by the alphabet (by `DEVICE_TYPES`) is
    kept: a rule that does not depend on which event came first.

    Args:
        events: Without duplicates, in any order.
        settings: The longest playback that is believed.

    Examples:
        A film from half past eleven until one o'clock:

        >>> from datetime import datetime, UTC
        >>> from detector.schemas import Events
        >>> film = Events.sample(overrides={
        ...     "account_id": "ada", "device_id": "tv", "network": "81.2.69.142",
        ...     "event_type": "playback_start", "duration_s": [5400], "device_type": "tv",
        ...     "ts": datetime(2026, 5, 1, 23, 30, tzinfo=UTC),
        ... })
        >>> days = build_sightings(film, EventSettings())
        >>> for day, playing in days.select("day", "playing").iter_rows():
        ...     print(day, [slot for slot in range(48) if playing >> slot & 1])
        2026-05-01 [47]
        2026-05-02 [0, 1]
    """
    seen = events.lazy().select(
        Sightings.account_id.col,
        Sightings.device_id.col,
        Sightings.network.col,
        Sightings.device_type.col,
        _profile_bit(events),
        *(label.col for label in _LABELS),
        *_coordinates(),
        *_slots(settings),
    )
    own = seen.with_columns(_presence(pl.col("own_day")))
    other_day = (
        pl.when(pl.col("first") // SLOTS != pl.col("own_day"))
        .then(pl.col("first") // SLOTS)
        .otherwise(pl.col("last") // SLOTS)
    )
    other = seen.filter(
        (pl.col("first") // SLOTS != pl.col("own_day"))
        | (pl.col("last") // SLOTS != pl.col("own_day")),
        pl.col("plays"),
    ).with_columns(_presence(other_day))
    names = Sightings.column_names()
    return _added_up(pl.concat([own.select(names), other.select(names)]))


def merge_sightings(parts: Iterable[dy.DataFrame[Sightings]]) -> dy.DataFrame[Sightings]:
    """Add up sightings of the same account, device, network and day.

    The sum does not depend on the order of the parts, nor on how events were dealt to them,
    as long as no event is in two.

    Examples:
        >>> from detector.schemas import Sightings
        >>> tv = Sightings.sample(1, overrides={"events": 2, "located": 0})
        >>> merge_sightings([tv, tv])["events"].to_list()
        [4]
    """
    return _added_up(pl.concat([Sightings.create_empty(), *parts]).lazy())


def _added_up(sightings: pl.LazyFrame) -> dy.DataFrame[Sightings]:
    return (
        sightings.group_by(Sightings.primary_key())
        .agg(
            Sightings.device_type.col.min(),
            Sightings.events.col.sum(),
            Sightings.hours.col.bitwise_or(),
            Sightings.playing.col.bitwise_or(),
            Sightings.profiles.col.bitwise_or(),
            *(label.col.min() for label in _LABELS),
            Sightings.lat_e4_sum.col.sum(),
            Sightings.lon_e4_sum.col.sum(),
            Sightings.located.col.sum(),
        )
        .sort(Sightings.primary_key())
        .collect()
        .pipe(Sightings.validate, cast=True)
    )


def _profile_bit(events: pl.DataFrame) -> pl.Expr:
    """One of 64 bits for each profile: enough to see whether two devices have one in common.

    Two of an account's few profiles fall on one bit now and then; that they seem one then
    speaks for the account's innocence.
    """
    ids = events[Events.profile_id.name].drop_nulls().unique().sort()
    bits = pl.Series([1 << crc32(i.encode()) % 64 for i in ids], dtype=pl.UInt64)
    bit = Events.profile_id.col.replace_strict(ids, bits, default=0, return_dtype=pl.UInt64)
    return bit.fill_null(0).alias(Sightings.profiles.name)


def _coordinates() -> tuple[pl.Expr, ...]:
    """Whole numbers of 1e-4 degrees, about 11 m: their sums do not depend on the order."""
    lat, lon = Events.latitude.col, Events.longitude.col
    return (
        (lat * 10_000).round().cast(pl.Int64).fill_null(0).alias(Sightings.lat_e4_sum.name),
        (lon * 10_000).round().cast(pl.Int64).fill_null(0).alias(Sightings.lon_e4_sum.name),
        lat.is_not_null().cast(pl.UInt32).alias(Sightings.located.name),
    )


def _slots(settings: EventSettings) -> tuple[pl.Expr, ...]:
    """The half-hours since 1970 of the event itself, and of its playback from first to last."""
    ts = Events.ts.col.dt.epoch("us")
    longest = settings.max_play_hours * 3600
    length = Events.duration_s.col.fill_null(0).clip(0, longest) * 1_000_000
    stops = (Events.event_type.col == PLAYBACK_STOP).fill_null(value=False)
    plays = stops | Events.event_type.col.str.starts_with("play").fill_null(
        Events.duration_s.col.is_not_null()
    )
    begin = pl.when(stops).then(ts - length).otherwise(ts)
    end = begin + length - (length > 0).cast(pl.Int64)
    return (
        (ts // HALF_HOUR_US).alias("slot"),
        (ts // HALF_HOUR_US // SLOTS).alias("own_day"),
        (begin // HALF_HOUR_US).alias("first"),
        (end // HALF_HOUR_US).alias("last"),
        plays.alias("plays"),
    )


def _presence(day: pl.Expr) -> tuple[pl.Expr, ...]:
    """What an event says of one day: the hours of its own instant and of its playback."""
    start = day * SLOTS
    low = (pl.col("first") - start).clip(0, SLOTS)
    high = (pl.col("last") + 1 - start).clip(0, SLOTS)
    plays = pl.col("plays") & (high > low)
    playing = pl.when(plays).then(_mask(low, high)).otherwise(pl.lit(0, pl.UInt64))
    instant = pl.col("slot") - start
    here = instant.is_between(0, SLOTS - 1)
    at = (instant // 2).clip(0, SLOTS // 2 - 1)
    seen = pl.when(here).then(_mask(at, at + 1)).otherwise(pl.lit(0, pl.UInt64))
    during = pl.when(plays).then(_mask(low // 2, (high + 1) // 2)).otherwise(pl.lit(0, pl.UInt64))
    return (
        day.cast(pl.Int32).cast(pl.Date).alias(Sightings.day.name),
        pl.lit(1, pl.UInt32).alias(Sightings.events.name),
        (seen | during).cast(pl.UInt32).alias(Sightings.hours.name),
        playing.alias(Sightings.playing.name),
    )


def _mask(low: pl.Expr, high: pl.Expr) -> pl.Expr:
    """Bits low .. high - 1 set."""
    powers = pl.lit(_POWERS)
    return powers.gather(high.cast(pl.UInt32)) - powers.gather(low.cast(pl.UInt32))
