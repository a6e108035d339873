"""What all accounts say of networks and devices, found in files, and as far as it concerns some.

Networks and meetings are counted bucket by bucket, as accounts are whole there: counted over all
at once, 950,000 accounts on 8.6 million networks needed 6.7 GiB, or four times as long within 1
GiB. The rest are the queries of `detector.networks.survey` over all the files. Beside compiled
loops over parts of networks dealt to files, the same 8.6 million took 1.1 times the processor time
in 3.2 GiB, or 1.5 times within a budget of 1.5 GB (a peak of 1.8 GiB); a tenth of them took 0.9
times, in 0.8 times the memory.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from functools import cached_property, partial
from pathlib import Path
from shutil import rmtree
from typing import Any

import dataframely as dy
import polars as pl

from detector.events.accounts import AccountRecords
from detector.networks.partners import PartnerLines
from detector.networks.survey import Counted, Surroundings, survey_counted
from detector.schemas import ACCOUNT, Networks
from detector.settings import NetworkSettings, Settings
from detector.store.premises import narrow

R = AccountRecords
NETWORK = Networks.network.name
BUCKET, RECORDS = "bucket", "records.parquet"
COUNTED = tuple(field.name for field in fields(Counted))
NETWORKS = COUNTED[0]

_ROWS_PER_GROUP = 1 << 13
"""Of a bucket's networks: as many as are held back of each bucket while they are dealt."""

Each = Callable[[Callable[[Path], None], Sequence[Path]], Iterable[Any]]
"""Does a work for every path, on whatever core or machine, and hands out what each came to."""


@dataclass(frozen=True)
class DealtNetworks:
    """The networks of a log in files, dealt to its buckets."""

    folder: Path
    scatter: pl.DataFrame
    bonds: pl.DataFrame
    """This, the one before and the next two: see `Surroundings`."""
    regime: str
    partner_lines: dy.DataFrame[PartnerLines]

    def networks(self) -> Iterator[dy.DataFrame[Networks]]:
        """All networks, sorted, some at a time."""
        return map(Networks.validate, Networks.cast(self._scan("networks")).collect_batches())

    @cached_property
    def device_accounts(self) -> pl.DataFrame:
        """Of the whole log; see `Surroundings`."""
        return self._scan("devices").collect()

    def of_bucket(self, bucket: Path) -> dy.DataFrame[Networks]:
        """The networks on which accounts of a bucket were seen, sorted."""
        files = sorted(self._dealt_to(bucket).iterdir())
        return Networks.cast(pl.read_parquet(files, glob=False, hive_partitioning=False))

    def note(self, bucket: Path, networks: pl.DataFrame) -> None:
        """Keep the networks of a bucket that was dealt from others."""
        self._dealt_to(bucket).mkdir(exist_ok=True)
        own = networks.unique(NETWORK).sort(NETWORK)
        own.write_parquet(self._dealt_to(bucket) / "noted.parquet", compression="lz4")

    def around(self, networks: dy.DataFrame[Networks]) -> Surroundings:
        """What judging needs to know of accounts that were seen on no other networks."""
        around = Surroundings(
            networks,
            self.device_accounts,
            self.scatter,
            self.bonds,
            self.regime,
            self.partner_lines,
        )
        return narrow(around)

    def _scan(self, table: str) -> pl.LazyFrame:
        return pl.scan_parquet(self.folder / f"{table}.parquet", glob=False)

    def _dealt_to(self, bucket: Path) -> Path:
        return self.folder / "dealt" / f"{BUCKET}={bucket.stem}"


def survey_buckets(
    buckets: Sequence[Path],
    settings: Settings,
    folder: Path,
    each: Each,
    records: pl.DataFrame | None = None,
) -> DealtNetworks:
    """Count all buckets and decide what each network is.

    Args:
        buckets: Files of sightings; no account is in two of them.
        settings: All stages' settings.
        folder: Scratch, made anew, from which the networks are read.
        each: Has all buckets counted.
        records: `AccountRecords`, if there are any.
    """
    rmtree(folder, ignore_errors=True)
    counts = folder / "of_buckets"
    counts.mkdir(parents=True)
    if records is not None and not records.is_empty():
        known = records.select(ACCOUNT, R.partner.name, R.country_of_record.name)
        known.write_parquet(folder / RECORDS, compression="lz4")
    list(each(partial(_count, counts, settings.networks), buckets))
    counted = Counted(
        *(pl.concat(_scan(_said(counts, path, table)) for path in buckets) for table in COUNTED)
    )
    sightings = pl.concat(_scan(path) for path in buckets)
    found = survey_counted(sightings, counted, settings, partial(_keep, folder))
    said = {path.stem: _scan(_said(counts, path, NETWORKS)) for path in buckets}
    _deal(found.networks, said, folder)
    return DealtNetworks(folder, found.scatter, found.bonds, found.regime, found.partner_lines)


def _count(counts: Path, settings: NetworkSettings, bucket: Path) -> None:
    """Write down what one bucket says."""
    records = counts.parent / RECORDS
    known = _scan(records) if records.exists() else None
    counted = Counted.of(pl.read_parquet(bucket, glob=False), settings, known)
    for name in COUNTED:
        table: pl.LazyFrame = getattr(counted, name)
        path = _said(counts, bucket, name)
        table.collect().write_parquet(path, compression="lz4", statistics=False)


def _said(counts: Path, bucket: Path, table: str) -> Path:
    """Where a bucket's share of one of the tables of `Counted` is."""
    return counts / f"{bucket.stem}-{table}.parquet"


def _keep(folder: Path, name: str, table: pl.LazyFrame) -> pl.LazyFrame:
    path = folder / f"{name}.parquet"
    table.sink_parquet(path, compression="lz4", statistics=False)
    return _scan(path)


def _scan(path: Path) -> pl.LazyFrame:
    return pl.scan_parquet(path, glob=False)


def _deal(networks: pl.LazyFrame, counts: dict[str, pl.LazyFrame], folder: Path) -> None:
    """Give each bucket what is known of the networks on which it was seen, in their order.

    The pairs of network and bucket are what is held in memory: 1.1 GiB for 9.3 million.
    """
    pairs = [table.select(NETWORK, pl.lit(stem).alias(BUCKET)) for stem, table in counts.items()]
    dealt = networks.join(pl.concat(pairs), on=NETWORK, how="left", maintain_order="left")
    dealt.sink_parquet(
        pl.PartitionBy(folder / "dealt", key=BUCKET, include_key=False),
        compression="lz4",
        statistics=False,
        row_group_size=_ROWS_PER_GROUP,
        mkdir=True,
    )
