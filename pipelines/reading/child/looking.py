"""What the columns of a file hold, from a look at its first rows."""

import polars as pl

from detector.events.addresses import parse_addresses
from pipelines.reading.child.coercion import is_text
from pipelines.reading.child.opening import OpenLog, read_pieces
from pipelines.reading.child.rows import walk
from pipelines.reading.shared.arrow import Kind, pa
from pipelines.reading.shared.mapping import Mapped, column_types, find_steps
from pipelines.reading.shared.messages import Look

ROWS = 5_000
"""Enough to see how values repeat in a log of any order, and read in no time."""


def look_at(log: OpenLog) -> dict[str, Look]:
    """Count distinct values and addresses in each column of texts or whole numbers."""
    kinds = {name: kind for name, kind in column_types(log.schema).items() if _is_looked_at(kind)}
    ways = {name: steps for name in kinds if (steps := find_steps(log.schema, name))}
    first = next(iter(read_pieces(log, Mapped(ways, {}), range(len(log.row_groups)), ROWS)), None)
    if first is None:
        return {}
    rows = first.slice(0, ROWS)
    return {name: _look(pl.Series(pl.from_arrow(walk(rows, way)))) for name, way in ways.items()}


def _is_looked_at(kind: Kind) -> bool:
    held = kind.value_type if pa.types.is_dictionary(kind) else kind
    return is_text(held) or pa.types.is_integer(held)


def _look(values: pl.Series) -> Look:
    known = values.drop_nulls().cast(pl.String)
    addresses = 0
    if values.dtype == pl.String or isinstance(values.dtype, pl.Categorical):
        read = parse_addresses(known.unique())
        good = read.filter(pl.col("network").is_not_null())["text"]
        addresses = int(known.is_in(good.implode()).sum())
    return Look(rows=len(known), distinct=known.n_unique(), addresses=addresses)
