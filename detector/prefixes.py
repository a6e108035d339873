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
