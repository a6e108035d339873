"""Cutting networks to their neighbourhoods, as text."""

import polars as pl


def block_of(network: pl.Expr) -> pl.Expr:
    """Cut a network to its neighbourhood: IPv4 /24, IPv6 /48; cells are their own.

    Examples:
        >>> nets = pl.Series(["81.2.69.142", "2a02:8071:b9:42::/64", "2a02:8071::/64"])
        >>> pl.select(block_of(pl.lit(nets))).to_series().to_list()
        ['81.2.69', '2a02:8071:b9', '2a02:8071:']
    """
    return pl.coalesce(
        network.str.extract(r"^([0-9]+\.[0-9]+\.[0-9]+)\.", 1),
        network.str.extract(r"^([0-9a-f]{1,4}:[0-9a-f]{0,4}:[0-9a-f]{0,4})[:/]", 1),
        network,
    )


def provider_prefix_of(network: pl.Expr) -> pl.Expr:
    """Cut a network to what a provider is given at a time: IPv4 /16, IPv6 /32; cells are their own.

    Examples:
        >>> nets = pl.Series(["81.2.69.142", "2a02:8071:b9:42::/64", "cell:40.71,-74.01"])
        >>> pl.select(provider_prefix_of(pl.lit(nets))).to_series().to_list()
        ['81.2', '2a02:8071', 'cell:40.71,-74.01']
    """
    return pl.coalesce(
        network.str.extract(r"^([0-9]+\.[0-9]+)\.", 1),
        network.str.extract(r"^([0-9a-f]{1,4}:[0-9a-f]{0,4})[:/]", 1),
        network,
    )


def line_of(network: pl.Expr) -> pl.Expr:
    """Cut a network to what one line is given: an IPv6 /56, as routers open several /64s in it.

    Examples:
        >>> nets = pl.Series(["81.2.69.142", "2a02:8071:b9:4201::/64", "2a02:8071:b9:1::/64"])
        >>> pl.select(line_of(pl.lit(nets))).to_series().to_list()
        ['81.2.69.142', '2a02:8071:b9:42', '2a02:8071:b9:']
    """
    return network.str.replace(r"([0-9a-f]{0,2})[0-9a-f]{2}::/64$|[0-9a-f]{1,2}::/64$", "$1")


def position_of(network: pl.Expr) -> pl.Expr:
    """Place a network on the number line of addresses; near numbers are near neighbours.

    IPv4 by address, IPv6 by /48 far beyond all IPv4; null for cells and countries.

    Examples:
        >>> nets = pl.Series(["0.0.1.2", "2a02:8071:b9:42::/64", "country:FR"])
        >>> pl.select(position_of(pl.lit(nets))).to_series().to_list()
        [258, 46190233190585, None]
    """
    octets = network.str.extract_groups(r"^([0-9]+)\.([0-9]+)\.([0-9]+)\.([0-9]+)$")
    v4 = sum(octets.struct.field(str(i)).cast(pl.Int64) * 256 ** (4 - i) for i in range(1, 5))
    words = network.str.extract_groups(r"^([0-9a-f]{1,4}):([0-9a-f]{0,4}):([0-9a-f]{0,4})")
    v6 = sum(
        words.struct.field(str(i)).str.zfill(1).str.to_integer(base=16) * 65536 ** (3 - i)
        for i in range(1, 4)
    )
    return pl.coalesce(v4, v6)
