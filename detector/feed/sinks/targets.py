"""Where we connect to: hosts that are allowed by name, at addresses of the public internet.

Whoever may write a URL must not reach what only this machine can reach: other services on it, the
operator's network, the cloud's metadata. So the host must be on a list; whatever its name resolves
to is looked at before anything is sent, and the address is looked at again when its socket is
made, as a name may resolve to something else the next moment.
"""

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

from aiohttp import TCPConnector
from aiohttp.abc import AbstractResolver, ResolveResult
from pydantic import BaseModel, ConfigDict
from yarl import URL

from detector.errors import SettingsError

UNICAST = ip_network("2000::/3")
"""All of IPv6 that is given out for the public internet."""
ODD = tuple(
    map(ip_network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "192.88.99.0/24"))
)
"""Within it: what routers may turn into IPv4 addresses, whatever these are, and examples."""
METADATA = frozenset(map(ip_address, ("168.63.129.16", "192.0.0.192")))
"""Addresses of cloud machines' own services that pass for public ones."""
KEPT_S = 4
"""Most servers close a connection that was idle for five seconds: not while we write to it."""
LOOPBACK_NAMES = ("localhost", "localhost.localdomain")


class RefusedTargetError(PermissionError):
    """We do not connect there."""


class TargetSettings(BaseModel):
    """Where a sink sends to.

    Attributes:
        url: Begins with https, unless it leads to this machine.
        hosts: The only hosts that `url` may name.
        allow_loopback: Whether `url` may lead to this machine, and then nowhere else.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str
    hosts: list[str]
    allow_loopback: bool = False


@dataclass(frozen=True)
class Target:
    """A URL that we may send to, if it leads where it should."""

    url: str
    host: str
    loopback: bool

    def check(self, address: str) -> None:
        """Refuse an address that we do not connect to.

        Raises:
            RefusedTargetError: It is private, of this machine, or otherwise not public.
        """
        if not is_allowed(address, loopback=self.loopback):
            raise RefusedTargetError(f"{self.host} leads to an address that is not allowed")


def read_target(sink: str, settings: TargetSettings) -> Target:
    """Check what can be known of a URL before its host is looked up.

    Its host is read twice, by two parsers, as what passes by one might lead elsewhere by another.

    Raises:
        SettingsError: No https, a host that is not on the list, or a password in the URL.

    Examples:
        >>> hooks = TargetSettings(url="https://tool.example.com/hook", hosts=["tool.example.com"])
        >>> read_target("tool", hooks).host
        'tool.example.com'
    """
    try:
        parts = urlsplit(settings.url)
        host, _ = (parts.hostname or "").rstrip("."), parts.port
        reached = (URL(settings.url).host or "").rstrip(".").lower()
    except ValueError:
        raise SettingsError(f"[sinks.{sink}]: url is no URL.") from None
    loopback = settings.allow_loopback and _is_loopback_name(host)
    if parts.scheme != "https" and not (parts.scheme == "http" and loopback):
        hint = "http is for receivers on this machine, with allow_loopback = true"
        raise SettingsError(f"[sinks.{sink}]: url must begin with https://.", hint=hint)
    if parts.username is not None or parts.password is not None or parts.fragment:
        hint = "use key_file or key_env"
        raise SettingsError(f"[sinks.{sink}]: url holds a name or password.", hint=hint)
    if host != reached or host not in {name.lower().rstrip(".") for name in settings.hosts}:
        hint = f'hosts = ["{host}"], if that is where to send'
        raise SettingsError(f"[sinks.{sink}]: {host!r} is not in hosts.", hint=hint)
    return Target(settings.url, host, loopback)


def is_allowed(address: str, *, loopback: bool = False) -> bool:
    """Whether we connect to an address: a public one, or with `loopback` only this machine.

    Examples:
        >>> is_allowed("93.184.215.14"), is_allowed("169.254.169.254")
        (True, False)
        >>> is_allowed("127.0.0.1"), is_allowed("127.0.0.1", loopback=True)
        (False, True)
    """
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return found.is_loopback if loopback else _is_public(found)


def _is_public(found: IPv4Address | IPv6Address) -> bool:
    if found in METADATA or any(found in block for block in ODD):
        return False
    if found.version == 6 and found not in UNICAST:
        return False
    return found.is_global and not (found.is_multicast or found.is_reserved)


def _is_loopback_name(host: str) -> bool:
    return host in LOOPBACK_NAMES or is_allowed(host, loopback=True)


Lookup = Callable[[str, int], list[str]]
"""All addresses of a host, as the system's resolver knows them."""


def look_up(host: str, port: int) -> list[str]:
    """Ask the system's resolver."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class CheckedResolver(AbstractResolver):
    """Looks a host up, and refuses it if any of its addresses is one that we do not connect to."""

    def __init__(self, target: Target, lookup: Lookup = look_up) -> None:
        self.target = target
        self.lookup = lookup

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The host's addresses, all of them allowed."""
        found = await asyncio.to_thread(self.lookup, host, port)
        for address in found:
            self.target.check(address)
        return [_result(host, port, address) for address in found]

    async def close(self) -> None:
        """Nothing is held."""


def connector(target: Target, lookup: Lookup, in_flight: int) -> TCPConnector:
    """Connections to a target, each checked when its name is resolved and when it is made."""

    def open_socket(info: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol, _, where = info
        target.check(where[0])
        return socket.socket(family, kind, protocol)

    return TCPConnector(
        resolver=CheckedResolver(target, lookup),
        socket_factory=open_socket,
        use_dns_cache=False,
        limit=in_flight,
        keepalive_timeout=KEPT_S,
    )


def _result(host: str, port: int, address: str) -> ResolveResult:
    six = ip_address(address).version == 6
    return ResolveResult(
        hostname=host,
        host=address,
        port=port,
        family=socket.AF_INET6 if six else socket.AF_INET,
        proto=socket.IPPROTO_TCP,
        flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
    )
