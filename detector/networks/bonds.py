"""Which pool of IPv6 belongs to the provider of which pool of IPv4, where no column tells.

A provider holds blocks of both protocols, and a home on a line with both is seen on one of each.
So accounts that live on one pool of IPv4 and on one of IPv6 tell, once there are some, that the
two are one provider's: of those who live on a provider's IPv4 a good part is on its IPv6, and next
to none on that of another, which takes a second home.
"""

import polars as pl

from detector.schemas import ACCOUNT, Networks, Sightings
from detector.settings import NetworkSettings

N, S = Networks, Sightings
OLDER, NEWER = "pool_ipv4", "pool_ipv6"
NO_BONDS = pl.DataFrame(schema={OLDER: pl.String, NEWER: pl.String})
TOLD = "AS"
"""How the name of a pool begins that the log itself names, for both protocols."""

_LINES = ("home_line", "carrier_nat")


def count_bonds(
    sightings: pl.LazyFrame, networks: pl.LazyFrame, settings: NetworkSettings
) -> pl.LazyFrame:
    """Count the accounts that live on a pool of IPv4, by the pool of IPv6 that they live on.

    Gateways of mobile networks are left out: everybody carries one beside the line at home.
    An account that lives on several pools of a protocol has several homes, and tells nothing.

    Args:
        sightings: Of some whole accounts.
        networks: What their networks are; a pool that is named by the log is of both protocols.
        settings: From when on an account lives on a network.

    Returns:
        Columns `pool_ipv4`, `pool_ipv6` (null for those on none), `accounts`; in no order. Those
        of disjoint accounts add up once they are concatenated.
    """
    lived = _lived(sightings, networks, settings)
    alone = lived.filter(pl.len().over(ACCOUNT, "newer") == 1)
    older = alone.filter(~pl.col("newer")).select(ACCOUNT, pl.col(N.pool.name).alias(OLDER))
    newer = alone.filter("newer").select(ACCOUNT, pl.col(N.pool.name).alias(NEWER))
    both = older.join(newer, on=ACCOUNT, how="left")
    return both.group_by(OLDER, NEWER).agg(accounts=pl.len().cast(pl.Int64))


def find_bonds(counts: pl.LazyFrame, settings: NetworkSettings) -> pl.LazyFrame:
    """Name the pools of IPv4 and of IPv6 that are one provider's, as far as accounts tell.

    Args:
        counts: From `count_bonds`, of disjoint sets of accounts.
        settings: How many accounts must agree.

    Returns:
        Columns `pool_ipv4`, `pool_ipv6`; sorted.

    Examples:
        Each of four homes has a television on IPv4 and a telephone on IPv6:

        >>> from datetime import date, timedelta
        >>> days = [date(2026, 5, 1) + timedelta(days=day) for day in range(4)]
        >>> lines = {"tv": "81.2.69.{}", "phone": "2a02:8071:{}::/64"}
        >>> rows = [{"account_id": str(home), "device_id": device, "day": day,
        ...          "network": line.format(home)}
        ...         for home in range(1, 5) for device, line in lines.items() for day in days]
        >>> sightings = Sightings.sample(overrides=rows)
        >>> networks = Networks.sample(overrides=[
        ...     {"network": name, "kind": "home_line", "pool": name.split(":")[0][:5]}
        ...     for name in sightings["network"].unique().sort()])
        >>> counts = count_bonds(sightings.lazy(), networks.lazy(), NetworkSettings())
        >>> find_bonds(counts, NetworkSettings()).collect().rows()
        [('81.2.', '2a02')]
    """
    counted = counts.group_by(OLDER, NEWER).agg(pl.col("accounts").sum())
    enough = settings.min_bond_share * pl.col("accounts").sum().over(OLDER)
    return (
        counted.with_columns(enough=enough)
        .filter(
            pl.col(NEWER).is_not_null(),
            pl.col("accounts") >= pl.max_horizontal("enough", settings.min_bonds),
        )
        .select(OLDER, NEWER)
        .sort(OLDER, NEWER)
    )


def _lived(
    sightings: pl.LazyFrame, networks: pl.LazyFrame, settings: NetworkSettings
) -> pl.LazyFrame:
    """account_id, newer, pool: on lines of which an account was for days."""
    told = N.pool.col.str.starts_with(TOLD).fill_null(value=True)
    lines = networks.filter(N.kind.col.cast(pl.String).is_in(_LINES), ~told).select(
        N.network.name, N.pool.name, newer=N.network.col.str.ends_with("/64")
    )
    days = sightings.select(ACCOUNT, S.network.name, S.day.name).join(lines, on=S.network.name)
    lived = days.group_by(ACCOUNT, "newer", N.pool.name).agg(S.day.col.n_unique())
    return lived.filter(S.day.col >= settings.min_resident_days)
