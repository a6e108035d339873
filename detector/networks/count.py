"""Who uses each network, and when.

What is told of a network is additive over disjoint sets of accounts, so that buckets of whole
accounts count by themselves and their counts are added up; only the classification sees all.
"""

from collections.abc import Iterable
from datetime import date
from typing import cast

import numpy as np
import polars as pl
from dataframely import Column

from detector.kernels.arrays import Ints
from detector.kernels.coded import CodedRows
from detector.kernels.tables import complete
from detector.kinds import is_stationary
from detector.networks.additive import NetworkCounts
from detector.schemas import ACCOUNT, DEVICE, Devices, Networks, Sightings
from detector.settings import NetworkSettings

S, C = Sightings, NetworkCounts
NETWORK = C.network.name

LEAST = (S.country, S.city, S.asn, S.as_org, S.connection_type, S.spot)
"""What the log says of a network itself; the least value wins, whatever the order."""

SUMMED = (
    *(C.accounts, C.devices, C.phones, C.stationary_accounts, C.resident_accounts),
    *(C.account_days, C.weekend_days),
)
"""What is added up over disjoint sets of accounts."""

_SATURDAY = 5
"""From Monday, which is 0."""


def encode(sightings: pl.DataFrame) -> CodedRows:
    """Give the texts of sightings numbers, by which they are counted in half the time.

    Examples:
        >>> coded = encode(Sightings.sample(overrides={"account_id": ["ada", "ada"]}))
        >>> coded.rows["account_id"].to_list()
        [0, 0]
    """
    return CodedRows.of(Sightings.cast(sightings)).ordered([column.name for column in LEAST])


