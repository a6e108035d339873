"""Who uses each network, and when: what some accounts say of networks, and how that adds up.

The counting is additive over disjoint sets of accounts, so shards count by themselves and
their counts are merged; only the classification sees the whole log.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import dataframely as dy
import numpy as np
import polars as pl

from detector.kernels.arrays import Longs
from detector.kernels.blocks import AccountRows
from detector.kinds import DEVICE_TYPES, STATIONARY_TYPES, is_stationary
from detector.networks.additive import NetworkCounts, NetworkDays, PoolHops
from detector.networks.numbers import Numbers
from detector.networks.prefixes import block_of, provider_prefix_of
from detector.networks.tally import (
    SPAN,
    NetworkUses,
    Tally,
    number_networks,
    tally_networks,
)
from detector.schemas import ACCOUNT, DEVICE, Devices, Sightings
from detector.settings import NetworkSettings

S, C = Sightings, NetworkCounts

LEAST = tuple(c.name for c in (S.country, S.city, S.asn, S.as_org, S.connection_type, S.spot))
"""What the log says of a network itself; the least value wins, whatever the order."""

SUMMED = Tally._fields
"""What is added up over disjoint sets of accounts."""

_STILL = np.array([kind in STATIONARY_TYPES for kind in DEVICE_TYPES])
_PHONE = DEVICE_TYPES.index("phone")


@dataclass(frozen=True)
class NetworkShare:
    """What some accounts say of networks; shares of disjoint accounts add up."""

    counts: dy.DataFrame[NetworkCounts]
    days: dy.DataFrame[NetworkDays]


def count_networks(sightings: pl.DataFrame, settings: NetworkSettings) -> NetworkShare:
    """Count who uses each network, and when, over the accounts given.

    Args:
        sightings: All sightings of some accounts.
        settings: From when on an account lives on a network.

    Returns:
        One row per network, and one for each span of days in which it was used.

    Examples:
        >>> sightings = Sightings.sample(overrides={
        ...     "account_id": ["ada", "ada", "bob"], "device_id": ["tv", "phone", "phone"],
        ...     "device_type": ["tv", "phone", "phone"], "network": "81.2.69.142"})
        >>> counts = count_networks(sightings, NetworkSettings()).counts
        >>> counts.select("accounts", "devices", "phones", "stationary_accounts").row(0)
        (2, 3, 2, 1)
    """
    rows = AccountRows.of(sightings)
    frame = rows.frame
    numbers = Numbers.of(frame[C.network.name])
    code, first = number_networks(numbers.value, numbers.family)
    day, kind = rows.numbers(S.day.name), rows.numbers(S.device_type.name)
    uses = NetworkUses(rows.account, rows.device, code, day, _STILL[kind], kind == _PHONE)
    tally, bits = tally_networks(uses, len(first), settings)
    names = frame[C.network.name].gather(pl.Series(first))
    counts = pl.DataFrame({C.network.name: names, **tally._asdict()})
    known = pl.concat([counts, _least_told(frame, pl.Series(code))], how="horizontal")
    return NetworkShare(
        NetworkCounts.cast(known.select(C.column_names())),
        _list_days(names, bits, int(day.min()) // SPAN if len(day) else 0),
    )


def _least_told(sightings: pl.DataFrame, code: pl.Series) -> pl.DataFrame:
    """What the log says of each network itself; most logs say nothing."""
    columns = list(LEAST)
    told = [name for name in columns if sightings[name].null_count() < sightings.height]
    silent = [pl.lit(None).alias(name) for name in columns if name not in told]
    least = [pl.col(name).min() for name in told]
    facts = sightings.select(*told, code=code).group_by("code").agg(*least).sort("code")
    return facts.with_columns(*silent).select(columns)


def _list_days(names: pl.Series, bits: Longs, first: int) -> dy.DataFrame[NetworkDays]:
    network, span = np.nonzero(bits)
    return NetworkDays.cast(
        pl.DataFrame(
            {
                NetworkDays.network.name: names.gather(pl.Series(network)),
                NetworkDays.span.name: span + first,
                NetworkDays.days.name: bits[network, span],
            }
        )
    )


def merge_counts(shares: Iterable[NetworkShare]) -> pl.DataFrame:
    """Add up the counts of disjoint sets of accounts.

    Returns:
        Rows of `NetworkCounts`, sorted, and in column `days` on how many anybody was there.

    Examples:
        Ada and Bob, counted by themselves, have met on one network:

        >>> shares = [count_networks(Sightings.sample(1, overrides={
        ...     "account_id": name, "network": "81.2.69.142"}), NetworkSettings())
        ...     for name in ("ada", "bob")]
        >>> merge_counts(shares).select("network", "accounts", "devices").rows()
        [('81.2.69.142', 2, 2)]
    """
    parts = list(shares)
    key = C.network.name
    counts = (
        pl.concat(part.counts for part in parts)
        .group_by(key)
        .agg(
            *(pl.col(column).sum() for column in SUMMED),
            *(pl.col(column).min() for column in LEAST),
        )
        .sort(key)
    )
    # Where there is one account, its days are all there are.
    crowds = counts.filter(C.accounts.col > 1).select(key)
    days = (
        pl.concat(part.days.join(crowds, on=key, how="semi") for part in parts)
        .group_by(key, NetworkDays.span.name)
        .agg(NetworkDays.days.col.bitwise_or())
        .group_by(key)
        .agg(days=NetworkDays.days.col.bitwise_count_ones().sum())
    )
    return counts.join(days, on=key, how="left", maintain_order="left").with_columns(
        pl.coalesce("days", C.account_days.col).cast(pl.UInt32)
    )


def add_prefixes(counts: pl.DataFrame) -> pl.DataFrame:
    """Put beside each network its provider's prefix and its block, for sums over these in SQL.

    Examples:
        >>> add_prefixes(pl.DataFrame({"network": ["81.2.69.142"]})).row(0)
        ('81.2.69.142', '81.2', '81.2.69')
    """
    network = C.network.col
    return counts.with_columns(prefix=provider_prefix_of(network), block=block_of(network))


def count_hops(sightings: pl.DataFrame) -> pl.DataFrame:
    """Count the stationary devices that were seen in two wide prefixes.

    A television does not move, so two prefixes that many televisions hop between belong to
    one provider. This stands in for AS numbers where a log has none.

    Returns:
        One row of `PoolHops` per pair of prefixes, and per prefix with itself.

    Examples:
        Ada's television was given an address from each of two prefixes; a phone tells nothing:

        >>> sightings = Sightings.sample(overrides={
        ...     "account_id": "ada", "device_id": ["tv", "tv", "phone"],
        ...     "device_type": ["tv", "tv", "phone"],
        ...     "network": ["81.2.69.142", "92.40.1.7", "100.64.7.1"]})
        >>> sorted(count_hops(sightings).rows())
        [('81.2', '81.2', 1), ('81.2', '92.40', 1), ('92.40', '92.40', 1)]
    """
    wide = (
        sightings.filter(is_stationary(S.device_type.col))
        .select(S.account_id.col, S.device_id.col, prefix=provider_prefix_of(S.network.col))
        .unique()
    )
    keys = [S.account_id.name, S.device_id.name]
    return (
        wide.join(wide, on=keys, suffix="_b")
        .filter(pl.col("prefix") <= pl.col("prefix_b"))
        .group_by(prefix_a="prefix", prefix_b="prefix_b")
        .agg(hoppers=pl.len())
        .pipe(PoolHops.validate, cast=True)
    )


def merge_hops(parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Add up the hops of disjoint sets of accounts.

    Examples:
        >>> one = PoolHops.sample(overrides={
        ...     "prefix_a": ["81.2"], "prefix_b": "92.40", "hoppers": 3})
        >>> merge_hops([one, one]).rows()
        [('81.2', '92.40', 6)]
    """
    return (
        pl.concat(parts)
        .group_by(PoolHops.primary_key())
        .agg(PoolHops.hoppers.col.sum())
        .sort(PoolHops.primary_key())
        .pipe(PoolHops.validate, cast=True)
    )


