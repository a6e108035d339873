"""Cutting networks to their neighbourhoods, as text."""

import polars as pl


def block_of(network: pl.Expr) -> pl.Expr:
    """Cut a network to its neighbourhood: IPv4 /24, IPv6 /48; cells are their own.

    Examples:
        >>> nets = pl.Series(["81.2.69.142", "2a02:8071:b9:42::/64", "2a02:8071::/64"])
        >>> pl.select(block_of(pl.lit(nets))).to_series().to_list()
        ['81.2.69', '2a02:8071:b9', '2a02:8071:0']
    """
    return pl.coalesce(
        network.str.extract(r"^([0-9]+\.[0-9]+\.[0-9]+)\.", 1),
        pl.concat_str(*_words(network)[:3], separator=":"),
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
        pl.concat_str(*_words(network)[:2], separator=":"),
        network,
    )


_V6 = r"^([0-9a-f]+)(?::([0-9a-f]+))?(?::([0-9a-f]+))?(?::([0-9a-f]+))?::/64$"


def _words(network: pl.Expr) -> list[pl.Expr]:
    """The four words of an IPv6 /64; zeros at the end are left out of its text.

    The first is null for all other networks, and so is what is made from it.
    """
    words = network.str.extract_groups(_V6)
    first, *others = (words.struct.field(str(i)) for i in range(1, 5))
    return [first, *(word.fill_null("0") for word in others)]
