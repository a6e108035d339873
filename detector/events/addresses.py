"""Internet addresses as a log spells them, and the networks they stand for."""

import re
import socket
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network

import polars as pl

UNREADABLE = "unreadable_address"
PRIVATE = "private_address"
MAPPING = "::ffff:"
"""What IPv4 addresses begin with where a program knows IPv6 only."""

_OCTET = "(0|[1-9][0-9]{0,2})"
_IPV4 = re.compile(rf"{_OCTET}\.{_OCTET}\.{_OCTET}\.{_OCTET}")

# IANA special-purpose registries, written out: `ipaddress.is_global` differs between Pythons.
_RESERVED_BLOCKS = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/3",
        ),
    )
)
_RESERVED_IPV4 = tuple((int(block[0]), int(block[-1])) for block in _RESERVED_BLOCKS)
# All lines are in 2000::/3. Teredo (in 2001::/23) names its relay in the prefix, not the home.
_RESERVED_IPV6 = tuple(
    (int(block[0]), int(block[-1]))
    for block in map(IPv6Network, ("2001::/23", "2001:db8::/32", "3fff::/20"))
)
# Both hold an IPv4 address in their last four bytes: IPv4-mapped and NAT64.
_HOLD_IPV4 = (bytes(10) + b"\xff\xff", bytes.fromhex("0064ff9b") + bytes(8))


_QUAD = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_PLAIN_IPV4 = rf"^{_QUAD}(?:\.{_QUAD}){{3}}$"
_GROUP = "[0-9a-f]{1,4}"
_WHOLE_IPV6 = rf"^({_GROUP}(?::{_GROUP}){{3}})(?::{_GROUP}){{4}}$"
_SHORT_IPV6 = rf"^({_GROUP}(?::{_GROUP}){{0,3}})::(?:{_GROUP}(?::{_GROUP}){{0,2}})?$"
_PADDED = r"(^|:)0{1,3}([0-9a-f])"
"""A group that begins with zeros."""
_LINES_IPV6 = r"^[23][0-9a-f]{3}:"
"""All lines are in 2000::/3."""
_RESERVED_PREFIXES = (
    r"^2001:(?::|[0-9a-f]{1,2}:|1[0-9a-f]{2}:)|^2001:db8:|^3fff:(?::|[0-9a-f]{1,3}:)"
)
"""The blocks of `_RESERVED_IPV6`, as prefixes are written."""


def parse_addresses(texts: pl.Series) -> pl.DataFrame:
    """Read each address text as the network that one line hands out.

    An IPv4 address stands for itself, an IPv6 address for its /64, because devices change the
    rest daily. Blanks around an address are dropped; nothing else is mended: a leading zero
    may be octal. Addresses that lead to no line (private, carrier-internal, loopback, multicast,
    documentation) are refused.

    Args:
        texts: As in the log; distinct ones, or it is done more than once.

    Returns:
        For each `text` its `network`, or the `reason` it has none.

    Examples:
        >>> seen = ["81.2.69.142", "::FFFF:81.2.69.142", "2A02:C7F::9", "10.0.0.1", "1.2.3.04"]
        >>> for row in parse_addresses(pl.Series(seen)).rows():
        ...     print(*row)
        81.2.69.142 81.2.69.142 None
        ::FFFF:81.2.69.142 81.2.69.142 None
        2A02:C7F::9 2a02:c7f::/64 None
        10.0.0.1 None private_address
        1.2.3.04 None unreadable_address
    """
    told = texts.cast(pl.String).alias("text")
    network = pl.select(_ipv4(pl.lit(told))).to_series()
    reason = pl.Series([None], dtype=pl.String).new_from_index(0, len(told))
    rest = (network.is_null() & told.is_not_null()).arg_true()
    if len(rest):
        odd = told.gather(rest)
        lower = odd.str.to_lowercase()
        if lower.str.contains(_PADDED).any():
            lower = lower.str.replace_all(_PADDED, "${1}${2}")
        found = pl.select(_ipv6(pl.lit(lower))).to_series()
        left = found.is_null().arg_true()
        read = [_read_text(text.strip()) for text in odd.gather(left)]
        networks, reasons = zip(*read, strict=True) if read else ((), ())
        found = found.scatter(left, pl.Series(networks, dtype=pl.String))
        network = network.scatter(rest, found)
        reason = reason.scatter(rest.gather(left), pl.Series(reasons, dtype=pl.String))
    return pl.DataFrame([told, network.alias("network"), reason.alias("reason")])


def _ipv4(text: pl.Expr) -> pl.Expr:
    """An address that is spelt as nearly all are and leads to a line; else null."""
    bare = text.str.strip_prefix(MAPPING)
    lone = bare.str.contains(_PLAIN_IPV4) & ~bare.str.contains(_RESERVED_QUADS)
    return pl.when(lone).then(bare)


def _ipv6(lower: pl.Expr) -> pl.Expr:
    """The same of the prefix, without the groups of zeros at its end."""
    head = pl.coalesce(lower.str.extract(_WHOLE_IPV6), lower.str.extract(_SHORT_IPV6))
    prefix = head.str.replace(r"(?::0)+$", "") + "::/64"
    leads = prefix.str.contains(_LINES_IPV6) & ~prefix.str.contains(_RESERVED_PREFIXES)
    return pl.when(leads).then(prefix)


def _quads(block: IPv4Network) -> str:
    """A pattern of the addresses in a block of whole octets and one range of the next."""
    whole, bits = divmod(block.prefixlen, 8)
    octets = [str(octet) for octet in block[0].packed[:whole]]
    if bits:
        first, last = block[0].packed[whole], block[-1].packed[whole]
        octets.append(f"(?:{'|'.join(map(str, range(first, last + 1)))})")
    return r"\.".join(octets) + r"\."


_RESERVED_QUADS = rf"^(?:{'|'.join(map(_quads, _RESERVED_BLOCKS))})"


def _read_text(bare: str) -> tuple[str | None, str | None]:
    octets = _IPV4.fullmatch(bare)
    return _read_ipv6(bare) if octets is None else _read_ipv4(bare, [*map(int, octets.groups())])


def _read_ipv4(text: str, octets: Sequence[int]) -> tuple[str | None, str | None]:
    """Dotted quads without leading zeros."""
    if max(octets) > 255:
        return None, UNREADABLE
    return (None, PRIVATE) if _is_reserved(int.from_bytes(octets)) else (text, None)


def _is_reserved(value: int) -> bool:
    return any(low <= value <= high for low, high in _RESERVED_IPV4)


def _read_ipv6(text: str) -> tuple[str | None, str | None]:
    """The /64, or the IPv4 address inside; `inet_pton` knows neither ports, zones nor lists."""
    try:
        packed = socket.inet_pton(socket.AF_INET6, text)
    except (OSError, ValueError):
        return None, UNREADABLE
    if packed.startswith(_HOLD_IPV4):
        inner = int.from_bytes(packed[12:])
        return (None, PRIVATE) if _is_reserved(inner) else (socket.inet_ntoa(packed[12:]), None)
    value = int.from_bytes(packed)
    if value >> 125 != 1 or any(low <= value <= high for low, high in _RESERVED_IPV6):
        return None, PRIVATE
    return socket.inet_ntop(socket.AF_INET6, packed[:8] + bytes(8)) + "/64", None
