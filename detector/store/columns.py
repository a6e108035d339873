"""Sightings as a store keeps them: dealt by account, in types that Delta has."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias, cast

import polars as pl

from detector.kernels.shards import SHARDS, shards_of
from detector.schemas import Sightings

ArrowSchema: TypeAlias = Any
"""pyarrow ships no types."""

DAY = Sightings.day.name
"""By which the table is partitioned: a column of no file, but of the files' folders."""

SHARD = "shard"
"""Accounts are dealt out by their hash, so that the accounts of a few shards stand together in
each file, as they do in a bucket of the reader's."""

_UNSIGNED = {
    name: column.dtype
    for name, column in Sightings.columns().items()
    if column.dtype.is_unsigned_integer()
}


def to_stored(sightings: pl.DataFrame) -> pl.DataFrame:
    """Give sightings the types of the table, which has no unsigned numbers, and their shards.

    Examples:
        The half-hours played are 64 bits, of which the last becomes the sign:

        >>> sighting = Sightings.sample(overrides={"account_id": ["ada"], "playing": 2**63})
        >>> stored = to_stored(sighting)
        >>> stored.schema["playing"], stored["playing"].item() == -(2**63)
        (Int64, True)
    """
    ids = Sightings.account_id.name
    accounts = sightings.select(pl.col(ids).unique(maintain_order=True))
    dealt = accounts.with_columns(shards_of(accounts[ids]).alias(SHARD))
    signed = [_to_signed(name) for name in Sightings.column_names() if name != DAY]
    return sightings.join(dealt, on=ids).select(SHARD, *signed, DAY)


def sort_stored(stored: pl.DataFrame) -> pl.DataFrame:
    """In the order in which files keep them."""
    return stored.sort(DAY, SHARD, *(name for name in Sightings.primary_key() if name != DAY))


def read_shards(files: Mapping[date, Sequence[Path]], first: int, last: int) -> pl.LazyFrame:
    """Read sightings of some shards by day, those of one key not yet united, with `shard`."""
    signed = {name: _from_signed(name) for name in _UNSIGNED}
    kinds = Sightings.columns()[Sightings.device_type.name].dtype
    scans = [
        pl.scan_parquet(list(paths), glob=False, hive_partitioning=False)
        .filter(pl.col(SHARD).is_between(first, last))
        .with_columns(
            pl.lit(day).alias(DAY), pl.col(Sightings.device_type.name).cast(kinds), **signed
        )
        for day, paths in sorted(files.items())
    ]
    empty = Sightings.create_empty().lazy().with_columns(pl.lit(0, pl.Int16).alias(SHARD))
    columns = [SHARD, *Sightings.column_names()]
    return pl.concat([each.select(columns) for each in (empty, *scans)])


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
    """The table's columns, the day included."""
    import pyarrow as pa  # noqa: PLC0415 - only writers need it

    empty = to_stored(Sightings.create_empty())
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
