"""Sightings as a store keeps them: whose events' day they came from, in types that Delta has."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias, cast

import dataframely as dy
import polars as pl

from detector.kernels.texts import SHARDS, shards_of
from detector.schemas import Sightings
from detector.sightings.build import merge_sightings

ArrowSchema: TypeAlias = Any
"""pyarrow ships no types."""

LOG_DAY = "log_day"
"""UTC day of the events: a playback over midnight is a sighting of two days, but its event is
of one, and a window takes in or leaves out events, as it does where it reads a log."""

SHARD = "shard"
"""Accounts are dealt out by their hash, so that the accounts of a few shards stand together in
each file, as they do in a bucket of the reader's."""

PRINT = "print"
"""Fingerprint of an event, whose lowest bit is 0; told apart from those of its day and shard."""

_UNSIGNED = {
    name: column.dtype
    for name, column in Sightings.columns().items()
    if column.dtype.is_unsigned_integer()
}


def with_shard(sightings: pl.DataFrame) -> pl.DataFrame:
    """Add the shards of the accounts.

    Examples:
        All that Ada does stands in one shard:

        >>> sightings = pl.DataFrame({"account_id": ["ada", "ada"], "device_id": ["tv", "phone"]})
        >>> with_shard(sightings)["shard"].n_unique()
        1
    """
    accounts = sightings.select(Sightings.account_id.col.unique(maintain_order=True))
    shards = pl.Series(SHARD, shards_of(accounts.to_series()), dtype=pl.Int16)
    return sightings.join(accounts.with_columns(shards), on=Sightings.account_id.name)


def to_stored(sightings: pl.DataFrame) -> pl.DataFrame:
    """Give sightings with their day and shard the types of the table: Delta has no unsigned.

    Examples:
        The half-hours played are 64 bits, of which the last becomes the sign:

        >>> sighting = Sightings.sample(overrides={"account_id": ["ada"], "playing": 2**63})
        >>> stored = to_stored(with_shard(sighting).with_columns(log_day=Sightings.day.col))
        >>> stored.schema["playing"], stored["playing"].item() == -(2**63)
        (Int64, True)
    """
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
    """Add up the sightings of one key, as if their events had been in one log.

    Hardly any key is there twice: those of playbacks over midnight, of late events, and a few
    whose hashes are equal by chance, for whom it makes no difference.

    Examples:
        Ada's film ran past midnight, and another began after it: two sums of one day.

        >>> evening = Sightings.sample(overrides={"account_id": ["ada"], "events": 1, "located": 0})
        >>> later = evening.with_columns(events=pl.lit(2, pl.UInt32))
        >>> add_up(pl.concat([evening, later])).select("account_id", "events").rows()
        [('ada', 3)]
    """
    sightings = stored.select(Sightings.column_names())
    twice = sightings.select(Sightings.primary_key()).hash_rows(seed=0).is_duplicated()
    merged = merge_sightings([Sightings.cast(sightings.filter(twice))])
    whole = pl.concat([Sightings.cast(sightings.filter(~twice)), merged])
    return Sightings.cast(whole.sort(Sightings.primary_key()))


def shard_ranges(number: int) -> list[tuple[int, int]]:
    """First and last shard of so many equal parts, or of one shard each: the reader's buckets.

    Examples:
        >>> shard_ranges(3)
        [(0, 10922), (10923, 21845), (21846, 32767)]
    """
    number = min(max(number, 1), SHARDS)
    edges = [-(-SHARDS * part // number) for part in range(number + 1)]
    return [(low, high - 1) for low, high in pairwise(edges)]


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


def _to_signed(name: str) -> pl.Expr:
    column = pl.col(name)
    if name not in _UNSIGNED:
        return column.cast(pl.String) if name == Sightings.device_type.name else column
    wide = _UNSIGNED[name] == pl.UInt64
    return column.reinterpret(signed=True) if wide else column.cast(pl.Int64)


def _from_signed(name: str) -> pl.Expr:
    wide = _UNSIGNED[name] == pl.UInt64
    return pl.col(name).reinterpret(signed=False) if wide else pl.col(name).cast(_UNSIGNED[name])
