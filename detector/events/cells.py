"""The network that a row of a log was seen on, where it has an address and where it has none."""

import polars as pl

from detector.schemas import Events
from detector.settings import EventSettings


def name_network(settings: EventSettings) -> pl.Expr:
    """Name what a row was seen on.

    The address; without one the cell of the coordinates; without these the country.

    Examples:
        >>> rows = pl.DataFrame({"address": ["81.2.69.142", None, None], "country": "US",
        ...     "latitude": [None, 40.7128, None], "longitude": [None, -74.0060, None]})
        >>> rows.select(name_network(EventSettings())).to_series().to_list()
        ['81.2.69.142', 'cell:40.71,-74.01', 'country:US']
    """
    cell = pl.format(
        "cell:{},{}",
        _cell_edge(Events.latitude.col, settings),
        _cell_edge(Events.longitude.col, settings),
    )
    no_address = pl.col("address").is_null()
    return (
        pl.when(~no_address)
        .then(pl.col("address"))
        .when(Events.latitude.col.is_not_null())
        .then(cell)
        .otherwise(pl.format("country:{}", Events.country.col))
    )


def _cell_edge(degrees: pl.Expr, settings: EventSettings) -> pl.Expr:
    """The nearest multiple of the cell's side, written with the side's own decimals."""
    decimals = max(2, len(f"{settings.cell_degrees:.6f}".rstrip("0").partition(".")[2]))
    side = round(settings.cell_degrees * 10**decimals)
    units = (degrees * (1 / settings.cell_degrees)).round().cast(pl.Int64) * side
    size = units.abs()
    return pl.format(
        "{}{}.{}",
        pl.when(units < 0).then(pl.lit("-")).otherwise(pl.lit("")),
        size // 10**decimals,
        (size % 10**decimals).cast(pl.String).str.zfill(decimals),
    )
