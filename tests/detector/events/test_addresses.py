import ipaddress

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.events.addresses import PRIVATE, UNREADABLE, parse_addresses


def read(text):
    row = parse_addresses(pl.Series([text])).row(0, named=True)
    return row["network"] or row["reason"]


class TestParseAddresses:
    @pytest.mark.parametrize(
        ("text", "network"),
        [
            ("81.2.69.142", "81.2.69.142"),
            (" 81.2.69.142\n", "81.2.69.142"),
            ("::ffff:81.2.69.142", "81.2.69.142"),
            ("::FFFF:5102:458E", "81.2.69.142"),
            ("64:ff9b::81.2.69.142", "81.2.69.142"),
            ("2A02:0C7F:0000:0001:dead:beef::1", "2a02:c7f:0:1::/64"),
            ("2a02:c7f::1", "2a02:c7f::/64"),
            ("2a02:c7f:0:1:2:3:4:5", "2a02:c7f:0:1::/64"),
            ("2a02::1:2:3:4:5", "2a02:0:0:1::/64"),
            ("2a02:c7f:0:1::", "2a02:c7f:0:1::/64"),
            ("2002:5102:458e::1", "2002:5102:458e::/64"),
        ],
    )
    def test_readable(self, text, network):
        assert read(text) == network

    @pytest.mark.parametrize(
        "text",
        [
            *("", "unknown", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "0x51.2.69.142"),
            *("1.2.3.4:443", "[2a02:c7f::1]:443", "fe80::1%eth0", "2a02:c7f::1/64", "1.2.3.4/32"),
            *("81.2.69.142, 10.0.0.1", "81.2.69.142 10.0.0.1", "1361199502", "81.2.69.xxx"),
            *("2a02::c7f::1", "2a02:1:2:3:4", "2a02:1:2:3:4:5:6:7:8", "::ffff:01.2.3.4"),
            *("8\uff11.2.69.142", "1.2.3.4\x00", "a" * 100_000),
        ],
        ids=lambda text: repr(text[:24]),
    )
    def test_unreadable(self, text):
        assert read(text) == UNREADABLE

    @pytest.mark.parametrize(
        "text",
        [
            *("10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1"),
            *("100.127.255.255", "127.0.0.1", "169.254.1.1", "0.0.0.0", "224.0.0.1", "240.0.0.1"),
            *("255.255.255.255", "192.0.2.1", "198.51.100.1", "203.0.113.1", "198.18.0.1"),
            *(
                "2001:1ff::1",
                "3fff:fff::1",
                "::1",
                "::",
                "fe80::1",
                "fc00::1",
                "ff02::1",
                "2001:db8::1",
                "::ffff:10.0.0.1",
            ),
            *("2001:0:5ef5:79fd::1", "64:ff9b::10.0.0.1"),
        ],
    )
    def test_leading_to_no_line(self, text):
        assert read(text) == PRIVATE

    @pytest.mark.parametrize(
        "text",
        [
            "172.15.0.1",
            "172.32.0.1",
            "100.63.0.1",
            "100.128.0.1",
            "11.0.0.1",
            "223.0.0.1",
            "192.0.1.1",
            "198.20.0.1",
        ],
    )
    def test_next_to_reserved_blocks(self, text):
        assert read(text) == text

    def test_each_text_in_its_place_and_nothing_of_none(self):
        found = parse_addresses(pl.Series(["81.2.69.142", None, "?"]))
        assert found.select("network", "reason").rows() == [
            ("81.2.69.142", None),
            (None, None),
            (None, UNREADABLE),
        ]

    def test_nothing(self):
        assert parse_addresses(pl.Series([], dtype=pl.String)).is_empty()

    @given(st.ip_addresses(v=4))
    def test_agrees_with_the_registry_on_ipv4(self, address):
        # 192.88.99.0/24 was a relay's; 192.0.0.0/24 has exceptions that are no homes.
        special = ("192.88.99.0/24", "192.0.0.0/24")
        if any(address in ipaddress.ip_network(block) for block in special):
            return
        lone = address.is_global and not address.is_multicast
        assert read(str(address)) == (str(address) if lone else PRIVATE)

    @given(st.integers(0, 2**61 - 1), st.integers(0, 2**64 - 1))
    def test_all_addresses_of_a_prefix_are_one_network(self, high, low):
        prefix = (0b001 << 61 | high) << 64
        one, other = (str(ipaddress.IPv6Address(prefix | bits)) for bits in (low, 1))
        assert read(one) == read(other)

    @given(st.text(max_size=40))
    def test_any_text_has_a_network_or_a_reason(self, text):
        row = parse_addresses(pl.Series([text], dtype=pl.String)).row(0, named=True)
        assert (row["network"] is None) != (row["reason"] is None)
