"""Sums of pieces of the log on our own disk, bucket by bucket of accounts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import polars as pl
from numpy.typing import NDArray

from detector.kernels.arrays import Codes, Flags, Ints
from detector.kernels.text_order import order_texts
from detector.kernels.texts import Encoded
from detector.kinds import DEVICE_TYPES
from detector.schemas import Sightings
from detector.sightings.sums import (
    NO_LABEL,
    NO_PLACE,
    Keys,
    Prints,
    Sums,
    Totals,
    add_up,
    drop_events,
    told_day,
)
from pipelines.reading.child.adding import LABELS, Added, rank_values
from pipelines.reading.shared.arrow import Array, Table, pa
from pipelines.reading.shared.messages import Part

_KEYS = (Sightings.account_id.name, Sightings.device_id.name, Sightings.network.name)
_PRINTS, _LAT, _LON = "prints", "lat", "lon"


def write_part(added: Added, path: str) -> Part:
    """Write the sums of a piece, one record batch for each bucket that has any."""
    table = _as_table(added)
    numbers, starts = np.unique(added.bucket, return_index=True)
    ends = [*starts[1:].tolist(), len(added.bucket)]
    with pa.OSFile(path, "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        for start, end in zip(starts.tolist(), ends, strict=True):
            writer.write_batch(table.slice(start, end - start).to_batches()[0])
    rows = tuple(end - start for start, end in zip(starts.tolist(), ends, strict=True))
    return Part(path=path, buckets=tuple(numbers.tolist()), rows=rows)


@dataclass(frozen=True)
class Merged:
    """The sums of one bucket, and what their codes stand for."""

    sums: Sums
    totals: Totals
    texts: tuple[pl.Series, pl.Series, pl.Series]
    """Of accounts, devices and networks, each in order."""
    labels: Mapping[str, pl.Series]

    def sightings(self) -> pl.DataFrame:
        """The same as a table, sorted by key."""
        return _as_sightings(self.sums, self.totals, self.texts, self.labels)

    def without(self, gone: Flags) -> "Merged":
        """The same without some events, each of which has a fingerprint; see `drop_events`."""
        sums, totals = add_up(drop_events(self.sums, gone))
        return replace(self, sums=sums, totals=totals)


def merge_parts(
    parts: Iterable[tuple[str, int]], days: tuple[int, int], *, apart: bool = False
) -> Merged:
    """Add up one bucket of several pieces.

    Args:
        parts: Files, and which of their record batches.
        days: Divisor and remainder of the days to add up, all others are left out.
        apart: Keep apart from which day's events the sums of a day are, and the numbers that
            tell it as their days.

    Returns:
        The sums; its copies are the events that stood in more than one piece.
    """
    table = pa.concat_tables(
        [_read_batch(path, batch, days) for path, batch in parts], promote_options="default"
    ).combine_chunks()
    keys = [_in_order(Encoded.of(_chunk(table, name))) for name in _KEYS]
    codes: tuple[Codes, Codes, Codes] = (keys[0][0], keys[1][0], keys[2][0])
    labels = {name: _label_codes(table, name) for name in LABELS if name in table.column_names}
    numbers = _numbers(table, Sightings.day.name)
    sums = Sums(
        Keys(*codes, numbers if apart else told_day(numbers)),
        _numbers(table, Sightings.device_type.name),
        _numbers(table, Sightings.hours.name),
        _numbers(table, Sightings.playing.name),
        _numbers(table, Sightings.profiles.name),
        {name: ranks for name, (ranks, _) in labels.items()},
        _prints(table),
    )
    whole, totals = add_up(sums)
    texts = (keys[0][1], keys[1][1], keys[2][1])
    return Merged(whole, totals, texts, {name: known for name, (_, known) in labels.items()})


def _as_table(added: Added) -> Table:
    sums, texts = added.sums, added.texts
    keys = sums.keys
    taken = zip(
        _KEYS,
        (texts.account, texts.device, texts.network),
        (keys.account, keys.device, keys.network),
        strict=True,
    )
    columns = {
        **{name: _taken(known, codes) for name, known, codes in taken},
        Sightings.day.name: pa.array(keys.day),
        Sightings.device_type.name: pa.array(sums.kind),
        Sightings.hours.name: pa.array(sums.hours),
        Sightings.playing.name: pa.array(sums.playing),
        Sightings.profiles.name: pa.array(sums.profiles),
        **{name: _taken(texts.labels[name], codes) for name, codes in sums.labels.items()},
    }
    ends = pa.array(sums.prints.ends)
    lists = {_PRINTS: sums.prints.prints}
    if len(sums.prints.lat):
        lists |= {_LAT: sums.prints.lat, _LON: sums.prints.lon}
    columns |= {
        name: pa.LargeListArray.from_arrays(ends, pa.array(each)) for name, each in lists.items()
    }
    return pa.table(columns)


def _taken(values: pl.Series, codes: Codes) -> Array:
    """The value of each code; null where there is none."""
    array = cast("Array", values.to_arrow(compat_level=pl.CompatLevel.oldest()))
    missing = codes == NO_LABEL
    return array.take(pa.array(codes, mask=missing if missing.any() else None))


def _read_batch(path: str, batch: int, days: tuple[int, int]) -> Table:
    """Mapped into memory: the file is our own, and no longer written to."""
    with pa.memory_map(path) as source, pa.ipc.open_file(source) as reader:
        table = pa.Table.from_batches([reader.get_batch(batch)])
    number, remainder = days
    if number == 1:
        return table
    day = told_day(_numbers(table, Sightings.day.name))
    return table.filter(pa.array(day % number == remainder))


def _chunk(table: Table, name: str) -> Array:
    column = table.column(name)
    return column.chunk(0) if column.num_chunks else pa.array([], column.type)


def _numbers(table: Table, name: str) -> NDArray[Any]:
    return _chunk(table, name).to_numpy()


def _prints(table: Table) -> Prints:
    prints = _chunk(table, _PRINTS)
    ends = prints.offsets.to_numpy()
    ends, places = ends - ends[0], [np.empty(0, np.int32)] * 2
    if _LAT in table.column_names:
        places = [_places(_chunk(table, name), ends) for name in (_LAT, _LON)]
    return Prints(ends, prints.flatten().to_numpy(), *places)


def _places(lists: Array, ends: Ints) -> Codes:
    """One place per fingerprint; a piece without any coordinates has no lists of them."""
    places = np.full(ends[-1], NO_PLACE, np.int32)
    there = np.repeat(lists.is_valid().to_numpy(zero_copy_only=False), np.diff(ends))
    places[there] = lists.flatten().to_numpy()
    return places


def _label_codes(table: Table, name: str) -> tuple[Codes, pl.Series]:
    column = _chunk(table, name)
    if name != Sightings.asn.name:
        encoded = Encoded.of(column)
        ranks, values = rank_values(encoded.texts)
        return encoded.take(ranks, NO_LABEL), values
    return rank_values(pl.Series(pl.from_arrow(column)))


def _in_order(encoded: Encoded) -> tuple[Codes, pl.Series]:
    """The same texts, which are distinct, with codes in their order."""
    order = order_texts(encoded.texts)
    ranks = np.empty(len(order), np.int32)
    ranks[order] = np.arange(len(order), dtype=np.int32)
    return ranks[encoded.codes], encoded.texts.gather(order)


def _sorted(keys: Keys) -> Ints:
    """The order of the keys; as one number each if their bits fit into it."""
    if not len(keys.day):
        return np.arange(0)
    parts = (keys.account, keys.device, keys.network, keys.day - keys.day.min())
    widths = [int(part.max()).bit_length() for part in parts]
    if sum(widths) > 63:
        return np.lexsort(parts[::-1])
    packed = np.zeros(len(keys.day), np.int64)
    for part, width in zip(parts, widths, strict=True):
        packed = packed << width | part
    return np.argsort(packed)


def _as_sightings(
    sums: Sums, totals: Totals, texts: Sequence[pl.Series], labels: Mapping[str, pl.Series]
) -> pl.DataFrame:
    order = _sorted(sums.keys)
    keys = sums.keys
    columns = {
        name: known.gather(codes[order])
        for name, known, codes in zip(
            _KEYS, texts, (keys.account, keys.device, keys.network), strict=True
        )
    }
    kinds = pl.Series(DEVICE_TYPES, dtype=pl.Enum(DEVICE_TYPES)).gather(sums.kind[order])
    return pl.DataFrame(
        {
            **columns,
            Sightings.day.name: pl.Series(keys.day[order]).cast(pl.Date),
            Sightings.device_type.name: kinds,
            Sightings.events.name: totals.events[order],
            Sightings.hours.name: sums.hours[order],
            Sightings.playing.name: sums.playing[order],
            Sightings.profiles.name: sums.profiles[order],
            **{name: _known(name, sums, labels, order) for name in LABELS},
            Sightings.lat_e4_sum.name: totals.lat[order],
            Sightings.lon_e4_sum.name: totals.lon[order],
            Sightings.located.name: totals.located[order],
        }
    )


def _known(name: str, sums: Sums, labels: Mapping[str, pl.Series], order: Ints) -> pl.Series:
    if name not in labels:
        return pl.repeat(None, len(order), dtype=Sightings.columns()[name].dtype, eager=True)
    codes = pl.Series(sums.labels[name][order])
    return labels[name].gather(codes.set(codes == NO_LABEL, None))
