"""The network that a row of a log was seen on, where it has an address and where it has none."""

from dataclasses import dataclass

import polars as pl

from detector.events.addresses import PRIVATE, UNREADABLE, parse_addresses
from detector.events.labels import good_coordinates, read_labels, told_coordinates
from detector.events.rows import LogRows
from detector.kernels.coded import CodedRows, Encoded
from detector.kinds import OWN_LINE
from detector.log_settings import EventSettings

BAD_COORDINATES, NO_LOCATION = "bad_coordinates", "no_location"
LOCATION_REASONS = (UNREADABLE, PRIVATE, BAD_COORDINATES, NO_LOCATION)


@dataclass(frozen=True)
class Located:
    """The network of each row, or why it has none."""

    network: Encoded
    reason: pl.Series
    """One of `LOCATION_REASONS`; null where there is a network."""


def locate(coded: CodedRows, settings: EventSettings) -> Located:
    """Name what each row was seen on.

    The address; without one the cell of the coordinates; without these the country. An address
    that leads nowhere is a reason and not a missing one, but private ones may be declared the
    account's own line.

    Examples:
        >>> rows = pl.DataFrame({"ip": ["81.2.69.142", None, None, "10.0.0.1"], "country": "US",
        ...     "latitude": [None, 40.7128, None, None], "longitude": [None, -74.006, None, None]})
        >>> located = locate(CodedRows.of(rows), EventSettings())
        >>> located.network.texts.gather(located.network.codes).to_list()
        ['81.2.69.142', 'cell:40.71,-74.01', 'country:US', None]
        >>> located.reason.to_list()
        [None, None, None, 'private_address']
    """
    network, reason = _addressed(coded)
    rest = network.codes.is_null() & reason.is_null()
    if settings.local_network == "own_line":
        rest |= (reason == PRIVATE).fill_null(value=False)
    if not rest.any():
        return Located(network, reason)
    some = CodedRows(coded.rows.filter(rest), coded.texts)
    told = some.rows.with_columns(network=_elsewhere(some, settings), reason=_no_location(some))
    local = reason.filter(rest).is_not_null()
    if local.any():
        account = some.work_out(LogRows.account_id.name, lambda ids: ids).cast(pl.String)
        told = told.with_columns(
            network=pl.when(local).then(OWN_LINE + account).otherwise("network")
        )
    found = Encoded.of_series(told["network"])
    return Located(
        Encoded(
            _filled(network.codes, rest, found.codes + len(network.texts)),
            pl.concat([network.texts, found.texts], rechunk=True),
        ),
        _filled(reason, rest, told.select(_unless_located()).to_series()),
    )


def _addressed(coded: CodedRows) -> tuple[Encoded, pl.Series]:
    """The networks of addresses, each distinct address read once."""
    name, rows = LogRows.ip.name, coded.rows.height
    if name not in coded.texts:
        nothing = pl.Series([None], dtype=pl.UInt32).new_from_index(0, rows)
        return Encoded(nothing, pl.Series(dtype=pl.String)), nothing.cast(pl.String)
    texts, codes = coded.texts[name], coded.rows[name]
    read = parse_addresses(texts)
    reasons = read["reason"].set(texts.str.strip_chars() == "", None)
    if reasons.null_count() == len(reasons):
        reason = pl.Series([None], dtype=pl.String).new_from_index(0, rows)
    else:
        reason = reasons.gather(codes)
    network = _number(texts, read["network"])
    return Encoded(network.codes.gather(codes), network.texts), reason


def _number(addresses: pl.Series, networks: pl.Series) -> Encoded:
    """Number the networks of addresses, most of which are spelt alike and go by their place."""
    places = pl.int_range(len(addresses), dtype=pl.UInt32, eager=True)
    others = networks.ne_missing(addresses).arg_true()
    found = Encoded.of_series(networks.gather(others))
    texts = pl.concat([addresses, found.texts], rechunk=True)
    return Encoded(places.scatter(others, found.codes + len(addresses)), texts)


def _elsewhere(some: CodedRows, settings: EventSettings) -> pl.Expr:
    """The cell of the coordinates, else the country."""
    country = some.work_out(
        LogRows.country.name, lambda texts: read_labels(LogRows.country.name, texts, settings)
    ).cast(pl.String)
    cell = pl.format(
        "cell:{},{}",
        *(
            _cell_edge(some.told(column.name, pl.Float64), settings)
            for column in (LogRows.latitude, LogRows.longitude)
        ),
    )
    there = pl.format("country:{}", country)
    return pl.when(good_coordinates(some)).then(cell).when(country.is_not_null()).then(there)


def _no_location(some: CodedRows) -> pl.Expr:
    bad = pl.when(told_coordinates(some)).then(pl.lit(BAD_COORDINATES))
    return bad.otherwise(pl.lit(NO_LOCATION))


def _unless_located() -> pl.Expr:
    return pl.when(pl.col("network").is_null()).then("reason")


def _filled(values: pl.Series, where: pl.Series, others: pl.Series) -> pl.Series:
    """The values, with others in some places."""
    return values.scatter(where.arg_true(), others.cast(values.dtype))


def _cell_edge(degrees: pl.Expr, settings: EventSettings) -> pl.Expr:
    """The nearest multiple of the cell's side, written with the side's own decimals."""
    decimals = max(2, len(f"{settings.cell_degrees:.6f}".rstrip("0").partition(".")[2]))
    side = round(settings.cell_degrees * 10**decimals)
    units = (degrees * (1 / settings.cell_degrees)).round().cast(pl.Int64, strict=False) * side
    size = units.abs()
    return pl.format(
        "{}{}.{}",
        pl.when(units < 0).then(pl.lit("-")).otherwise(pl.lit("")),
        size // 10**decimals,
        (size % 10**decimals).cast(pl.String).str.zfill(decimals),
    )
