"""Whether the group comes on the same days of each week.

Innocent: weekend houses, training evenings and custody follow the week.
"""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign, bits_ratio, counted

_SPAN, _DAYS = pl.col("span_days"), pl.col("own_days").cast(pl.Int64)
_CHANCE = _DAYS * (_DAYS - 1) * (_SPAN - 7).clip(0) / (_SPAN * (_SPAN - 1)).clip(1)

FACTOR = Factor(
    name="weekly",
    value=pl.when(_DAYS > 1).then(bits_ratio(pl.col("week_pairs"), _CHANCE)),
    text=pl.format(
        "it came again on the same day of the next week {}; chance alone would give {}",
        counted(pl.col("week_pairs"), "time"),
        _CHANCE.round().cast(pl.Int64),
    ),
    sign=Sign.EITHER,
)
