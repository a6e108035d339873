"""Internet addresses as a log spells them, and the networks they stand for."""

import socket
from ipaddress import IPv4Network, IPv6Network

import numpy as np
import polars as pl
from numpy.typing import NDArray

from detector.plain_addresses import IPV4, IPV6, Kinds, Words, read_plain, write_prefixes

UNREADABLE = "unreadable_address"
PRIVATE = "private_address"

_OCTET = "(0|[1-9][0-9]{0,2})"
_IPV4 = rf"^{_OCTET}\.{_OCTET}\.{_OCTET}\.{_OCTET}$"

# IANA special-purpose registries, written out: `ipaddress.is_global` differs between Pythons.
_RESERVED_IPV4 = tuple(
    IPv4Network(block)
    for block in (
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
    )
)
_GLOBAL_IPV6 = IPv6Network("2000::/3")
# Teredo (in 2001::/23) names its relay in the prefix, not the home.
_RESERVED_IPV6 = tuple(IPv6Network(b) for b in ("2001::/23", "2001:db8::/32", "3fff::/20"))
# Both hold an IPv4 address in their last four bytes: IPv4-mapped and NAT64.
_HOLD_IPV4 = (bytes(10) + b"\xff\xff", bytes.fromhex("0064ff9b") + bytes(8))


def parse_addresses(texts: pl.Series) -> pl.DataFrame:
    """Read each distinct address text as the network that one line hands out.

    An IPv4 address stands for itself, an IPv6 address for its /64, because devices change the
    rest daily. Blanks around an address are dropped; nothing else is mended: a leading zero
    may be octal, and a list or a port says that another field was logged. Addresses that lead
    to no line (private, carrier-internal, loopback, multicast, documentation) are refused.

    Args:
        texts: As in the log, in any order; nulls are left out.

    Returns:
        One row per distinct `text`, sorted: its `network`, or the `reason` it has none.

    Examples:
        >>> seen = ["81.2.69.142", "::FFFF:81.2.69.142", "2A02:C7F::9", "10.0.0.1", "1.2.3.04"]
        >>> for row in parse_addresses(pl.Series(seen)).rows():
        ...     print(*row)
        1.2.3.04 None unreadable_address
        10.0.0.1 None private_address
        2A02:C7F::9 2a02:c7f::/64 None
        81.2.69.142 81.2.69.142 None
        ::FFFF:81.2.69.142 81.2.69.142 None
    """
    distinct = texts.cast(pl.String).drop_nulls().unique()
    return pl.DataFrame({"text": distinct}).hstack(read_addresses(distinct)).sort("text")


def read_addresses(texts: pl.Series) -> pl.DataFrame:
    """Read addresses as `parse_addresses` does, one row for each text given.

    Args:
        texts: Without nulls.

    Returns:
        Columns `network` and `reason`.
    """
    value, kind = read_plain(texts)
    leads = _leads_to_a_line(value, kind)
    prefixes = write_prefixes(np.where(kind == IPV6, value, np.uint64(0)))
    network = pl.when(pl.lit(pl.Series(kind == IPV6))).then(pl.lit(prefixes)).otherwise("text")
    read = pl.DataFrame({"text": texts}).select(
        "text", network=pl.when(pl.lit(pl.Series(leads))).then(network)
    )
    odd = _read_odd(texts.filter(pl.Series(~leads)).unique())
    return read.join(odd, on="text", how="left", maintain_order="left").select(
        pl.coalesce("network", "network_right").alias("network"), "reason"
    )


def _leads_to_a_line(value: Words, kind: Kinds) -> NDArray[np.bool_]:
    """Addresses that are plainly good; all others are looked at more closely."""
    v4, v6 = kind == IPV4, (kind == IPV6) & (value >> np.uint64(61) == 1)
    for block in _RESERVED_IPV4:
        v4 &= (value < int(block[0])) | (value > int(block[-1]))
    for block in _RESERVED_IPV6:
        v6 &= (value < int(block[0]) >> 64) | (value > int(block[-1]) >> 64)
    return v4 | v6


def _read_odd(texts: pl.Series) -> pl.DataFrame:
    """Read distinct texts of any kind."""
    bare = texts.str.strip_chars()
    dotted = bare.str.contains(_IPV4)
    rest = [_read_ipv6(text) for text in bare.filter(~dotted)]
    other = pl.DataFrame(rest, schema={"network": pl.String, "reason": pl.String}, orient="row")
    return pl.concat(
        [
            _read_ipv4(texts.filter(dotted), bare.filter(dotted)),
            other.select(texts.filter(~dotted).alias("text"), "network", "reason"),
        ]
    )


def _read_ipv4(texts: pl.Series, bare: pl.Series) -> pl.DataFrame:
    """Dotted quads without leading zeros, all at once."""
    octets = [
        bare.str.extract(_IPV4, group).cast(pl.UInt32).alias(str(group)) for group in (1, 2, 3, 4)
    ]
    value = pl.sum_horizontal(pl.col(o.name) * 256 ** (4 - int(o.name)) for o in octets)
    reserved = pl.any_horizontal(
        value.is_between(int(block[0]), int(block[-1])) for block in _RESERVED_IPV4
    )
    reason = (
        pl.when(pl.any_horizontal(pl.col(o.name) > 255 for o in octets))
        .then(pl.lit(UNREADABLE))
        .when(reserved)
        .then(pl.lit(PRIVATE))
    )
    return pl.DataFrame([texts.alias("text"), *octets]).select(
        "text",
        network=pl.when(reason.is_null()).then(pl.lit(bare)),
        reason=reason,
    )


def _read_ipv6(text: str) -> tuple[str | None, str | None]:
    """The /64, or the IPv4 address inside; `inet_pton` knows neither ports, zones nor lists."""
    try:
        packed = socket.inet_pton(socket.AF_INET6, text)
    except (OSError, ValueError):
        return None, UNREADABLE
    if packed.startswith(_HOLD_IPV4):
        inner = int.from_bytes(packed[12:])
        private = any(int(b[0]) <= inner <= int(b[-1]) for b in _RESERVED_IPV4)
        return (None, PRIVATE) if private else (socket.inet_ntoa(packed[12:]), None)
    value = int.from_bytes(packed)
    if not _within(value, _GLOBAL_IPV6) or any(_within(value, block) for block in _RESERVED_IPV6):
        return None, PRIVATE
    return socket.inet_ntop(socket.AF_INET6, packed[:8] + bytes(8)) + "/64", None


def _within(value: int, block: IPv6Network) -> bool:
    return value >> (128 - block.prefixlen) == int(block[0]) >> (128 - block.prefixlen)
