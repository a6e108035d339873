"""What the columns of a file hold, from a look at its first rows: shapes and counts, no values."""

import re
from collections.abc import Mapping
from itertools import combinations
from typing import cast

import polars as pl

from detector.events.addresses import PRIVATE, parse_addresses
from detector.events.words import FAILED, read_device_types, read_event_types
from detector.kinds import DEVICE_TYPES
from pipelines.reading.child.coercion import is_text, read_texts
from pipelines.reading.child.instants import read_times
from pipelines.reading.child.opening import OpenLog, read_pieces
from pipelines.reading.child.rows import walk
from pipelines.reading.shared.arrow import Array, Kind, pa
from pipelines.reading.shared.mapping import Mapped, column_types, find_steps
from pipelines.reading.shared.messages import Look
from pipelines.reading.shared.shapes import CONNECTIONS, COUNTRIES, OUTCOMES, UNITS

READ, ROWS = 50_000, 5_000
"""Rows read, and of these so many looked at, evenly spread: enough to see how values repeat."""
MAX_WORDS = 300
"""A column with more values holds no kinds of anything."""
MAX_COLUMNS = 60
"""Of a wider file only the first columns are held against each other."""

_ID = re.compile(r"[\w.:@|+/=-]{1,128}")
_NAME = re.compile(r"[^\W\d_][^\W\d_]+(?:[ .'-]+[^\W\d_]+)*\.?")
_CLOCK = re.compile(r"\d{1,3}:[0-5]\d:[0-5]\d")
_NUMBERED = re.compile(r"AS\d{1,10}")
_PLAY = ("playback_start", "playback_stop")


def look_at(log: OpenLog) -> dict[str, Look]:
    """Look at each column that is no list, by itself and beside each other."""
    names = [field.name for field in log.schema]
    kinds = {
        name: kind
        for name, kind in column_types(log.schema).items()
        if names.count(name) < 2 and _is_looked_at(kind)
    }
    ways = {name: steps for name in kinds if (steps := find_steps(log.schema, name))}
    first = next(iter(read_pieces(log, Mapped(ways, {}), range(len(log.row_groups)), READ)), None)
    if first is None:
        return {}
    columns = {name: _spread(walk(first, way)) for name, way in ways.items()}
    texts = {name: _as_text(column) for name, column in columns.items()}
    pairs = _count_pairs(texts)
    return {
        name: _look(column, texts[name]).model_copy(update={"pairs": pairs.get(name, {})})
        for name, column in columns.items()
    }


def _is_looked_at(kind: Kind) -> bool:
    held = kind.value_type if pa.types.is_dictionary(kind) else kind
    return is_text(held) or pa.types.is_primitive(held)


