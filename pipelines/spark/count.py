"""Buckets of sightings → their counts, as tables that Spark adds up and joins."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from detector.networks.additive import NetworkDays
from detector.networks.count import add_prefixes
from detector.networks.survey import count_shard
from detector.runs.files import replace_file
from detector.schemas import Sightings
from detector.settings import NetworkSettings
from pipelines.reading.shared.tables import own_folder, read_bucket, write_table
from pipelines.spark.cluster import Cluster, Rows, write_rows

BUCKET = "bucket"


@dataclass(frozen=True)
class Counted:
    """What the buckets say of networks, devices and accounts, one file for each and each table."""

    folder: Path
    buckets: Sequence[Path]
    """Files of sightings; a bucket goes by its place here."""

    @property
    def networks(self) -> Path:
        """Folder of `Networks`, once they are known."""
        return self.folder / "networks"

    def read(self, cluster: Cluster, table: str) -> Rows:
        """One table of all buckets: networks, days, hops, meetings, devices, accounts."""
        return cluster.read(self.folder / "counts", f"{table}.parquet")

    def deal(self, name: str, own: Rows, rows: Rows, key: str) -> None:
        """Give every bucket the rows about its own networks, devices or accounts."""
        wanted = own.select(BUCKET, key).join(rows, key)
        spread = wanted.repartition(len(self.buckets), BUCKET)
        write_rows(spread, self.folder / "dealt" / name, by=BUCKET)

    def dealt(self, name: str, bucket: int, like: pl.DataFrame) -> pl.DataFrame:
        """The rows that a bucket was given, sorted."""
        folder = self.folder / "dealt" / name / f"{BUCKET}={bucket}"
        files = sorted(folder.glob("part-*.parquet"))
        if not files:
            return like.clear()
        rows = pl.read_parquet(files, glob=False, hive_partitioning=False)
        return rows.select(pl.col(c).cast(dtype) for c, dtype in like.schema.items()).sort(
            like.columns[0]
        )


def count_buckets(
    cluster: Cluster, folder: Path, buckets: Sequence[Path], settings: NetworkSettings
) -> Counted:
    """Count every bucket, on the executors."""

    def count(item: tuple[int, Path]) -> None:
        bucket, path = item
        _save_counts(bucket, read_bucket(path), folder / "counts", settings)

    cluster.each(count, list(enumerate(buckets)))
    return Counted(folder, buckets)


def save(rows: pl.DataFrame, path: Path) -> None:
    """Write a table whole, where others may look for it."""
    with own_folder(), replace_file(path) as part:
        write_table(rows, part)


def _save_counts(
    bucket: int, sightings: pl.DataFrame, folder: Path, settings: NetworkSettings
) -> None:
    counts = count_shard(sightings, settings)
    tables = {
        "networks": add_prefixes(counts.networks.counts),
        # Spark has no unsigned numbers; the bits stay the same.
        "days": counts.networks.days.with_columns(NetworkDays.days.col.reinterpret(signed=True)),
        "hops": counts.hops,
        "meetings": counts.meetings,
        "devices": counts.device_accounts,
        "accounts": sightings.select(Sightings.account_id.col).unique(),
    }
    for name, table in tables.items():
        numbered = table.with_columns(pl.lit(bucket, pl.Int32).alias(BUCKET))
        save(numbered, folder / f"{bucket:05}" / f"{name}.parquet")
