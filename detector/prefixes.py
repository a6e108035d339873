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


def line_of(network: pl.Expr) -> pl.Expr:
    """Cut a network to what one line is given: an IPv6 /56, as routers open several /64s in it.

    Examples:
        >>> nets = pl.Series(["81.2.69.142", "2a02:8071:b9:4201::/64", "2a02:8071:b9::/64"])
        >>> pl.select(line_of(pl.lit(nets))).to_series().to_list()
        ['81.2.69.142', '2a02:8071:b9:42', '2a02:8071:b9:00']
    """
    words = _words(network)
    delegated = words[3].str.zfill(4).str.head(2)
    return pl.coalesce(pl.concat_str(*words[:3], delegated, separator=":"), network)


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
    v6 = sum(
        word.str.to_integer(base=16, strict=False) * 65536 ** (2 - i)
        for i, word in enumerate(_words(network)[:3])
    )
    return pl.coalesce(v4, v6)


_V6 = r"^([0-9a-f]+)(?::([0-9a-f]+))?(?::([0-9a-f]+))?(?::([0-9a-f]+))?::/64$"


def _words(network: pl.Expr) -> list[pl.Expr]:
    """The four words of an IPv6 /64; zeros at the end are left out of its text.

    The first is null for all other networks, and so is what is made from it.
    """
    words = network.str.extract_groups(_V6)
    first, *others = (words.struct.field(str(i)) for i in range(1, 5))
    return [first, *(word.fill_null("0") for word in others)]
