"""PyArrow, which ships no types: the one place where that is owned up to."""

from typing import Any

import pyarrow
import pyarrow.compute
import pyarrow.csv
import pyarrow.parquet

pa: Any = pyarrow
pc: Any = pyarrow.compute
pacsv: Any = pyarrow.csv
pq: Any = pyarrow.parquet

Array = Any
Kind = Any
Schema = Any
Table = Any
Batch = Any
Footer = Any
