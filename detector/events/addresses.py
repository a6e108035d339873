"""Internet addresses as a log spells them, and the networks they stand for."""

import re
import socket
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network

import numpy as np
import polars as pl

from detector.events.address_kernels import IPV4, IPV6, MAPPED, MAPPING, read_plain, write_prefixes
from detector.kernels.arrays import Bytes, Codes, Flags, Longs

UNREADABLE = "unreadable_address"
PRIVATE = "private_address"

_OCTET = "(0|[1-9][0-9]{0,2})"
_IPV4 = re.compile(rf"{_OCTET}\.{_OCTET}\.{_OCTET}\.{_OCTET}")

# IANA special-purpose registries, written out: `ipaddress.is_global` differs between Pythons.
_RESERVED_IPV4 = tuple(
    (int(block[0]), int(block[-1]))
    for block in map(
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
# All lines are in 2000::/3. Teredo (in 2001::/23) names its relay in the prefix, not the home.
_RESERVED_IPV6 = tuple(
    (int(block[0]), int(block[-1]))
    for block in map(IPv6Network, ("2001::/23", "2001:db8::/32", "3fff::/20"))
)
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
    place, networks = number_networks(distinct)
    places = pl.Series(place)
    refused = distinct.filter(places < 0)
    reasons = [_read_text(text.strip())[1] for text in refused]
    reason = pl.Series([None], dtype=pl.String).new_from_index(0, len(distinct))
    return pl.DataFrame(
        {
            "text": distinct,
            "network": networks.gather(places.set(places < 0, None)),
            "reason": reason.scatter(np.flatnonzero(place < 0), reasons),
        }
    ).sort("text")


def number_networks(texts: pl.Series) -> tuple[Codes, pl.Series]:
    """Tell the network of each address by its place among those found; -1 where it has none.

    Args:
        texts: Distinct ones, without nulls. Two ways to write one address may each have a place.

    Examples:
        >>> places, networks = number_networks(pl.Series(["2a02::9", "?", "1.2.3.4", "2a02::1"]))
        >>> places.tolist(), networks.to_list()
        ([0, -1, 1, 0], ['2a02::/64', '1.2.3.4'])
    """
    value, kind = read_plain(texts)
    leads = _leads_to_a_line(value, kind)
    v4, v6, mapped = (leads & (kind == each) for each in (IPV4, IPV6, MAPPED))
    prefixes, prefix = np.unique(value[v6], return_inverse=True)
    odd = [_read_text(text.strip())[0] for text in texts.filter(pl.Series(~leads))]
    good = np.array([network is not None for network in odd], np.bool_)
    found = (
        (np.flatnonzero(v4), texts.filter(pl.Series(v4))),
        (np.flatnonzero(mapped), texts.filter(pl.Series(mapped)).str.slice(len(MAPPING))),
        (np.flatnonzero(~leads)[good], pl.Series([text for text in odd if text is not None])),
    )
    place = np.full(len(texts), -1, np.int32)
    place[v6] = prefix
    networks = write_prefixes(prefixes)
    for where, own in found:
        place[where] = np.arange(len(networks), len(networks) + len(own))
        networks = networks.append(own.cast(pl.String))
    return place, networks


def _leads_to_a_line(value: Longs, kind: Bytes) -> Flags:
    """Addresses that are plainly good; all others are looked at more closely."""
    v4, v6 = (kind == IPV4) | (kind == MAPPED), (kind == IPV6) & (value >> np.uint64(61) == 1)
    for low, high in _RESERVED_IPV4:
        v4 &= (value < low) | (value > high)
    for low, high in _RESERVED_IPV6:
        v6 &= (value < low >> 64) | (value > high >> 64)
    return v4 | v6


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
