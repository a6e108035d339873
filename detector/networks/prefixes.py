"""Cutting networks to their neighbourhoods, as text."""

import polars as pl


def block_of(network: pl.Expr) -> pl.Expr:
    """Cut a network to its neighbourhood: IPv4 /24, IPv6 /48; cells are their own.

    Examples:
        >>> nets = pl.Series(["81.2.69.142", "2a02:8071:b9:42::/64", "2a02:8071::/64"])
        >>> pl.select(block_of(pl.lit(nets))).to_series().to_list()
        ['81.2.69', '2a02:8071:b9', '2a02:8071:0']
    """
    return pl.coalesce(_octets(network, 3), _words(network, 3), network)


def provider_prefix_of(network: pl.Expr) -> pl.Expr:
    """Cut a network to what a provider is given at a time: IPv4 /16, IPv6 /32; cells are their own.

    Examples:
        >>> nets = pl.Series(["81.2.69.142", "2a02:8071:b9:42::/64", "cell:40.71,-74.01"])
        >>> pl.select(provider_prefix_of(pl.lit(nets))).to_series().to_list()
        ['81.2', '2a02:8071', 'cell:40.71,-74.01']
    """
    return pl.coalesce(_octets(network, 2), _words(network, 2), network)


def _octets(network: pl.Expr, n: int) -> pl.Expr:
    """The first octets of an IPv4 address."""
    return network.str.extract(r"^([0-9]+" + (n - 1) * r"\.[0-9]+" + r")\.")


def _words(network: pl.Expr, n: int) -> pl.Expr:
    """The first words of an IPv6 /64; zeros at the end are left out of its text."""
    tail = "::/64"
    whole = network.str.replace(tail, ":0:0:0", literal=True)
    words = pl.when(network.str.ends_with(tail)).then(whole)
    return words.str.extract("^([0-9a-f]+" + (n - 1) * ":[0-9a-f]+" + "):")
