"""Where we connect to: nowhere that only this machine can reach, whatever a name resolves to."""

import asyncio
import socket

import pytest

from detector.errors import SettingsError
from detector.feed.sinks.posting import Post, Poster, PostingSettings, judge_status
from detector.feed.sinks.sink import Fate, Reply
from detector.feed.sinks.targets import (
    RefusedTargetError,
    Target,
    TargetSettings,
    connector,
    is_allowed,
    read_target,
)
from tests.detector.feed.decided import Time
from tests.detector.feed.sinks.flaky import receiving

FORBIDDEN = (
    "127.0.0.1",
    "127.1.2.3",
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.100.100.200",
    "169.254.169.254",
    "169.254.170.2",
    "169.254.0.1",
    "172.16.0.1",
    "172.31.255.254",
    "192.0.0.1",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "192.168.1.254",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.9",
    "168.63.129.16",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
)
SPELLINGS = ("0x7f000001", "2130706433", "017700000001", "127.1", "0177.0.0.1", "localhost")
"""Of 127.0.0.1, by which the system's resolver knows it."""
PUBLIC = ("93.184.215.14", "8.8.8.8", "2606:2800:21f:cb07:6820:80da:af6b:8b2c")


def read(url: str, *hosts: str, loopback: bool = False) -> Target:
    return read_target("tool", TargetSettings(url=url, hosts=list(hosts), allow_loopback=loopback))


def post_to(target: Target, lookup) -> Reply:
    """Try to send something there."""
    poster = Poster(target, PostingSettings(timeout_s=2), lookup)
    try:
        [reply] = poster.post([Post(b"{}", lambda _now: {})], Time(), judge_status)
    finally:
        poster.close()
    return reply


@pytest.fixture
def sockets(monkeypatch):
    """Every connection that is tried, none of which leaves the machine."""
    tried = []

    async def connect(_loop, _socket, address):
        tried.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(asyncio.SelectorEventLoop, "sock_connect", connect, raising=False)
    return tried


class TestIsAllowed:
    @pytest.mark.parametrize("address", FORBIDDEN)
    def test_refuses_what_is_not_public(self, address):
        assert not is_allowed(address)

    @pytest.mark.parametrize("address", PUBLIC)
    def test_allows_what_is(self, address):
        assert is_allowed(address)
        assert not is_allowed(address, loopback=True)

    @pytest.mark.parametrize("address", ["", "tool.example", "1.2.3", "1.2.3.4.5", "08.8.8.8"])
    def test_refuses_what_is_no_address(self, address):
        assert not is_allowed(address)

    def test_allows_this_machine_if_asked_and_nothing_else(self):
        allowed = {address for address in FORBIDDEN if is_allowed(address, loopback=True)}
        assert allowed == {"127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"}


class TestReadTarget:
    @pytest.mark.parametrize(
        "url",
        [
            "http://tool.example/",
            "ftp://tool.example/",
            "file:///etc/passwd",
            "gopher://tool.example/",
            "//tool.example/",
            "tool.example",
            "https://",
            "https://other.example/",
            "https://tool.example.evil.example/",
            "https://tool.example@evil.example/",
            "https://evil.example#@tool.example/",
            "https://evil.example\\@tool.example/",
            "https://user:pass@tool.example/",
            "https://tool.example/#fragment",
            "https://tool.example:port/",
            "https://[::1/",
            "https://127.0.0.1/",
        ],
    )
    def test_refuses(self, url):
        with pytest.raises(SettingsError) as caught:
            read(url, "tool.example")
        assert "pass@" not in str(caught.value)

    def test_allows_what_is_on_the_list(self):
        assert read("https://TOOL.example.:8443/hook?a=1", "Tool.example").host == "tool.example"

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
    def test_http_is_for_this_machine_and_only_if_asked(self, host):
        name = host.strip("[]")
        assert read(f"http://{host}:1/", name, loopback=True).loopback
        with pytest.raises(SettingsError):
            read(f"http://{host}:1/", name)

    def test_this_machine_is_not_allowed_by_the_list_alone(self):
        assert not read("https://127.0.0.1/", "127.0.0.1").loopback


class TestConnecting:
    @pytest.mark.parametrize("address", FORBIDDEN)
    def test_no_name_leads_to_a_forbidden_address(self, address, sockets):
        reply = post_to(read("https://tool.example/", "tool.example"), lambda *_: [address])
        assert (reply.fate, sockets) == (Fate.AGAIN, [])
        assert "not allowed" in reply.why

    @pytest.mark.parametrize("address", FORBIDDEN)
    def test_nor_does_the_address_itself(self, address, sockets):
        host = f"[{address}]" if ":" in address else address
        try:
            target = read(f"https://{host}/", address)
        except SettingsError:
            return
        assert post_to(target, lambda host, _port: [host]).fate == Fate.AGAIN
        assert sockets == []

    @pytest.mark.parametrize("host", SPELLINGS)
    def test_nor_does_another_spelling_of_one(self, host, sockets):
        def lookup(name, port):
            return [info[4][0] for info in socket.getaddrinfo(name, port)]

        assert post_to(read(f"https://{host}/", host), lookup).fate == Fate.AGAIN
        assert sockets == []

    def test_one_forbidden_address_among_public_ones_is_enough(self, sockets):
        target = read("https://tool.example/", "tool.example")
        post_to(target, lambda *_: [PUBLIC[0], "169.254.169.254"])
        assert sockets == []

    def test_public_addresses_are_tried(self, sockets):
        target = read("https://tool.example/", "tool.example")
        reply = post_to(target, lambda *_: [PUBLIC[0]])
        assert [where[0] for where in sockets] == [PUBLIC[0]]
        assert reply.why.startswith("no connection")

    def test_a_name_that_changes_between_look_and_connect_reaches_nothing(self, sockets):
        """The first answer passes; who asks again is sent to this machine."""
        target = read("https://tool.example/", "tool.example")
        answers = iter([[PUBLIC[0]], ["127.0.0.1"], ["169.254.169.254"]])
        for _ in range(3):
            post_to(target, lambda *_: next(answers))
        assert [where[0] for where in sockets] == [PUBLIC[0]]

    def test_the_address_is_checked_again_where_its_socket_is_made(self):
        async def try_one() -> None:
            target = read("https://tool.example/", "tool.example")
            made = connector(target, lambda *_: [PUBLIC[0]], 1)
            try:
                made._socket_factory((socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.1", 1)))
            finally:
                await made.close()

        with pytest.raises(RefusedTargetError):
            asyncio.run(try_one())

    def test_loopback_is_not_a_way_to_anywhere_else(self, sockets):
        target = read("http://localhost/", "localhost", loopback=True)
        for address in (*PUBLIC, "10.0.0.1", "169.254.169.254"):
            post_to(target, lambda *_, address=address: [address])
        assert sockets == []

    def test_no_proxy_is_used(self, monkeypatch):
        with receiving() as proxy, receiving() as receiver:
            for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
                monkeypatch.setenv(name, proxy.url)
            target = read(receiver.url, "127.0.0.1", loopback=True)
            assert post_to(target, lambda *_: ["127.0.0.1"]).fate == Fate.SENT
        assert proxy.came == []
