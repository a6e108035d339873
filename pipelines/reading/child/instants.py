"""Times in numbers or in texts as instants; what is none is kept as text, to be shown."""

from typing import cast

import polars as pl

PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_OLDEST_S, _LATEST_S = -62_135_596_800, 253_402_300_799
"""Years 1 to 9999: no calendar that we print with knows others."""
_ZONED = "%Y-%m-%dT%H:%M:%S%.f%:z"
_NAIVE = ("%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M")


def read_counts(
    column: str, count: pl.Series, unit: str, text: pl.Series | None = None
) -> list[pl.Series]:
    """Times from counts since 1970; those outside the calendar become text."""
    per = PER_SECOND[unit]
    whole = _within(count, max(_OLDEST_S * per, -(2**63)), min(_LATEST_S * per, 2**63 - 1))
    if per != PER_SECOND["us"]:
        whole = whole * (1_000_000 // per) if per < 1_000_000 else whole // (per // 1_000_000)
    ts = whole.cast(pl.Int64).cast(pl.Datetime("us", "UTC")).alias(column)
    name, given = f"{column}_text", count if text is None else text
    if ts.null_count() == given.null_count():
        return [ts, pl.Series(name, [None], pl.String).new_from_index(0, len(ts))]
    shown = given.cast(pl.String)
    return [ts, shown.set(ts.is_not_null(), None).alias(name)]


def _within(count: pl.Series, low: int, high: int) -> pl.Series:
    """The counts that lie between; in small files it takes most of the time to ask of each row."""
    if count.dtype.is_integer():
        least, most = cast("int | None", count.min()), cast("int | None", count.max())
        if least is None or most is None or low <= least <= most <= high:
            return count
    return pl.select(pl.when(count.is_between(low, high)).then(count)).to_series()


def read_iso(column: str, text: pl.Series) -> list[pl.Series]:
    """ISO 8601; a time without a zone is UTC."""
    bare = pl.lit(text).str.strip_chars().str.replace(r"^(\d{4}-\d\d-\d\d) ", "${1}T")
    zoned = bare.str.replace(r"(Z| UTC|\+00)$", "+00:00").str.replace(r"([+-]\d\d)(\d\d)$", "$1:$2")
    forms = (
        zoned.str.to_datetime(_ZONED, time_unit="us", strict=False),
        *(
            bare.str.to_datetime(form, time_unit="us", strict=False).dt.replace_time_zone("UTC")
            for form in _NAIVE
        ),
    )
    ts = pl.select(pl.coalesce(forms)).to_series().alias(column)
    return [ts, text.set(ts.is_not_null(), None).alias(f"{column}_text")]


def read_times(texts: pl.Series) -> pl.Series:
    """Read times in ISO 8601; null where a text is none.

    Examples:
        >>> read_times(pl.Series(["2026-05-01 12:00:00", "noon"])).is_null().to_list()
        [False, True]
    """
    return read_iso("ts", texts)[0]
