"""Whether its new devices were first seen at home.

A device that was reset or bought must be let in anew, and borrowers bring theirs to the
lender's home for that. Innocent: families unpack at home what they then take along.
"""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign, counted, share

FACTOR = Factor(
    name="signed_in_at_home",
    value=share(pl.col("new_at_home"), pl.col("new_devices")),
    text=pl.format(
        "{} came new, {} of them first seen at home",
        counted(pl.col("new_devices"), "device"),
        "new_at_home",
    ),
    sign=Sign.EITHER,
)
