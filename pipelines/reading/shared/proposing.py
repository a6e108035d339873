"""Which column of a log is likeliest meant: by what it holds, and by what others call it.

A name alone proposes a column only if its values may be what is asked for; values alone only if
no other meaning fits them as well.
"""

from collections.abc import Collection, Mapping
from difflib import get_close_matches

from pipelines.reading.shared.looks import LogLooks
from pipelines.reading.shared.messages import Look
from pipelines.reading.shared.recognising import BY_VALUE

SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "ts": (
        *("timestamp", "time", "event_time", "event_ts", "datetime", "date_time", "created_at"),
        *("occurred_at", "@timestamp", "published", "started", "started_at", "login_time"),
    ),
    "account_id": (
        *("account", "accountid", "acct_id", "user_id", "userid", "user", "customer_id"),
        *("subscriber_id", "member_id", "user.id", "actor.id", "user.uid", "uid"),
        *("customer", "subscriber", "member", "cust_id"),
    ),
    "device_id": (
        *("device", "deviceid", "machine_id", "client_id", "esn", "device_uuid", "udid"),
        *("device.id", "device.uid", "installation_id", "fingerprint", "domain_userid"),
    ),
    "ip": ("ip_address", "ipaddress", "client_ip", "source_ip", "src_ip", "remote_addr", "ipaddr"),
    "event_type": ("event", "action", "event_name", "activity", "eventtype", "type"),
    "outcome": ("outcome.result", "event.outcome", "event_outcome", "login_result", "auth_result"),
    "device_type": ("platform", "device_class", "device_kind", "product", "dvce_type", "os"),
    "duration_s": ("duration", "seconds", "watch_seconds", "length_s", "play_time", "watch_time"),
    "country": ("country_code", "geo_country", "cc", "country_iso", "country_iso_code"),
    "city": ("geo_city", "city_name", "town"),
    "latitude": ("lat", "geo_lat", "geo_latitude"),
    "longitude": ("lon", "lng", "long", "geo_lon", "geo_longitude"),
    "asn": ("as_number", "autonomous_system_number", "as.number"),
    "as_org": ("isp", "carrier", "organization", "org", "asn_org", "as_name"),
    "connection_type": ("connection", "net_type", "netspeed", "network_type"),
    "profile_id": ("profile", "profile_name", "profileid"),
    "event_id": ("id", "uuid", "eventid", "message_id", "request_id"),
    "ended_at": ("stopped", "stopped_at", "end_time", "ended", "session_end"),
}
"""What others call the columns of the contract, likeliest first."""

WHOLE = ("int", "uint")
REAL = ("double", "float", "halffloat", "decimal")
_TEXT = ("string", "large_string", "string_view", "dictionary")
_FITTING = {
    **dict.fromkeys(("ts", "ended_at"), ("timestamp", *_TEXT, *WHOLE)),
    **dict.fromkeys(("account_id", "device_id", "profile_id", "event_id"), (*_TEXT, *WHOLE)),
    **dict.fromkeys(("latitude", "longitude"), REAL),
    "outcome": ("bool", *_TEXT),
    "asn": (*WHOLE, *_TEXT),
    "duration_s": (*WHOLE, *REAL, *_TEXT, "duration"),
}


def propose_columns(
    wanted: Collection[str],
    types: Mapping[str, str],
    mapped: Mapping[str, str],
    looks: Mapping[str, Look],
) -> dict[str, str]:
    """Find the likeliest column of a log for each of some columns of the contract.

    Args:
        wanted: Columns of the contract, in their order: what one takes is not left to the next.
        types: The log's columns.
        mapped: What the other columns of the contract are read from.
        looks: What some of the log's columns hold.

    Examples:
        >>> types = {"user": "string", "event_id": "string", "addr": "string"}
        >>> propose_columns(["account_id", "device_id"], types, {}, {})
        {'account_id': 'user'}
    """
    found = dict(mapped)
    for column in wanted:
        seen = LogLooks(looks, found)
        names = {n: t for n, t in types.items() if seen.may_be(column, n)}
        if name := propose_column(column, names, list(found.values())):
            found[column] = name
    for column in (name for name in BY_VALUE if name in wanted and name not in found):
        seen = LogLooks(looks, found)
        free = [
            name
            for name in types
            if name not in found.values() and seen.may_be(column, name) and seen.tells(name)
        ]
        if name := BY_VALUE[column](seen, [n for n in free if not _means_other(column, n)]):
            found[column] = name
    return {column: found[column] for column in wanted if column in found}


def propose_column(column: str, types: Mapping[str, str], taken: Collection[str]) -> str | None:
    """Find the column of a log that is likeliest meant: by synonym, then by a near name.

    A name that means another column of the contract is not proposed, however near it is.

    Examples:
        >>> propose_column("ts", {"Timestamp": "timestamp[us]", "user": "string"}, [])
        'Timestamp'
        >>> propose_column("device_id", {"event_id": "string"}, [])
    """
    others = _other_names(column)
    own = (column, *SYNONYMS[column])
    free = {_bare(name): name for name in types if name not in taken and _fits(column, types[name])}
    free = {bare: name for bare, name in free.items() if bare not in others}
    leaves = {_bare(name.rsplit(".", 1)[-1]): name for name in free.values()}
    leaves = {bare: name for bare, name in leaves.items() if bare not in others}
    for known in (free, leaves):
        if name := next((known[_bare(word)] for word in own if _bare(word) in known), None):
            return name
    near = get_close_matches(_bare(column), free, n=1, cutoff=0.75)
    return free[near[0]] if near else None


def _means_other(column: str, name: str) -> bool:
    """Whether a column is called what others call another column of the contract."""
    return _bare(name) in _other_names(column)


def _other_names(column: str) -> set[str]:
    return {
        _bare(name)
        for other, synonyms in SYNONYMS.items()
        if other != column
        for name in (other, *synonyms)
    }


def _fits(column: str, kind: str) -> bool:
    return kind.startswith(_FITTING.get(column, _TEXT))


def _bare(name: str) -> str:
    return "".join(c for c in name.lower() if c.isalnum())
