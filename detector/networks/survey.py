"""Sightings of all accounts → what each network is, and which devices and providers are many's.

The rules are queries over lazy tables, written once for tables in memory and for a log of any
size in files: what grows with the log is grouped, windowed and sorted by Polars' streaming engine,
which spills to disk beyond the memory that it is given.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Self

import dataframely as dy
import polars as pl

from detector.networks.bonds import NO_BONDS, find_bonds, list_bonds
from detector.networks.classify import decide_kinds
from detector.networks.count import (
    add_days,
    add_up_networks,
    count_networks,
    encode,
    find_shared_devices,
)
from detector.networks.hops import add_up_hops, count_hops
from detector.networks.lookup import Gazetteer
from detector.networks.neighbours import add_neighbours
from detector.networks.partners import (
    Customers,
    PartnerLines,
    count_customers,
    learn_partner_lines,
)
from detector.networks.pools import find_pools
from detector.networks.regime import find_regime
from detector.networks.scattering import add_up_meetings, count_meetings, find_scattering_pools
from detector.schemas import Networks
from detector.settings import NetworkSettings, Settings

N = Networks

Keep = Callable[[str, pl.LazyFrame], pl.LazyFrame]
"""Works a named table out, as it is read more than once, and scans it where it then is."""


@dataclass(frozen=True)
class Counted:
    """What accounts say of networks; that of disjoint accounts adds up once it is concatenated."""

    networks: pl.LazyFrame
    meetings: pl.LazyFrame
    hops: pl.LazyFrame
    customers: pl.LazyFrame = field(default_factory=lambda: Customers.create_empty().lazy())
    """Of no account where the service has no table of them."""

    @classmethod
    def of(
        cls,
        sightings: pl.DataFrame,
        settings: NetworkSettings,
        records: pl.LazyFrame | None = None,
    ) -> Self:
        """Count over some whole accounts; `records` may tell of others too."""
        coded = encode(sightings)
        counts = count_networks(coded, settings), count_meetings(coded), count_hops(coded)
        counted = cls(*(table.lazy() for table in counts))
        if records is None:
            return counted
        return replace(counted, customers=count_customers(sightings.lazy(), records))


@dataclass(frozen=True)
class Surroundings:
    """What the judgement of an account needs to know from all other accounts."""

    networks: dy.DataFrame[Networks]
    device_accounts: pl.DataFrame
    scatter: pl.DataFrame
    """Column `pool`: providers that give every session an address of its own."""
    bonds: pl.DataFrame = field(default_factory=NO_BONDS.clear)
    """From `find_bonds`."""
    regime: str = ""
    """The kind of log, from `detector.networks.regime`."""
    partner_lines: dy.DataFrame[PartnerLines] = field(default_factory=PartnerLines.create_empty)
    """Empty where no account's partner is known."""

    @cached_property
    def gazetteer(self) -> Gazetteer:
        """The networks, ready to be looked up; made once for all who are judged by them."""
        return Gazetteer.of(self.networks, self.scatter, self.bonds)

    @property
    def bonds_of_pools(self) -> pl.DataFrame:
        """Pool by pool, those of its provider's other protocol: pool, bonds."""
        return list_bonds(self.bonds)


@dataclass(frozen=True)
class Surveyed:
    """`Surroundings` of all accounts, wherever they are kept."""

    networks: pl.LazyFrame
    """Rows of `Networks`, sorted."""

    device_accounts: pl.LazyFrame
    scatter: pl.DataFrame
    bonds: pl.DataFrame
    regime: str
    partner_lines: dy.DataFrame[PartnerLines]


def survey(
    shards: Iterable[pl.DataFrame | pl.LazyFrame],
    settings: Settings,
    records: pl.DataFrame | None = None,
) -> Surroundings:
    """Decide in memory what each network is.

    Args:
        shards: Sightings of all accounts, in one table or several.
        settings: All stages' settings.
        records: `AccountRecords`, if there are any.

    Examples:
        Ada's television and telephone are alone on their line:

        >>> from detector.schemas import Sightings
        >>> evenings = Sightings.sample(2, overrides={
        ...     "account_id": "ada", "device_id": ["phone", "tv"], "network": "81.2.69.142",
        ...     "device_type": ["phone", "tv"], "seen": 1 << 40, "spot": None,
        ...     "as_org": None, "connection_type": None})
        >>> found = survey([evenings], Settings())
        >>> found.networks.select("network", "kind", "devices").row(0)
        ('81.2.69.142', 'home_line', 2)
    """
    sightings = pl.concat([shard.lazy() for shard in shards]).collect()
    known = None if records is None or records.is_empty() else records.lazy()
    counted = Counted.of(sightings, settings.networks, known)
    found = survey_counted(
        sightings.lazy(), counted, settings, lambda _, table: table.collect().lazy()
    )
    networks = Networks.validate(found.networks.collect())
    devices = found.device_accounts.collect()
    return Surroundings(
        networks, devices, found.scatter, found.bonds, found.regime, found.partner_lines
    )


def survey_counted(
    sightings: pl.LazyFrame, counted: Counted, settings: Settings, keep: Keep
) -> Surveyed:
    """Decide what each network is, once all accounts are counted, however they were dealt.

    Args:
        sightings: Of all accounts.
        counted: Of the same, set by set of disjoint accounts.
        settings: All stages' settings; what a provider's addresses are worth is a place's matter.
        keep: Has a table worked out.
    """
    pools = find_pools(add_up_hops(counted.hops).collect(), settings.networks)
    counts = keep("counts", add_up_networks(counted.networks))
    known = add_neighbours(add_days(counts, sightings), pools)
    networks = keep("networks", decide_kinds(known, settings.networks))
    owners = networks.select(N.network.col, N.pool.col)
    met = add_up_meetings(counted.meetings).join(owners, on=N.network.name)
    scatter = find_scattering_pools(met.collect(), settings.places)
    devices = keep("devices", find_shared_devices(sightings))
    bonds = find_bonds(sightings, networks, settings.networks).collect()
    regime = find_regime(sightings, settings.networks)
    lines = learn_partner_lines(counted.customers.collect(), pools, settings.networks)
    return Surveyed(networks, devices, scatter, bonds, regime, lines)
