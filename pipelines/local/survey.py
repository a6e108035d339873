"""What all accounts say of networks and devices, added up part by part in files.

What a bucket says is cut into parts by network, the same for all buckets; then the parts are merged
and decided one after the other, in the order of `detector.networks.survey`. Blocks lie in one part
each; pools do not, and are summed up over all parts in between.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from shutil import rmtree

import polars as pl

from detector.networks.additive import NetworkCounts, NetworkDays
from detector.networks.count import (
    NetworkShare,
    find_shared_devices,
    merge_counts,
    merge_hops,
    merge_meetings,
)
from detector.networks.survey import (
    Decide,
    count_shard,
    describe_networks,
    survey_gathered,
    use_of_pools,
)
from detector.schemas import DEVICE, Networks
from detector.settings import NetworkSettings, Settings
from pipelines.local.merge import read_rows, write_rows
from pipelines.local.portions import Portions, deal_networks, deal_texts, read_together
from pipelines.local.surroundings import DealtNetworks
from pipelines.reading.shared.tables import read_bucket

BUCKETS_AT_ONCE = 8
"""A part holds about as many networks as so many buckets know."""

_WAITING = 1 << 20
"""Rows of small tables that wait to be added up."""

NETWORK, POOL = Networks.network.name, Networks.pool.name
SHARES = "shares"


def survey_buckets(
    buckets: Sequence[Path], settings: Settings, folder: Path, threads: int
) -> DealtNetworks:
    """Count all buckets and decide what each network is.

    Args:
        buckets: Files of sightings; no account is in two of them.
        settings: All stages' settings.
        folder: Scratch, made anew, from which the atlas reads.
        threads: Buckets, and then parts, worked on at once.
    """
    rmtree(folder, ignore_errors=True)
    rounds = -(-len(buckets) // (BUCKETS_AT_ONCE * threads))
    count = Counting(folder / SHARES, rounds * threads, settings.networks)
    with ThreadPoolExecutor(threads) as pool:
        said = InParts(folder, list(pool.map(count, buckets)), pool, count.parts)
        found = survey_gathered(said, settings)
    rmtree(count.folder)
    paths, dealt = [part.path for part in found.networks], [part.dealt for part in found.networks]
    return DealtNetworks(buckets, paths, dealt, found.device_accounts, found.scatter)


@dataclass(frozen=True)
class Described:
    """The counts of networks part by part, and what all parts say of pools."""

    counts: Sequence[Portions]
    pools: pl.DataFrame
    use: pl.DataFrame
    meetings: pl.DataFrame


@dataclass(frozen=True)
class Decided:
    """The networks of a part, once it is known what they are."""

    path: Path
    dealt: Portions
    met: pl.DataFrame
    """The meetings on them, with their pools."""


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
    settings: NetworkSettings

    def __call__(self, bucket: Path) -> Share:
        """Count a bucket."""
        own, parts = self.folder / bucket.stem, self.parts
        own.mkdir(parents=True)
        said = count_shard(read_bucket(bucket), self.settings)
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
class InParts:
    """What all buckets say, added up part by part."""

    folder: Path
    shares: Sequence[Share]
    pool: ThreadPoolExecutor
    parts: int

    def hops(self) -> pl.DataFrame:
        """Of all pairs."""
        return _add_up(merge_hops, self.shares, "hops")

    def describe(self, pools: pl.DataFrame) -> Described:
        """Merge each part, and sum up over all parts how each pool is used."""
        counts = list(self.pool.map(self._merge, range(self.parts)))
        use = pl.concat(self.pool.map(partial(_use_of_pools, pools=pools), counts))
        meetings = _add_up(merge_meetings, self.shares, "meetings")
        return Described(counts, pools, use.group_by(POOL).agg(pl.all().sum()), meetings)

    def decide(self, known: Described, decide: Decide) -> Sequence[Decided]:
        """Decide the networks of each part, and deal them to the buckets."""

        def decided(part: int) -> Decided:
            described = describe_networks(known.counts[part].read(0), known.pools, known.use)
            networks = decide(described)
            met = known.meetings.join(networks.select(NETWORK, POOL), on=NETWORK)
            return Decided(self._write(part, networks), self._deal(part, networks), met)

        return list(self.pool.map(decided, range(self.parts)))

    def meetings(self, networks: Sequence[Decided]) -> pl.DataFrame:
        """Of all parts."""
        return pl.concat(part.met for part in networks)

    def shared_devices(self) -> pl.DataFrame:
        """Of all parts, sorted."""
        return pl.concat(self.pool.map(self._shared_devices, range(self.parts))).sort(DEVICE)

    def _merge(self, part: int) -> Portions:
        """Add up the counts of the networks of a part."""
        counts, _ = read_together([share.counts for share in self.shares], part)
        days, _ = read_together([share.days for share in self.shares], part)
        merged = merge_counts([NetworkShare(NetworkCounts.cast(counts), NetworkDays.cast(days))])
        return Portions.write(merged, [merged.height], self.folder / SHARES / f"counts-{part:05}")

    def _write(self, part: int, networks: pl.DataFrame) -> Path:
        """Keep the networks of a part."""
        path = self.folder / f"networks-{part:05}"
        write_rows(networks, path)
        return path

    def _deal(self, part: int, networks: pl.DataFrame) -> Portions:
        """Give each bucket what is known of the networks of a part on which it was seen."""
        counts = [share.counts for share in self.shares]
        asked, sizes = read_together(counts, part, key_only=True)
        dealt = asked.join(networks, on=NETWORK, how="left", maintain_order="left")
        return Portions.write(dealt, sizes, self.folder / f"dealt-{part:05}")

    def _shared_devices(self, part: int) -> pl.DataFrame:
        """The devices of a part that were seen on several accounts, and on how many."""
        devices, _ = read_together([share.devices for share in self.shares], part)
        return find_shared_devices([devices])


def _use_of_pools(part: Portions, pools: pl.DataFrame) -> pl.DataFrame:
    return use_of_pools(part.read(0), pools)


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
