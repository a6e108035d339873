# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
"""What all accounts say of networks and devices, worked out part by part in files.

It comes to what `detector.detect.survey` finds in memory. What a bucket says is cut into parts by
network, the same for all buckets; then the parts are merged and decided one after the other. Blocks
lie in one part each; pools do not, and are summed up over all parts in between.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from shutil import rmtree

import polars as pl

from detector.detect import DEVICE, count_shard
from detector.networks.classify import (
    NetworkShare,
    classify_networks,
    find_pools,
    merge_counts,
    merge_hops,
)
from detector.networks.neighbours import Neighbourhoods
from detector.networks.scattering import find_scattering_pools, merge_meetings
from detector.schemas import NetworkCounts, NetworkDays, Networks
from detector.settings import Settings
from pipelines.local.merge import read_rows, write_rows
from pipelines.local.portions import Portions, deal_networks, deal_texts, read_together
from pipelines.local.surroundings import Atlas
from pipelines.reading.shared.tables import read_bucket

BUCKETS_AT_ONCE = 8
"""A part holds about as many networks as so many buckets know."""

_WAITING = 1 << 20
"""Rows of small tables that wait to be added up."""

NETWORK, POOL, SHARES = Networks.network.name, Networks.pool.name, "shares"


def survey_buckets(
    buckets: Sequence[Path], settings: Settings, folder: Path, threads: int
) -> Atlas:
    """Count all buckets and decide what each network is.

    Args:
        buckets: Files of sightings; no account is in two of them.
        settings: All stages' settings.
        folder: Scratch, made anew, from which the atlas reads.
        threads: Buckets, and then parts, worked on at once.
    """
    rmtree(folder, ignore_errors=True)
    rounds = -(-len(buckets) // (BUCKETS_AT_ONCE * threads))
    count = Counting(folder / SHARES, rounds * threads)
    with ThreadPoolExecutor(threads) as pool:
        survey = Survey(folder, list(pool.map(count, buckets)))
        parts = list(pool.map(survey.merge, range(count.parts)))
        pools = find_pools(_add_up(merge_hops, survey.shares, "hops"), settings.networks)
        use = pl.concat(pool.map(partial(_use_of_pools, pools=pools), parts))
        use = use.group_by(POOL).agg(pl.all().sum())
        meetings = _add_up(merge_meetings, survey.shares, "meetings")

        def decide(part: int) -> Decided:
            counts = parts[part].read(0)
            networks = classify_networks(counts, pools, settings.networks, use)
            met = networks.join(meetings, on=NETWORK, how="semi").select(NETWORK, POOL)
            return Decided(survey.write(part, networks), survey.deal(part, networks), met)

        decided = list(pool.map(decide, range(count.parts)))
        devices = pl.concat(pool.map(survey.shared_devices, range(count.parts))).sort(DEVICE)
    met = pl.concat(each.met for each in decided)
    scatter = find_scattering_pools(meetings, met, settings.places)
    rmtree(count.folder)
    paths, dealt = [each.path for each in decided], [each.dealt for each in decided]
    return Atlas(buckets, paths, dealt, devices, scatter)


@dataclass(frozen=True)
class Decided:
    """The networks of a part, once it is known what they are."""

    path: Path
    dealt: Portions
    met: pl.DataFrame
    """Those on which devices were looked for that meet, with their pools."""


@dataclass(frozen=True)
class Share:
    """What one bucket says, in files; of networks and devices part by part."""

    counts: Portions
    days: Portions
    devices: Portions
    folder: Path
    """Holds the other tables, `hops` and `meetings`."""


@dataclass(frozen=True)
class Counting:
    """Counts buckets, and cuts what they say into parts."""

    folder: Path
    parts: int

    def __call__(self, bucket: Path) -> Share:
        """Count a bucket."""
        own, parts = self.folder / bucket.stem, self.parts
        own.mkdir(parents=True)
        said = count_shard(read_bucket(bucket))
        write_rows(said.hops, own / "hops")
        write_rows(said.meetings, own / "meetings")
        counts, days, devices = said.networks.counts, said.networks.days, said.device_accounts
        return Share(
            Portions.deal(counts, deal_networks(counts[NETWORK], parts), parts, own / "counts"),
            Portions.deal(days, deal_networks(days[NETWORK], parts), parts, own / "days"),
            Portions.deal(devices, deal_texts(devices[DEVICE], parts), parts, own / "devices"),
            own,
        )


@dataclass(frozen=True)
class Survey:
    """What all buckets say, looked at part by part."""

    folder: Path
    shares: Sequence[Share]

    def merge(self, part: int) -> Portions:
        """Add up the counts of the networks of a part."""
        counts, _ = read_together([share.counts for share in self.shares], part)
        days, _ = read_together([share.days for share in self.shares], part)
        merged = merge_counts([NetworkShare(NetworkCounts.cast(counts), NetworkDays.cast(days))])
        return Portions.write(merged, [merged.height], self.folder / SHARES / f"counts-{part:05}")

    def write(self, part: int, networks: pl.DataFrame) -> Path:
        """Keep the networks of a part."""
        path = self.folder / f"networks-{part:05}"
        write_rows(networks, path)
        return path

    def deal(self, part: int, networks: pl.DataFrame) -> Portions:
        """Give each bucket what is known of the networks of a part on which it was seen."""
        counts = [share.counts for share in self.shares]
        asked, sizes = read_together(counts, part, key_only=True)
        dealt = asked.join(networks, on=NETWORK, how="left", maintain_order="left")
        return Portions.write(dealt, sizes, self.folder / f"dealt-{part:05}")

    def shared_devices(self, part: int) -> pl.DataFrame:
        """The devices of a part that were seen on several accounts, and on how many."""
        devices, _ = read_together([share.devices for share in self.shares], part)
        accounts = devices.group_by(DEVICE).agg(pl.col("accounts").sum())
        return accounts.filter(pl.col("accounts") > 1)


def _use_of_pools(part: Portions, pools: pl.DataFrame) -> pl.DataFrame:
    counts = part.read(0)
    return Neighbourhoods.of(counts, pools).use_of_pools(counts)


def _add_up(
    merge: Callable[[Iterable[pl.DataFrame]], pl.DataFrame], shares: Iterable[Share], name: str
) -> pl.DataFrame:
    """Merge a small table of all buckets, of which only some rows wait at a time."""
    waiting, enough = list[pl.DataFrame](), _WAITING
    for share in shares:
        waiting.append(read_rows(share.folder / name))
        if sum(table.height for table in waiting) > enough:
            waiting = [merge(waiting)]
            enough = max(_WAITING, 2 * waiting[0].height)
    return merge(waiting)
