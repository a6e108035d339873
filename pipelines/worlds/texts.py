"""Addresses and prefixes as text."""

import numpy as np
import polars as pl

from pipelines.worlds.hashing import Words

_HEX = pl.Series([format(group, "x") for group in range(1 << 16)])


def write_addresses(high: Words, low: Words) -> pl.DataFrame:
    """Write each address as text, with the network it belongs to.

    Args:
        high: Upper 64 bits; 0 for IPv4.
        low: Lower 64 bits, or the 32 bits of IPv4.

    Returns:
        Columns `ip` and `network`: an IPv4 address is its own network, an IPv6 one counts
        with its /64.
    """
    v6 = high > 0
    v4_text = _octets(low[~v6])
    v6_network = _prefix64(high[v6])
    v6_text = _groups(high[v6], low[v6])
    order = pl.Series(np.argsort(np.concatenate([np.flatnonzero(~v6), np.flatnonzero(v6)])))
    return pl.DataFrame(
        {
            "ip": pl.concat([v4_text, v6_text]).gather(order),
            "network": pl.concat([v4_text, v6_network]).gather(order),
        }
    )


def _octets(low: Words) -> pl.Series:
    parts = pl.DataFrame(
        {
            str(shift): (low >> np.uint64(shift) & np.uint64(255)).astype(np.uint8)
            for shift in (24, 16, 8, 0)
        }
    )
    return parts.select(pl.concat_str(pl.all().cast(pl.String), separator=".")).to_series()


def _hex_groups(word: Words) -> list[pl.Series]:
    shifts = (48, 32, 16, 0)
    return [
        _HEX.gather((word >> np.uint64(s) & np.uint64(0xFFFF)).astype(np.uint32)).alias(str(s))
        for s in shifts
    ]


def _groups(high: Words, low: Words) -> pl.Series:
    groups = [*_hex_groups(high), *(g.alias(f"low{g.name}") for g in _hex_groups(low))]
    return pl.DataFrame(groups).select(pl.concat_str(pl.all(), separator=":")).to_series()


def _prefix64(high: Words) -> pl.Series:
    """In the canonical spelling of RFC 5952: trailing zero groups fall into the `::`."""
    a, b, c, d = (pl.col(name) for name in ("48", "32", "16", "0"))
    text = (
        pl.when(d != "0")
        .then(pl.concat_str(a, b, c, d, separator=":"))
        .when(c != "0")
        .then(pl.concat_str(a, b, c, separator=":"))
        .otherwise(pl.concat_str(a, b, separator=":"))
    )
    return pl.DataFrame(_hex_groups(high)).select(text + "::/64").to_series()
