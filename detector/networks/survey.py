"""Sightings of all accounts → what each network is, and which devices and providers are many's.

The rules are queries over lazy tables, written once for tables in memory and for a log of any
size in files. Whole accounts count by themselves, and what they counted of networks is decided part
by part, so that neither grows with the log.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Self

import dataframely as dy
import polars as pl

from detector.networks.bonds import NO_BONDS, count_bonds, find_bonds
from detector.networks.classify import decide_kinds
from detector.networks.count import (
    add_days,
    add_up_networks,
    count_days,
    count_devices,
    count_networks,
    encode,
    find_shared_devices,
)
from detector.networks.hops import add_up_hops, count_hops
from detector.networks.lookup import Gazetteer
from detector.networks.neighbours import add_neighbours, name_neighbours, sum_pools
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

    networks: Sequence[pl.LazyFrame]
    """In parts; all networks of a block are in one of them."""

    devices: Sequence[pl.LazyFrame]
    """In parts; what is counted of a device is in one of them."""

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
        networks, devices = count_networks(coded, settings), count_devices(coded)
        others = count_meetings(coded), count_hops(coded)
        counted = cls([networks.lazy()], [devices.lazy()], *(table.lazy() for table in others))
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


@dataclass(frozen=True)
class Surveyed:
    """`Surroundings` of all accounts, wherever they are kept."""

    networks: Sequence[pl.LazyFrame]
    """Rows of `Networks`, in parts, each sorted."""

    device_accounts: pl.LazyFrame
    scatter: pl.DataFrame
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
    networks = Networks.validate(found.networks[0].collect())
    devices = found.device_accounts.collect()
    counts = count_bonds(sightings.lazy(), networks.lazy(), settings.networks)
    bonds = find_bonds(counts, settings.networks).collect()
    return Surroundings(networks, devices, found.scatter, bonds, found.regime, found.partner_lines)


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
    named = [
        keep(f"counts-{number:05d}", name_neighbours(add_up_networks(part), pools))
        for number, part in enumerate(counted.networks)
    ]
    days, behaviour = count_days(named, sightings), sum_pools(named)
    networks = [
        keep(f"networks-{number:05d}", decide_kinds(known, settings.networks))
        for number, part in enumerate(named)
        for known in [add_neighbours(add_days(part, days), behaviour)]
    ]
    devices = keep("devices", find_shared_devices(counted.devices))
    scatter = find_scattering_pools(_meetings(counted, networks), settings.places)
    regime = find_regime(sightings, settings.networks)
    lines = learn_partner_lines(counted.customers.collect(), pools, settings.networks)
    return Surveyed(networks, devices, scatter, regime, lines)


def _meetings(counted: Counted, networks: Sequence[pl.LazyFrame]) -> pl.DataFrame:
    """Those of the whole log, with the pools in which they were."""
    met = add_up_meetings(counted.meetings).collect().lazy()
    owners = (part.select(N.network.col, N.pool.col) for part in networks)
    return pl.concat([met.join(part, on=N.network.name).collect() for part in owners])
