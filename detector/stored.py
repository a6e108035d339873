"""Sightings as a store keeps them: whose events' day they came from, in types that Delta has."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias, cast
from zlib import crc32

import dataframely as dy
import polars as pl

from detector.schemas import Events, Sightings
from detector.settings import EventSettings
from detector.sightings import build_sightings, merge_sightings

ArrowSchema: TypeAlias = Any
"""pyarrow ships no types."""

LOG_DAY = "log_day"
"""UTC day of the events: a playback over midnight is a sighting of two days, but its event is
of one, and a window takes in or leaves out events, as it does where it reads a log."""

SHARD = "shard"
SHARDS = 1 << 15
"""Accounts are dealt out by a checksum that no library may change, so that the accounts of a
few shards stand together in each file."""

_UNSIGNED = {
    name: column.dtype
    for name, column in Sightings.columns().items()
    if column.dtype.is_unsigned_integer()
}


def build_stored(events: dy.DataFrame[Events], settings: EventSettings) -> pl.DataFrame:
    """Add up events by account, device, network, day and the day of the events themselves.

    A sighting is of its events' day or of one beside it. Events of every third day are added
    up at a time, so that the day of a sighting tells which of them it came from.

    Returns:
        `Sightings` with `log_day` and `shard`.
    """
    number = Events.ts.col.dt.epoch("d")
    thirds = [_of_every_third_day(events.filter(number % 3 == rest), rest, settings)
              for rest in range(3)]  # fmt: skip
    stored = pl.concat(thirds)
    accounts = stored.select(Sightings.account_id.col).unique().to_series()
    shards = pl.DataFrame(
        {Sightings.account_id.name: accounts, SHARD: [shard_of(name) for name in accounts]},
        schema_overrides={SHARD: pl.Int16},
    )
    return stored.join(shards, on=Sightings.account_id.name)


def shard_of(account_id: str) -> int:
    """The shard of an account.

    Examples:
        >>> shard_of("ada")
        18104
    """
    return crc32(account_id.encode()) >> 17


def to_stored(sightings: pl.DataFrame) -> pl.DataFrame:
    """Give sightings with their day and shard the types of the table: Delta has no unsigned."""
    return sightings.select(SHARD, *map(_to_signed, Sightings.column_names()), LOG_DAY)


def sort_stored(stored: pl.DataFrame) -> pl.DataFrame:
    """In the order in which files keep them."""
    return stored.sort(LOG_DAY, SHARD, *Sightings.primary_key())


def read_shards(paths: Sequence[Path], first: int, last: int) -> pl.LazyFrame:
    """Read sightings of some shards, those of one key not yet added up, with `shard`."""
    found = pl.scan_parquet(list(paths), glob=False, hive_partitioning=False).filter(
        pl.col(SHARD).is_between(first, last)
    )
    signed = {name: _from_signed(name) for name in _UNSIGNED}
    return found.with_columns(**signed)


def add_up(stored: pl.DataFrame) -> dy.DataFrame[Sightings]:
    """Add up the sightings of one key, as if their events had been in one log."""
    return merge_sightings([Sightings.cast(stored.select(Sightings.column_names()))])


def arrow_schema() -> ArrowSchema:
    """The table's columns; the day of the events is no column of its files but their folder's."""
    import pyarrow as pa  # noqa: PLC0415 - only writers need it

    day, shard = pl.lit(None, pl.Date).alias(LOG_DAY), pl.lit(None, pl.Int16).alias(SHARD)
    empty = to_stored(Sightings.create_empty().with_columns(day, shard))
    kinds: dict[object, ArrowSchema] = {
        pl.String: pa.string(),
        pl.Date: pa.date32(),
        pl.Int16: pa.int16(),
        pl.Int64: pa.int64(),
    }
    return cast("ArrowSchema", pa).schema([(n, kinds[kind]) for n, kind in empty.schema.items()])


def _of_every_third_day(events: pl.DataFrame, rest: int, settings: EventSettings) -> pl.DataFrame:
    day = Sightings.day.col.cast(pl.Int32)
    beside = (day - rest + 1) % 3 - 1
    sightings = build_sightings(Events.cast(events), settings)
    return sightings.with_columns((day - beside).cast(pl.Date).alias(LOG_DAY))


def _to_signed(name: str) -> pl.Expr:
    column = pl.col(name)
    if name not in _UNSIGNED:
        return column.cast(pl.String) if name == Sightings.device_type.name else column
    wide = _UNSIGNED[name] == pl.UInt64
    return column.reinterpret(signed=True) if wide else column.cast(pl.Int64)


def _from_signed(name: str) -> pl.Expr:
    wide = _UNSIGNED[name] == pl.UInt64
    return pl.col(name).reinterpret(signed=False) if wide else pl.col(name).cast(_UNSIGNED[name])
