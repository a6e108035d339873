"""Events → sightings: who was seen on which device and network, day by day, in sets."""

import math
from collections.abc import Iterable, Mapping, Sequence
from zlib import crc32

import dataframely as dy
import polars as pl

from detector.geo import to_spot
from detector.kernels.arrays import Ints
from detector.kernels.coded import CodedRows
from detector.kernels.tables import complete
from detector.log_settings import EventSettings
from detector.schemas import Events, Sightings
from detector.sightings.spread import spread

S = Sightings
LABELS = tuple(column.name for column in (S.country, S.city, S.as_org, S.connection_type))
_SETS = tuple(column.name for column in (S.seen, S.playing, S.profiles))
_LEAST = (S.device_type.name, *LABELS, S.asn.name, S.spot.name)
NO_PROFILES = ("", "0", "null", "none")
"""What programs write where nobody chose a profile."""


def build_sightings(
    events: dy.DataFrame[Events], settings: EventSettings
) -> dy.DataFrame[Sightings]:
    """Unite the events of each account, device and network by UTC day.

    A playback was going on from its start, or until its stop, for as long as its duration
    says; one without a duration counts in its own half-hour. A device that plays across
    midnight was there on both days, so there is a sighting on each. Where events name several
    cities or types, the first by the alphabet (by `DEVICE_TYPES`) is kept, and of their
    coordinates the pair whose `to_spot` is least: rules that do not depend on which event came
    first, nor on how often it came.

    Args:
        events: In any order, any of them more than once.
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
    if events.is_empty():
        return Sightings.create_empty()
    return finish(sight(CodedRows.of(events).ordered(LABELS), settings))


def sight(events: CodedRows, settings: EventSettings) -> CodedRows:
    """The same of events whose texts are numbers: sightings in any order, without `finish`.

    Args:
        events: Columns as in `Events`, those that are told; of labels the least code must be the
            least text.
        settings: The longest playback that is believed.
    """
    own, past = spread(events, settings)
    said = [_facts(events, None, own)]
    if len(past[0]):
        said.append(_facts(events, *past))
    found = _unite_codes(pl.concat(said), events.texts)
    keys = (S.account_id.name, S.device_id.name, S.network.name)
    kept = [name for name in (*keys, *LABELS) if name in events.texts]
    return CodedRows(found, {name: events.texts[name] for name in kept})


def _unite_codes(sightings: pl.DataFrame, texts: Mapping[str, pl.Series]) -> pl.DataFrame:
    """As `unite`, by one number for each key where its codes fit: it takes half the time."""
    keys = (S.account_id.name, S.device_id.name, S.network.name)
    if not texts.keys() >= {*keys}:
        return unite(sightings.lazy()).collect(engine="streaming")
    day = S.day.col.cast(pl.Int32).cast(pl.Int64)
    first, last = sightings.select(day.min().alias("first"), day.max().alias("last")).row(0)
    parts = {name: (pl.col(name).cast(pl.Int64), len(texts[name])) for name in keys}
    parts |= {S.day.name: (day - first, last - first + 1)}
    if math.prod(size for _, size in parts.values()) >= 1 << 63:
        return unite(sightings.lazy()).collect(engine="streaming")
    key = pl.lit(0, pl.Int64)
    for part, size in parts.values():
        key = key * size + part
    numbered = sightings.lazy().with_columns(key=key).drop(parts)
    united = unite(numbered, ["key"]).collect(engine="streaming")
    rest, found = pl.col("key"), dict[str, pl.Expr]()
    for name, (_, size) in reversed(parts.items()):
        found[name] = rest % size
        rest = rest // size
    found = {name: each.cast(pl.UInt32) for name, each in found.items()}
    found[S.day.name] = (found[S.day.name].cast(pl.Int32) + first).cast(pl.Date)
    return united.with_columns(**found).drop("key")


def _facts(events: CodedRows, row: Ints | None, days: pl.DataFrame) -> pl.DataFrame:
    """What some rows say, all of them or those named, beside the days of which they say it."""
    told = events.rows.select(
        *(column.col for column in (S.account_id, S.device_id, S.network, S.device_type)),
        _profile_bit(events),
        *(pl.col(name) for name in (*LABELS, S.asn.name) if name in events.rows.columns),
        *_spot(events),
    )
    return (told if row is None else told[row]).hstack(days)


def finish(sightings: CodedRows) -> dy.DataFrame[Sightings]:
    """Give sightings their texts, and bring them into order."""
    return merge_sightings([complete(sightings.decoded(), Sightings)])


def merge_sightings(parts: Iterable[pl.DataFrame]) -> dy.DataFrame[Sightings]:
    """Unite sightings of the same account, device, network and day.

    What comes out does not depend on the order of the parts, nor on how events were dealt to
    them, nor on whether one is in several.

    Examples:
        >>> from detector.schemas import Sightings
        >>> tv = Sightings.sample(2)
        >>> merge_sightings([tv, tv]).equals(merge_sightings([tv]))
        True
    """
    return (
        unite(pl.concat([Sightings.create_empty(), *parts]).lazy())
        .select(Sightings.column_names())
        .sort(Sightings.primary_key())
        .collect(engine="streaming")
        .pipe(Sightings.validate, cast=True)
    )


def unite(sightings: pl.LazyFrame, key: Sequence[str] = Sightings.primary_key()) -> pl.LazyFrame:
    """One row for each key: all bits, and the least of everything else; texts may be codes."""
    told = sightings.collect_schema().names()
    return sightings.group_by(key).agg(
        *(pl.col(name).bitwise_or() for name in _SETS),
        *(pl.col(name).min() for name in _LEAST if name in told),
    )


def _profile_bit(events: CodedRows) -> pl.Expr:
    """One of 64 bits for each profile: enough to see whether two devices have one in common.

    Two of an account's few profiles fall on one bit now and then; that they seem one then
    speaks for the account's innocence.
    """
    bits = events.work_out(Events.profile_id.name, _bits).cast(pl.UInt64)
    return bits.fill_null(0).alias(S.profiles.name)


def _bits(profiles: pl.Series) -> pl.Series:
    none = profiles.str.strip_chars().str.to_lowercase().is_in(NO_PROFILES)
    bits = [1 << crc32(profile.encode()) % 64 for profile in profiles]
    return pl.Series(bits, dtype=pl.UInt64).set(none, 0)


def _spot(events: CodedRows) -> Iterable[pl.Expr]:
    if {Events.latitude.name, Events.longitude.name} <= {*events.rows.columns}:
        yield to_spot(Events.latitude.col, Events.longitude.col).alias(S.spot.name)
