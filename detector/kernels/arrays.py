"""Arrays by what their elements are, so that signatures of loops stay short."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Codes = NDArray[np.int32]
"""Numbers of things in a list of them, and days."""

Longs = NDArray[np.uint64]
"""64 bits each: sets of bits, hashes, addresses."""

Bits = NDArray[np.uint32]
"""Sets of 32 bits."""

Bytes = NDArray[np.uint8]
Flags = NDArray[np.bool_]
Records = NDArray[np.void]
"""Several numbers each, by name."""

MOST, LEAST = 2**63 - 1, -(2**63)
"""The ends of what `Ints` hold: no number is more, and none is less."""
