# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
"""Counts of all buckets → what each network is: sums and joins in Spark, rules in Polars."""

from pathlib import Path

import polars as pl

from detector.networks.classify import decide_kinds, find_pools
from detector.networks.scattering import find_scattering_pools
from detector.schemas import NetworkCounts, NetworkDays, PoolHops
from detector.settings import NetworkSettings, PlaceSettings
from pipelines.spark.cluster import Cluster, Rows, write_in_order
from pipelines.spark.count import Counted, save

C, D, H = NetworkCounts, NetworkDays, PoolHops
NETWORK, POOL, PREFIX, BLOCK = C.network.name, "pool", "prefix", "block"
_LEAST = (C.country.name, C.city.name, C.asn.name, C.as_org.name, C.connection_type.name)
_SUMMED = [name for name in C.column_names() if name not in (NETWORK, *_LEAST)]


def classify(cluster: Cluster, counted: Counted, settings: NetworkSettings) -> list[Path]:
    """Merge the counts of all buckets and decide what each network is.

    Returns:
        Files of `Networks`, in order.
    """
    pools = counted.folder / "pools"
    save(_pools(cluster, counted, settings), pools / "pools.parquet")
    counts, days = (counted.read(cluster, table) for table in ("networks", "days"))
    known = _known(counts, days, cluster.read(pools)).persist()
    around = known.join(_shares(known, BLOCK), BLOCK).join(_shares(known, POOL), POOL)
    named = write_in_order(around, [NETWORK], counted.folder / "named", len(counted.buckets))
    known.unpersist()

    def decided(path: Path) -> str:
        networks = decide_kinds(pl.read_parquet(path, glob=False), settings)
        save(networks, counted.networks / path.name)
        return path.name

    return [counted.networks / name for name in sorted(cluster.each(decided, named))]


def _known(counts: Rows, days: Rows, pools: Rows) -> Rows:
    """One row per network, as `detector.networks.classify.merge_counts` gives it, with its pool."""
    from pyspark.sql import functions as sf

    merged = counts.groupBy(NETWORK, PREFIX, BLOCK).agg(
        *(sf.sum(name).alias(name) for name in _SUMMED),
        *(sf.min(name).alias(name) for name in _LEAST),
    )
    spans = days.groupBy(NETWORK, D.span.name).agg(sf.bit_or(D.days.name).alias("bits"))
    used = spans.groupBy(NETWORK).agg(sf.sum(sf.bit_count("bits")).alias(D.days.name))
    system = sf.concat(sf.lit("AS"), sf.col(C.asn.name).cast("string"))
    pool = sf.coalesce(system, sf.col(POOL), sf.col(PREFIX))
    return merged.join(used, NETWORK).join(pools, PREFIX, "left").withColumn(POOL, pool)


def _shares(known: Rows, over: str) -> Rows:
    """How the networks of each block or pool behave, taken together."""
    from pyspark.sql import functions as sf

    phones, devices = sf.sum(C.phones.name), sf.sum(C.devices.name)
    accounts, still = sf.sum(C.accounts.name), sf.sum(C.stationary_accounts.name)
    return known.groupBy(over).agg(
        (phones / devices).alias(f"{over}_phone_share"),
        (still / accounts).alias(f"{over}_stationary_share"),
        (sf.sum(C.account_days.name) / accounts).alias(f"{over}_tenure"),
        accounts.alias(f"{over}_accounts"),
    )


def _pools(cluster: Cluster, counted: Counted, settings: NetworkSettings) -> pl.DataFrame:
    """The pools of more than one prefix.

    Only pairs of prefixes that are one provider's come to the driver: as many as there are
    neighbours in the plan of all addresses, however long the log.
    """
    from pyspark.sql import functions as sf

    a, b, hoppers = H.prefix_a.name, H.prefix_b.name, H.hoppers.name
    hops = counted.read(cluster, "hops").groupBy(a, b).agg(sf.sum(hoppers).alias(hoppers))
    alone = hops.filter(sf.col(a) == sf.col(b))
    seen_a = alone.select(a, sf.col(hoppers).alias("seen_a"))
    seen_b = alone.select(b, sf.col(hoppers).alias("seen_b"))
    share = settings.min_hopper_share * sf.least("seen_a", "seen_b")
    pairs = (
        hops.filter((sf.col(a) != sf.col(b)) & (sf.col(hoppers) >= settings.min_hoppers))
        .join(seen_a, a)
        .join(seen_b, b)
        .filter(sf.col(hoppers) >= share)
        .select(a, b, hoppers)
    )
    paired = pairs.select(a).union(pairs.select(b)).distinct()
    few = cluster.run(pairs.unionByName(alone.join(paired, a, "left_semi").select(a, b, hoppers)))
    return find_pools(H.cast(pl.DataFrame(few, list(H.column_names()), orient="row")), settings)


def find_scattering(cluster: Cluster, counted: Counted, settings: PlaceSettings) -> pl.DataFrame:
    """Name the providers that give every session an address of its own.

    What comes to the driver is one row for each block of IPv4, of which there are 65,536.
    """
    from pyspark.sql import functions as sf

    meetings = (
        counted.read(cluster, "meetings")
        .groupBy(BLOCK)
        .agg(
            sf.min(NETWORK).alias(NETWORK),
            sf.sum("joint").alias("joint"),
            sf.sum("matched").alias("matched"),
        )
        .join(cluster.read(counted.networks).select(NETWORK, POOL), NETWORK)
    )
    rows = cluster.run(meetings.select(BLOCK, NETWORK, POOL, "joint", "matched"))
    columns = dict.fromkeys((BLOCK, NETWORK, POOL), pl.String) | dict.fromkeys(
        ("joint", "matched"), pl.Int64
    )
    found = pl.DataFrame(rows, columns, orient="row").sort(BLOCK)
    return find_scattering_pools(found.drop(POOL), found.select(NETWORK, POOL).unique(), settings)
