"""What all buckets say of networks and devices: sums and joins in Spark, rules in Polars."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from detector.networks.additive import NetworkCounts, NetworkDays, PoolHops
from detector.networks.count import LEAST, SUMMED
from detector.networks.survey import Decide
from detector.schemas import DEVICE
from detector.settings import NetworkSettings
from pipelines.spark.cluster import Cluster, Rows, write_in_order
from pipelines.spark.count import Counted, save

C, D, H = NetworkCounts, NetworkDays, PoolHops
NETWORK, POOL, PREFIX, BLOCK = C.network.name, "pool", "prefix", "block"


@dataclass(frozen=True)
class InSpark:
    """What all buckets say, added up by Spark; see `detector.networks.survey.Gathered`."""

    cluster: Cluster
    counted: Counted
    settings: NetworkSettings

    def hops(self) -> pl.DataFrame:
        """Of the pairs of prefixes that are one provider's, and of each of these prefixes.

        Only these come to the driver: as many as there are neighbours in the plan of all
        addresses, however long the log.
        """
        from pyspark.sql import functions as sf

        a, b, hoppers = H.prefix_a.name, H.prefix_b.name, H.hoppers.name
        hops = self._read("hops").groupBy(a, b).agg(sf.sum(hoppers).alias(hoppers))
        alone = hops.filter(sf.col(a) == sf.col(b))
        seen_a = alone.select(a, sf.col(hoppers).alias("seen_a"))
        seen_b = alone.select(b, sf.col(hoppers).alias("seen_b"))
        share = self.settings.min_hopper_share * sf.least("seen_a", "seen_b")
        pairs = (
            hops.filter((sf.col(a) != sf.col(b)) & (sf.col(hoppers) >= self.settings.min_hoppers))
            .join(seen_a, a)
            .join(seen_b, b)
            .filter(sf.col(hoppers) >= share)
            .select(a, b, hoppers)
        )
        paired = pairs.select(a).union(pairs.select(b)).distinct()
        few = alone.join(paired, a, "left_semi").select(a, b, hoppers)
        rows = self.cluster.run(pairs.unionByName(few))
        return H.cast(pl.DataFrame(rows, list(H.column_names()), orient="row"))

    def describe(self, pools: pl.DataFrame) -> Sequence[Path]:
        """In files in order, some networks in each."""
        folder = self.counted.folder / "pools"
        save(pools, folder / "pools.parquet")
        known = self._known(self.cluster.read(folder)).persist()
        around = known.join(_shares(known, BLOCK), BLOCK).join(_shares(known, POOL), POOL)
        folder, files = self.counted.folder / "named", len(self.counted.buckets)
        named = write_in_order(around, [NETWORK], folder, files)
        known.unpersist()
        return named

    def decide(self, known: Sequence[Path], decide: Decide) -> Sequence[Path]:
        """File by file, on the executors."""
        folder = self.counted.networks

        def decided(path: Path) -> str:
            save(decide(pl.read_parquet(path, glob=False)), folder / path.name)
            return path.name

        return [folder / name for name in sorted(self.cluster.each(decided, known))]

    def meetings(self, networks: Sequence[Path]) -> pl.DataFrame:
        """One row for each block of IPv4, of which there are 65,536."""
        from pyspark.sql import functions as sf

        decided = self.cluster.read(networks[0].parent)
        met = self._read("meetings").groupBy(BLOCK)
        sums = (sf.sum(name).alias(name) for name in ("joint", "matched"))
        first = met.agg(sf.min(NETWORK).alias(NETWORK), *sums)
        columns = {BLOCK: pl.String, POOL: pl.String, "joint": pl.Int64, "matched": pl.Int64}
        found = first.join(decided.select(NETWORK, POOL), NETWORK).select(*columns)
        return pl.DataFrame(self.cluster.run(found), columns, orient="row")

    def shared_devices(self) -> Rows:
        """A table of Spark's, to be dealt to the buckets."""
        from pyspark.sql import functions as sf

        devices = self._read("devices").groupBy(DEVICE)
        return devices.agg(sf.sum("accounts").alias("accounts")).filter(sf.col("accounts") > 1)

    def _read(self, table: str) -> Rows:
        return self.counted.read(self.cluster, table)

    def _known(self, pools: Rows) -> Rows:
        """One row per network, as `detector.networks.count.merge_counts` gives it, and its pool."""
        from pyspark.sql import functions as sf

        merged = (
            self._read("networks")
            .groupBy(NETWORK, PREFIX, BLOCK)
            .agg(
                *(sf.sum(name).alias(name) for name in SUMMED),
                *(sf.min(name).alias(name) for name in LEAST),
            )
        )
        spans = self._read("days").groupBy(NETWORK, D.span.name)
        bits = spans.agg(sf.bit_or(D.days.name).alias("bits")).groupBy(NETWORK)
        used = bits.agg(sf.sum(sf.bit_count("bits")).alias(D.days.name))
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