def count_networks(sightings: CodedRows, settings: NetworkSettings) -> pl.DataFrame:
    """Count who uses each network, and when, over the accounts given.

    Args:
        sightings: All sightings of some accounts, from `encode`.
        settings: From when on an account lives on a network.

    Returns:
        Rows of `NetworkCounts`, in no order.

    Examples:
        >>> sightings = Sightings.sample(overrides={
        ...     "account_id": ["ada", "ada", "bob"], "device_id": ["tv", "phone", "phone"],
        ...     "device_type": ["tv", "phone", "phone"], "network": "81.2.69.142"})
        >>> counts = count_networks(encode(sightings), NetworkSettings())
        >>> counts.select("accounts", "devices", "phones", "stationary_accounts").row(0)
        (2, 3, 2, 1)
    """
    rows = sightings.rows
    networks, accounts = (len(sightings.texts[name]) for name in (NETWORK, ACCOUNT))
    if rows.is_empty():
        return C.create_empty()
    pair = rows[NETWORK].cast(pl.Int64) * accounts + rows[ACCOUNT]
    found = _days_of(pair, rows[S.day.name], settings) | _devices_of(pair, rows)
    counts = {c.name: np.bincount(p // accounts, minlength=networks) for c, p in found.items()}
    least = rows.lazy().group_by(NETWORK).agg(_least(rows.lazy())).sort(NETWORK)
    said = sightings.spell(least.collect(engine="in-memory"))
    return C.cast(complete(said.with_columns(**counts), C))


def _days_of(pair: pl.Series, day: pl.Series, settings: NetworkSettings) -> dict[Column, Ints]:
    """Pairs of network and account, each as often as it counts."""
    first = cast("date", day.min())
    number = (day - first).dt.total_days()
    days = cast("int", number.max()) + 1
    pairs, on = np.divmod(_distinct(pair * days + number), days)
    starts = np.flatnonzero(np.diff(pairs, prepend=-1))
    n_days = np.diff(starts, append=len(pairs))
    stay = on[starts + n_days - 1] - on[starts]
    lives = (n_days >= settings.min_resident_days) & (stay >= settings.min_resident_span_days)
    there = pairs[starts]
    return {
        C.accounts: there,
        C.resident_accounts: there[lives],
        C.account_days: pairs,
        C.weekend_days: pairs[(on + first.weekday()) % 7 >= _SATURDAY],
    }


def _devices_of(pair: pl.Series, rows: pl.DataFrame) -> dict[Column, Ints]:
    """The same of devices, and of accounts that have some that do not move."""
    kind = S.device_type.col
    phone, still = rows.select(phone=kind == "phone", still=is_stationary(kind))
    held = pl.DataFrame([pair, rows[DEVICE]])
    return {
        C.devices: held.unique()[pair.name].to_numpy(),
        C.phones: held.filter(phone).unique()[pair.name].to_numpy(),
        C.stationary_accounts: _distinct(pair.filter(still)),
    }


def _distinct(numbers: pl.Series | Ints) -> Ints:
    """In their order, which takes a third of the time that it takes to group them."""
    ordered = np.sort(numbers)
    return ordered[np.diff(ordered, prepend=-1) > 0]


def add_up_networks(counts: pl.LazyFrame) -> pl.LazyFrame:
    """Add up the counts of disjoint sets of accounts.

    Examples:
        Ada and Bob, counted by themselves, have met on one network:

        >>> ada, bob = (count_networks(encode(Sightings.sample(1, overrides={
        ...     "account_id": name, "network": "81.2.69.142"})), NetworkSettings())
        ...     for name in ("ada", "bob"))
        >>> add_up_networks(pl.concat([ada, bob]).lazy()).collect().select(
        ...     "network", "accounts", "devices").rows()
        [('81.2.69.142', 2, 2)]
    """
    sums = [pl.col(column.name).sum() for column in SUMMED]
    return counts.group_by(NETWORK).agg(*sums, *_least(counts))


def _least(rows: pl.LazyFrame) -> list[pl.Expr]:
    """Of texts as of codes that are in their order."""
    told = rows.collect_schema().names()
    return [column.col.min() for column in LEAST if column.name in told]


def count_days(counts: Iterable[pl.LazyFrame], sightings: pl.LazyFrame) -> pl.DataFrame:
    """Count the days on which anybody was on the networks that several accounts were on.

    Args:
        counts: Added up, in parts.
        sightings: Of all accounts.

    Returns:
        network, days; in no order.
    """
    several = [part.filter(C.accounts.col > 1).select(NETWORK).collect() for part in counts]
    crowds = pl.concat(several).lazy()
    seen = sightings.select(NETWORK, S.day.name).join(crowds, on=NETWORK, how="semi")
    days = seen.group_by(NETWORK).agg(S.day.col.n_unique().alias(Networks.days.name))
    return days.collect(engine="streaming")


def add_days(counts: pl.LazyFrame, days: pl.DataFrame) -> pl.LazyFrame:
    """Tell of each network on how many days anybody was there.

    Where there is one account, its days are all there are; those of others are looked up.

    Args:
        counts: Added up.
        days: From `count_days`.
    """
    days_there = pl.coalesce(Networks.days.name, C.account_days.name)
    return counts.join(days.lazy(), on=NETWORK, how="left").with_columns(
        days_there.alias(Networks.days.name)
    )


def count_devices(sightings: CodedRows) -> pl.DataFrame:
    """Count on how many of some whole accounts each device was seen.

    Args:
        sightings: All sightings of some accounts, from `encode`.

    Returns:
        device_id, accounts; in no order.
    """
    held = sightings.rows.select(DEVICE, ACCOUNT).unique()
    counts = held.group_by(DEVICE).agg(pl.len().alias(Devices.accounts.name))
    return sightings.spell(counts).select(DEVICE, Devices.accounts.name)


def find_shared_devices(counts: Iterable[pl.LazyFrame]) -> pl.LazyFrame:
    """Find the devices that were seen on several accounts, and on how many.

    Args:
        counts: From `count_devices`, of disjoint sets of accounts; in parts of other devices.

    Returns:
        device_id, accounts; sorted.

    Examples:
        >>> counts = pl.LazyFrame({"device_id": ["tv", "phone", "tv"], "accounts": 1})
        >>> find_shared_devices([counts]).collect().rows()
        [('tv', 2)]
    """
    accounts = (part.group_by(DEVICE).agg(Devices.accounts.col.sum()) for part in counts)
    shared = [part.filter(Devices.accounts.col > 1).collect() for part in accounts]
    return pl.concat(shared).lazy().sort(DEVICE)
