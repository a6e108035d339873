"""Which rows of a file a preset asks for."""

import numpy as np
import polars as pl

from detector.kernels.arrays import Ints
from pipelines.reading.child.rows import walk
from pipelines.reading.shared.arrow import Table
from pipelines.reading.shared.mapping import Mapped

_ANY = "*"


def find_kept(table: Table, mapped: Mapped) -> Ints | None:
    """Tell the places of the rows that pass all filters; None if there are no filters.

    Examples:
        >>> import pyarrow as pa
        >>> rows = pa.table({"kind": ["User", "System", None], "device": ["tv", "tv", "tv"]})
        >>> filters = ((("kind",), ("User", "")), (("device",), ("*",)))
        >>> find_kept(rows, Mapped({}, {}, filters)).tolist()
        [0, 2]
    """
    if not mapped.filters:
        return None
    kept = np.ones(table.num_rows, np.bool_)
    for way, values in mapped.filters:
        texts = pl.Series(pl.from_arrow(walk(table, way))).cast(pl.String).fill_null("")
        passed = texts != "" if _ANY in values else texts.is_in(values)
        kept &= passed.to_numpy()
    return np.flatnonzero(kept)
