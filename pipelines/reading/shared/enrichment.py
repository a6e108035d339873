"""What address databases and lists know of a network, where the log itself is silent."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, cast

import polars as pl

from detector.errors import SettingsError
from detector.kernels.coded import CodedRows, Encoded
from detector.schemas import Events
from pipelines.reading.shared.messages import ReadPlan

_ONE_PER_LINE = "write one block per line, such as 198.51.100.0/24; comments follow #."
_FILLED = {
    Events.country.name: pl.String,
    Events.city.name: pl.String,
    Events.latitude.name: pl.Float64,
    Events.longitude.name: pl.Float64,
    Events.asn.name: pl.Int64,
    Events.as_org.name: pl.String,
    Events.connection_type.name: pl.String,
}
_PAIR = (Events.latitude.name, Events.longitude.name)
_LABELS = [name for name, kind in _FILLED.items() if kind == pl.String]
_PATHS = {
    Events.country.name: ("country.iso_code", "registered_country.iso_code", "country_code"),
    Events.city.name: ("city.names.en", "city"),
    Events.latitude.name: ("location.latitude",),
    Events.longitude.name: ("location.longitude",),
    Events.asn.name: ("autonomous_system_number", "asn"),
    Events.as_org.name: ("autonomous_system_organization", "isp", "as_name", "organization"),
    Events.connection_type.name: ("connection_type",),
}
"""Layouts of GeoLite2 and GeoIP2 (City, Country, ASN, ISP, Connection-Type), DB-IP and IPinfo."""

_ANONYMOUS = {
    "is_tor_exit_node": "tor",
    "is_anonymous_vpn": "vpn",
    "is_public_proxy": "proxy",
    "is_residential_proxy": "proxy",
    "is_hosting_provider": "hosting",
}


def enrich_events(events: CodedRows, plan: ReadPlan) -> CodedRows:
    """Fill in what is null; what the log says itself is never overruled.

    Each distinct network is looked up once, an IPv6 prefix by its first address. Coordinates
    are only taken in pairs, so that no latitude of one source meets a longitude of another.

    Args:
        events: Columns as in `Events`, those that are told; of labels the codes are in order.
        plan: Names the databases and lists.
    """
    if not (plan.mmdb or plan.cidr) or not events.rows.height:
        return events
    network = events.encoded(Events.network.name)
    used = network.codes.unique().sort()
    known = pl.DataFrame(
        [look_up(text, plan) for text in network.texts.gather(used)], schema=_FILLED
    )
    told, found = events.decoded(), known[used.search_sorted(network.codes)]
    unplaced = _column(told, found, Events.latitude.name).is_null()
    for column in found:
        own = _column(told, found, column.name)
        open_ = unplaced if column.name in _PAIR else own.is_null()
        told = told.with_columns(column.zip_with(open_, own).alias(column.name))
    labels = {name: Encoded.of_series(told[name]).in_order() for name in _LABELS}
    texts = {name: events.encoded(name) for name in events.texts if name not in labels}
    return CodedRows.join(told.drop(labels, texts), texts | labels)


def _column(told: pl.DataFrame, like: pl.DataFrame, name: str) -> pl.Series:
    """A column of the log, or nothing of the same kind."""
    return told[name] if name in told.columns else like[name].clear(len(told))


def check_enrichment(plan: ReadPlan) -> None:
    """Open all databases and lists once, before any file is read.

    Raises:
        SettingsError: If one is not what it should be.
    """
    for path in plan.mmdb:
        _database(path)
    for _, path in plan.cidr:
        _blocks(path)


def look_up(network: str, plan: ReadPlan) -> dict[str, str | int | float | None]:
    """Ask all lists and databases, in the order given; the first answer to each column counts."""
    address = network.partition("/")[0]
    found: dict[str, str | int | float | None] = {}
    if ":" in address and not network.endswith("/64"):
        return found
    kind = _listed_kind(address, plan.cidr)
    if kind is not None:
        found[Events.connection_type.name] = kind
    for path in plan.mmdb:
        record = _database(path).get(address)
        if isinstance(record, dict):
            read = read_record(cast("dict[str, object]", record))
            found = {**read, **{name: value for name, value in found.items() if value is not None}}
    return found


def read_record(record: Mapping[str, object]) -> dict[str, str | int | float | None]:
    """Read what one database record says, whatever its layout.

    Examples:
        >>> read_record({"country": {"iso_code": "FR"}, "autonomous_system_number": 3215})
        {'country': 'FR', 'asn': 3215}
    """
    read = {name: _first(record, paths) for name, paths in _PATHS.items()}
    number = str(read[Events.asn.name] or "").removeprefix("AS")
    read[Events.asn.name] = int(number) if number.isdecimal() else None
    anonymous = next((kind for flag, kind in _ANONYMOUS.items() if record.get(flag) is True), None)
    if anonymous:
        read[Events.connection_type.name] = anonymous
    return {name: value for name, value in read.items() if value is not None}


def _first(record: Mapping[str, object], paths: Iterable[str]) -> str | int | float | None:
    found = (_inside(record, path.split(".")) for path in paths)
    return next((value for value in found if isinstance(value, str | int | float)), None)


def _inside(record: object, steps: Sequence[str]) -> object:
    for step in steps:
        fields = cast("Mapping[str, object]", record if isinstance(record, Mapping) else {})
        record = fields.get(step)
    return record


@cache
def _database(path: str) -> Any:  # noqa: ANN401 - maxminddb is imported only where it is used
    import maxminddb

    try:
        return maxminddb.open_database(path, maxminddb.MODE_MEMORY)
    except (maxminddb.InvalidDatabaseError, OSError) as error:
        raise SettingsError(
            f"{path!r} is no address database.", hint="give the .mmdb file, unpacked."
        ) from error


def _listed_kind(address: str, lists: Iterable[tuple[str, str]]) -> str | None:
    value = ip_network(address)
    for kind, path in lists:
        blocks = _blocks(path)
        start = int(value[0])
        lengths = blocks[value.version]
        if any(start >> length in blocks_of for length, blocks_of in lengths.items()):
            return kind
    return None


@cache
def _blocks(path: str) -> dict[int, dict[int, set[int]]]:
    """Blocks by version and by the bits that lie inside them; comments after ``#``."""
    found: dict[int, dict[int, set[int]]] = {4: {}, 6: {}}
    lines = Path(path).read_text(encoding="utf-8", errors="replace").splitlines()
    for number, line in enumerate(lines, start=1):
        text = line.partition("#")[0].strip()
        if text:
            block = _block(text, f"line {number} of {path!r}")
            inside = block.max_prefixlen - block.prefixlen
            found[block.version].setdefault(inside, set()).add(int(block[0]) >> inside)
    if not any(found.values()):
        raise SettingsError(f"There is no address block in {path!r}.", hint=_ONE_PER_LINE)
    return found


def _block(text: str, where: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text, strict=False)
    except ValueError as error:
        raise SettingsError(
            f"There is no address block in {where}.",
            hint=_ONE_PER_LINE,
        ) from error
