"""What a log says of a line: country, city, provider, coordinates; and what of it is nothing."""

import polars as pl

from detector.events.ids import CONTROL
from detector.events.rows import LogRows
from detector.kernels.coded import CodedRows
from detector.log_settings import EventSettings

LABELS = tuple(
    column.name
    for column in (LogRows.country, LogRows.city, LogRows.as_org, LogRows.connection_type)
)
_NOWHERE = ("", "XX", "ZZ", "--", "-", "UNKNOWN", "NULL", "NONE", "N/A")


def read_labels(name: str, texts: pl.Series, settings: EventSettings) -> pl.Series:
    """Read what a log says in one of the columns that describe a network.

    Examples:
        >>> read_labels("country", pl.Series(["us", "XX"]), EventSettings()).to_list()
        ['US', None]
    """
    text = pl.col(name)
    if name == LogRows.country.name:
        label = _country(text)
    elif name == LogRows.connection_type.name:
        label = text.str.strip_chars().str.to_lowercase()
    else:
        bare = text.str.replace_all(CONTROL, " ").str.strip_chars()
        label = pl.when(bare != "").then(bare.str.slice(0, settings.max_ids_chars))
    return pl.DataFrame({name: texts.cast(pl.String)}).select(label.alias(name)).to_series()


def _country(told: pl.Expr) -> pl.Expr:
    """Two letters in upper case, also out of "US (United States)"; other names as they are."""
    text = told.str.strip_chars().str.replace(r"^([A-Za-z]{2}) \(.*\)$", "$1")
    upper = text.str.to_uppercase()
    short = pl.when(text.str.len_chars() == 2).then(upper).otherwise(text)
    return pl.when(~upper.is_in(_NOWHERE)).then(short)


def good_coordinates(coded: CodedRows) -> pl.Expr:
    """On the globe, and not where the equator meets Greenwich: nobody lives at 0, 0.

    A latitude beyond 90 is most often a longitude in the wrong column; it is not turned
    round, since a pair that looks right may then be as wrong.

    Examples:
        >>> rows = CodedRows.of(pl.DataFrame(
        ...     {"latitude": [45.76, 0.0, 120.0], "longitude": [4.84, 0.0, 4.84]}))
        >>> rows.rows.select(good_coordinates(rows)).to_series().to_list()
        [True, False, False]
    """
    lat, lon = _coordinates(coded)
    on_globe = lat.is_finite() & lon.is_finite() & (lat.abs() <= 90) & (lon.abs() <= 180)
    good = on_globe & ((lat.abs() > 0.01) | (lon.abs() > 0.01))
    return good.fill_null(value=False)


def told_coordinates(coded: CodedRows) -> pl.Expr:
    """Whether any were told, however bad."""
    lat, lon = _coordinates(coded)
    return lat.is_not_null() | lon.is_not_null()


def _coordinates(coded: CodedRows) -> tuple[pl.Expr, pl.Expr]:
    return (
        coded.told(LogRows.latitude.name, pl.Float64),
        coded.told(LogRows.longitude.name, pl.Float64),
    )