def _spread(array: Array) -> pl.Series:
    values = pl.Series(pl.from_arrow(array))
    return values.gather_every(max(1, len(values) // ROWS))[:ROWS]


def _as_text(column: pl.Series) -> pl.Series:
    return column.cast(pl.String, strict=False)


def _count_pairs(texts: Mapping[str, pl.Series]) -> dict[str, dict[str, int]]:
    """How many pairs of values any two columns make, where both have one."""
    some = list(texts.items())[:MAX_COLUMNS]
    codes = pl.DataFrame({name: text.rank("dense").cast(pl.Int64) for name, text in some})
    pairs = list(combinations(codes.columns, 2))
    both = (pl.col(one) * (ROWS + 1) + pl.col(other) for one, other in pairs)
    counts = codes.select(
        each.drop_nulls().n_unique().alias(str(number)) for number, each in enumerate(both)
    )
    found: dict[str, dict[str, int]] = {}
    for (one, other), count in zip(pairs, counts.row(0) if pairs else (), strict=True):
        found.setdefault(one, {})[other] = count
        found.setdefault(other, {})[one] = count
    return found


def _look(column: pl.Series, text: pl.Series) -> Look:
    counts = text.drop_nulls().rename("value").value_counts()
    numbers = pl.Series(dtype=pl.Float64)
    if not column.dtype.is_temporal():
        numbers = column.cast(pl.Float64, strict=False).drop_nulls()
        numbers = numbers.filter(numbers.is_finite())
    shares = _shares(column, counts, numbers) if counts.height else {}
    return Look(
        rows=len(text) - text.null_count(),
        nulls=text.null_count(),
        distinct=counts.height,
        shares={name: round(share, 4) for name, share in shares.items() if share},
        low=cast("float | None", numbers.min()),
        high=cast("float | None", numbers.max()),
        sample=_sample(counts, shares),
    )


def _shares(column: pl.Series, counts: pl.DataFrame, numbers: pl.Series) -> dict[str, float]:
    """Of the rows that hold a value, how many have which shape."""
    if column.dtype.is_temporal():
        return {"time": 1.0} if isinstance(column.dtype, pl.Datetime) else {}
    if column.dtype == pl.Boolean:
        return {"flag": 1.0}
    values, total = counts["value"], int(counts["count"].sum())
    marks = _marks(values) if not column.dtype.is_float() else {}
    if not column.dtype.is_numeric():
        marks["time"] = read_times(values).is_not_null()
    shares = {name: int(counts["count"].filter(m).sum()) / total for name, m in marks.items()}
    if len(numbers):
        of_all = len(numbers) / total
        shares["number"] = of_all
        shares["fraction"] = _share(numbers != numbers.round()) * of_all
        shares |= {
            f"since_{unit}": _share(numbers.is_between(low, high)) * of_all
            for unit, (low, high) in UNITS.items()
        }
    return shares


def _marks(values: pl.Series) -> dict[str, pl.Series]:
    """Shapes of distinct texts."""
    clients = pl.Series(pl.from_arrow(read_texts("ip", values.to_arrow())))
    read = parse_addresses(clients)
    private = pl.col("reason") == PRIVATE
    addresses = read.filter(pl.col("network").is_not_null() | private)["text"]
    marks = {
        "address": clients.is_in(addresses.implode()),
        "id": _matches(values, _ID),
        "name": _matches(values, _NAME),
        "clock": _matches(values, _CLOCK),
        "as_number": _matches(values, _NUMBERED),
        "country": values.str.replace(r"^([A-Za-z]{2}) \(.*\)$", "$1").is_in(COUNTRIES),
    }
    return marks | _word_marks(values) if len(values) <= MAX_WORDS else marks


def _word_marks(values: pl.Series) -> dict[str, pl.Series]:
    """Kinds of words, of which a log has few."""
    words = values.str.strip_chars().str.to_lowercase()
    devices = read_device_types(values).cast(pl.String)
    return {
        "event": read_event_types(values).is_in(("login", FAILED, *_PLAY)),
        "device": (devices != "unknown") | words.is_in(DEVICE_TYPES),
        "outcome": words.is_in(OUTCOMES),
        "connection": words.is_in(CONNECTIONS),
    }


def _matches(values: pl.Series, pattern: re.Pattern[str]) -> pl.Series:
    return pl.Series([pattern.fullmatch(value) is not None for value in values], dtype=pl.Boolean)


def _share(mark: pl.Series) -> float:
    return int(mark.sum()) / len(mark)


_WORDS = ("event", "device", "outcome", "connection", "country", "flag")
_SHOWN, _LONGEST = 3, 30


def _sample(counts: pl.DataFrame, shares: Mapping[str, float]) -> str:
    """The commonest values: words of a known kind as they are, of all else only the shape."""
    top = counts.sort("count", "value", descending=[True, False])["value"][:_SHOWN].to_list()
    plain = any(shares.get(kind, 0) >= 0.5 for kind in _WORDS) and counts.height <= 200
    shown = [value[:_LONGEST] if plain else mask(value) for value in top]
    return ", ".join(dict.fromkeys(shown))


def mask(text: str) -> str:
    """Show how a value is written, not what it is.

    Examples:
        >>> mask("81.2.69.142"), mask("Ada-7f3c")
        ('99.9.99.999', 'Aaa-9a9a')
    """
    kinds = (
        "9" if c.isdigit() else "A" if c.isupper() else "a" if c.isalpha() else c for c in text
    )
    return "".join(kinds)[:30]
