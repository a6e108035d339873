"""Sightings of all accounts → what each network is, and which devices and providers are many's.

Shards of whole accounts are counted by themselves and their counts add up. How they are added up
is an engine's own affair: in memory here, part by part in files or in SQL elsewhere. What is
asked of the sums, and in which order, is written here once.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Generic, Protocol, TypeVar

import dataframely as dy
import polars as pl

from detector.networks.classify import decide_kinds
from detector.networks.count import (
    NetworkShare,
    count_devices,
    count_hops,
    count_networks,
    find_shared_devices,
    merge_counts,
    merge_hops,
    merge_meetings,
)
from detector.networks.lookup import Gazetteer
from detector.networks.neighbours import Neighbourhoods
from detector.networks.pools import find_pools
from detector.networks.scattering import count_pool_meetings, find_scattering_pools
from detector.schemas import Networks
from detector.settings import NetworkSettings, Settings

N = Networks


@dataclass(frozen=True)
class ShardCounts:
    """What one shard of accounts says of networks and devices; shards add up."""

    networks: NetworkShare
    hops: pl.DataFrame
    meetings: pl.DataFrame
    device_accounts: pl.DataFrame


@dataclass(frozen=True)
class Surroundings:
    """What the judgement of an account needs to know from all other accounts."""

    networks: dy.DataFrame[Networks]
    device_accounts: pl.DataFrame
    scatter: pl.DataFrame
    """Column `pool`: providers that give every session an address of its own."""

    @cached_property
    def gazetteer(self) -> Gazetteer:
        """The networks, ready to be looked up; made once for all who are judged by them."""
        return Gazetteer.of(self.networks, self.scatter)


def count_shard(sightings: pl.DataFrame, settings: NetworkSettings) -> ShardCounts:
    """Count networks and devices over one shard of whole accounts."""
    return ShardCounts(
        count_networks(sightings, settings),
        count_hops(sightings),
        count_pool_meetings(sightings),
        count_devices(sightings),
    )


Decide = Callable[[pl.DataFrame], dy.DataFrame[Networks]]
"""From networks with their counts, their pool, and how block and pool behave, to their kinds."""

KnownT = TypeVar("KnownT")
NetworksT = TypeVar("NetworksT")
DevicesT = TypeVar("DevicesT")
DevicesT_co = TypeVar("DevicesT_co", covariant=True)


class Gathered(Protocol[KnownT, NetworksT, DevicesT_co]):
    """What all shards say, wherever it lies: an engine adds up and joins, the survey decides.

    Tables that grow with the log are of the engine's own kind; only the small ones come here.
    """

    def hops(self) -> pl.DataFrame:
        """`PoolHops` added up; of pairs, at least those that `find_pools` takes for one."""
        ...

    def describe(self, pools: pl.DataFrame) -> KnownT:
        """Add up the counts of networks, and those of their blocks and their pools."""
        ...

    def decide(self, known: KnownT, decide: Decide) -> NetworksT:
        """Have the kind of every network decided, some of them at a time."""
        ...

    def meetings(self, networks: NetworksT) -> pl.DataFrame:
        """Meetings in each block added up, with the pool of its network."""
        ...

    def shared_devices(self) -> DevicesT_co:
        """The devices that were seen on several accounts, and on how many."""
        ...


@dataclass(frozen=True)
class Surveyed(Generic[NetworksT, DevicesT]):
    """`Surroundings`, with its tables where the engine keeps them."""

    networks: NetworksT
    device_accounts: DevicesT
    scatter: pl.DataFrame


def survey_gathered(
    said: Gathered[KnownT, NetworksT, DevicesT], settings: Settings
) -> Surveyed[NetworksT, DevicesT]:
    """Decide what each network is, step by step, from what all shards say.

    Args:
        said: The sums, as an engine keeps them.
        settings: All stages' settings; what a provider's addresses are worth is a place's matter.
    """
    pools = find_pools(said.hops(), settings.networks)
    known = said.describe(pools)
    networks = said.decide(known, partial(decide_kinds, settings=settings.networks))
    scatter = find_scattering_pools(said.meetings(networks), settings.places)
    return Surveyed(networks, said.shared_devices(), scatter)


def survey(shards: Iterable[pl.DataFrame], settings: Settings) -> Surroundings:
    """Count shards, merge their counts in memory and decide what each network is.

    Args:
        shards: Sightings of whole accounts; no account is in two of them.
        settings: All stages' settings.

    Examples:
        Ada's television and telephone are alone on their line:

        >>> from detector.schemas import Sightings
        >>> evenings = Sightings.sample(2, overrides={
        ...     "account_id": "ada", "device_id": ["phone", "tv"], "network": "81.2.69.142",
        ...     "device_type": ["phone", "tv"], "seen": 1 << 40,
        ...     "as_org": None, "connection_type": None})
        >>> found = survey([evenings], Settings())
        >>> found.networks.select("network", "kind", "devices").row(0)
        ('81.2.69.142', 'home_line', 2)
    """
    counts = [count_shard(sightings, settings.networks) for sightings in shards]
    return survey_counts(counts, settings)


def survey_counts(shards: Sequence[ShardCounts], settings: Settings) -> Surroundings:
    """The same once the shards are counted."""
    found = survey_gathered(InMemory(shards), settings)
    return Surroundings(found.networks, found.device_accounts, found.scatter)


@dataclass(frozen=True)
class InMemory:
    """The counts of shards, added up in one go."""

    shards: Sequence[ShardCounts]

    def hops(self) -> pl.DataFrame:
        """Of all pairs."""
        return merge_hops(shard.hops for shard in self.shards)

    def describe(self, pools: pl.DataFrame) -> pl.DataFrame:
        """One row per network."""
        return describe_networks(merge_counts(shard.networks for shard in self.shards), pools)

    def decide(self, known: pl.DataFrame, decide: Decide) -> dy.DataFrame[Networks]:
        """All at once."""
        return decide(known)

    def meetings(self, networks: pl.DataFrame) -> pl.DataFrame:
        """Of all blocks."""
        met = merge_meetings(shard.meetings for shard in self.shards)
        return met.join(networks.select(N.network.name, N.pool.name), on=N.network.name)

    def shared_devices(self) -> pl.DataFrame:
        """Of all shards, sorted."""
        return find_shared_devices(shard.device_accounts for shard in self.shards)


def use_of_pools(counts: pl.DataFrame, pools: pl.DataFrame) -> pl.DataFrame:
    """Sum up the counts of each pool; tables of disjoint networks add up.

    Args:
        counts: Merged `NetworkCounts` of some networks.
        pools: From `find_pools`.
    """
    return Neighbourhoods.of(counts, pools).use_of_pools(counts)


def describe_networks(
    counts: pl.DataFrame, pools: pl.DataFrame, use: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Put beside each network's counts its pool, and how those in its block and pool behave.

    Args:
        counts: Merged `NetworkCounts` of the whole log, or of some of its blocks.
        pools: From `find_pools`.
        use: `use_of_pools` of the whole log, where the counts are but of some.
    """
    around = Neighbourhoods.of(counts, pools)
    behaviour = around.behaviour(counts, around.use_of_pools(counts) if use is None else use)
    return pl.concat([counts.with_columns(around.pools), behaviour], how="horizontal")