def merge_meetings(parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Add up the meetings of disjoint sets of accounts, sorted by block.

    Shards may know a block by other networks; the first of all speaks, however it was dealt.

    Examples:
        >>> one = {"block": ["81.2.69"], "network": ["81.2.69.7"], "joint": [5], "matched": [4]}
        >>> other = one | {"network": ["81.2.69.142"]}
        >>> merge_meetings([pl.DataFrame(one), pl.DataFrame(other)]).rows()
        [('81.2.69', '81.2.69.142', 10, 8)]
    """
    blocks = pl.concat(parts).group_by("block")
    return blocks.agg(S.network.col.min(), pl.col("joint", "matched").sum()).sort("block")


def count_devices(sightings: pl.DataFrame) -> pl.DataFrame:
    """Count on how many of the accounts given each device was seen.

    Returns:
        device_id, accounts.

    Examples:
        >>> sightings = pl.DataFrame({
        ...     "account_id": ["ada", "ada", "bob"], "device_id": ["tv", "tv", "tv"]})
        >>> count_devices(sightings).rows()
        [('tv', 2)]
    """
    return sightings.select(ACCOUNT, DEVICE).unique().group_by(DEVICE).agg(accounts=pl.len())


def find_shared_devices(parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Add up the accounts of devices, and keep the devices that were seen on several.

    Returns:
        device_id, accounts; sorted.

    Examples:
        The id that everybody's television sends stands out when shards are added up:

        >>> shard = pl.DataFrame({"device_id": ["default", "tv"], "accounts": [40, 1]})
        >>> find_shared_devices([shard, shard[:1]]).rows()
        [('default', 80)]
    """
    accounts = pl.concat(parts).group_by(DEVICE).agg(Devices.accounts.col.sum())
    return accounts.filter(Devices.accounts.col > 1).sort(DEVICE)
