"""Places in words and numbers: what each is, where roughly, and how long it was used."""

from dataclasses import dataclass

import dataframely as dy
import numpy as np
import polars as pl

from detector.geo import distance_km
from detector.kernels.arrays import LEAST, MOST, Flags, Floats, Ints
from detector.kernels.blocks import AccountRows
from detector.kernels.loops import loop
from detector.kernels.sorts import sort_rows
from detector.networks.lookup import Gazetteer
from detector.networks.numbers import IPV6, OTHER
from detector.places.common_lines import first_true, tell_common_lines
from detector.places.layout import Nodes, Stays
from detector.places.renumbering import PAIR
from detector.schemas import Networks, Places

N, P = Networks, Places

_SAID = (N.country, N.city, N.asn, N.as_org)
"""What only some networks tell: the best-used one that does speaks for the place."""
_WHERE = (N.latitude, N.longitude)


@dataclass(frozen=True)
class PlaceKeys:
    """The places of all accounts, numbered account by account."""

    account: Ints
    number: Ints
    of_node: Ints
    """The place of each network of an account; -1 for those that are none."""

    @classmethod
    def of(cls, nodes: Nodes, number: Ints) -> "PlaceKeys":
        """Number the places of all accounts in one row, given those of each."""
        counts = _count_places(nodes.starts, number)
        starts = np.cumsum(counts) - counts
        account = np.repeat(np.arange(len(counts)), counts)
        base = np.repeat(starts, np.diff(nodes.starts))
        of_node = np.where(number >= 0, number + base, -1)
        return cls(account, np.arange(len(account)) - starts[account], of_node)


@loop
def _count_places(starts: Ints, number: Ints) -> Ints:
    counts = np.zeros(len(starts) - 1, np.int64)
    for account in range(len(counts)):
        for node in range(starts[account], starts[account + 1]):
            counts[account] = max(counts[account], number[node] + 1)
    return counts


def describe_places(  # noqa: PLR0913 - what is known of sightings, networks and places
    rows: AccountRows,
    stays: Stays,
    nodes: Nodes,
    keys: PlaceKeys,
    gazetteer: Gazetteer,
    doubts: pl.DataFrame,
) -> dy.DataFrame[Places]:
    """Say of each place what it is, where roughly, and how long it was used."""
    size = len(keys.account)
    days = gazetteer.networks[N.days.name].to_numpy()[nodes.network].astype(np.int64)
    order, starts = _sort_nodes(keys.of_node, size, -days)
    networks = pl.Series(nodes.network[order])
    place = np.append(keys.of_node, -1)[stays.node]
    devices, first, last = _count_devices(stays, place, size)
    facts = gazetteer.networks
    accounts = facts[N.accounts.name].gather(networks).to_numpy()
    table = pl.DataFrame(
        {
            P.account_id.name: rows.first_of(rows.accounts, P.account_id.name).gather(keys.account),
            P.place.name: keys.number,
            P.kind.name: facts[N.kind.name].gather(networks.gather(starts[:-1])),
            P.household.name: pl.repeat(None, size, dtype=pl.Int32, eager=True),
            P.networks.name: np.diff(starts),
            P.accounts.name: np.maximum.reduceat(accounts, starts[:-1]) if size else accounts,
            P.devices.name: devices,
            P.active_days.name: _count_days(stays.day, place, place >= 0, size),
            P.first_day.name: pl.Series(first.astype(np.int32)).cast(pl.Date),
            P.last_day.name: pl.Series(last.astype(np.int32)).cast(pl.Date),
            **{column.name: _first_said(facts[column.name], networks, starts) for column in _SAID},
            **{column.name: _median_of(facts[column.name], networks, starts) for column in _WHERE},
            P.spread_km.name: _spread(facts, networks, starts),
            P.ipv6_days.name: _days_over_ipv6(nodes, stays, place, size),
            **_other_protocol(doubts, keys),
            **tell_common_lines(stays, nodes, gazetteer, order, starts),
        }
    )
    return Places.cast(table.select(P.column_names()))


def _days_over_ipv6(nodes: Nodes, stays: Stays, place: Ints, size: int) -> pl.Series:
    """Of each place; nothing where its networks are no addresses."""
    family = np.append(nodes.family, OTHER)[stays.node]
    newer = _count_days(stays.day, place, family == IPV6, size)
    silent = _count_days(stays.day, place, family != OTHER, size) == 0
    return pl.Series(np.where(silent, -1, newer)).replace(-1, None)


def _other_protocol(doubts: pl.DataFrame, keys: PlaceKeys) -> dict[str, pl.Series]:
    """Which other place of the account may be each, seen over the other protocol."""
    older, newer = (keys.of_node[doubts[side].to_numpy()] for side in PAIR)
    grade = doubts["grade"].to_numpy()
    here, there = np.append(older, newer), np.append(newer, older)
    order = np.lexsort((-there, np.append(grade, grade)))
    order = order[here[order] != there[order]]
    other, best = np.full((2, len(keys.account)), -1)
    # The last one written stays: the best, and of those alike the first.
    other[here[order]] = keys.number[there[order]]
    best[here[order]] = np.append(grade, grade)[order]
    return {
        P.other_protocol.name: pl.Series(other).replace(-1, None),
        P.other_protocol_grade.name: pl.Series(best).replace(-1, None),
    }


def _first_said(column: pl.Series, networks: pl.Series, starts: Ints) -> pl.Series:
    """What the first network of each place says that says anything."""
    size = len(starts) - 1
    if column.null_count() == len(column):
        return pl.repeat(None, size, dtype=column.dtype, eager=True)
    said = column.gather(networks)
    at = first_true(said.is_not_null().to_numpy(), starts)
    return said.gather(pl.Series(at).replace(-1, None))


def _median_of(column: pl.Series, networks: pl.Series, starts: Ints) -> pl.Series:
    """Geolocation errs by hundreds of kilometres per prefix: the median forgives some."""
    size = len(starts) - 1
    if column.null_count() == len(column):
        return pl.repeat(None, size, dtype=pl.Float64, eager=True)
    values = column.gather(networks).to_numpy()
    return pl.Series(_medians(values, starts)).fill_nan(None).round(1)


def _spread(facts: pl.DataFrame, networks: pl.Series, starts: Ints) -> pl.Series:
    """From the least to the greatest latitude and longitude of each place's networks."""
    size = len(starts) - 1
    degrees = [facts[column.name] for column in (N.latitude, N.longitude)]
    if not size or any(column.null_count() == len(column) for column in degrees):
        return pl.repeat(None, size, dtype=pl.Float64, eager=True)
    corners = dict[str, pl.Series]()
    for name, column in zip(("latitude", "longitude"), degrees, strict=True):
        values = column.gather(networks).to_numpy()
        corners[f"least_{name}"] = pl.Series(np.fmin.reduceat(values, starts[:-1]))
        corners[f"most_{name}"] = pl.Series(np.fmax.reduceat(values, starts[:-1]))
    least, most = (
        [pl.col(f"{end}_{name}").fill_nan(None) for name in ("latitude", "longitude")]
        for end in ("least", "most")
    )
    return pl.DataFrame(corners).select(distance_km(*least, *most).round(1)).to_series()


@loop
def _sort_nodes(of_node: Ints, size: int, unused: Ints) -> tuple[Ints, Ints]:
    """Nodes by place, the best-used first, and where each place begins."""
    starts, at = np.zeros(size + 1, np.int64), np.zeros(size + 1, np.int64)
    for node in range(len(of_node)):
        if of_node[node] >= 0:
            starts[of_node[node] + 1] += 1
    for place in range(size):
        at[place] = starts[place]
        starts[place + 1] += starts[place]
    dealt = np.empty(starts[size], np.int64)
    for node in range(len(of_node)):
        if of_node[node] >= 0:
            dealt[at[of_node[node]]] = node
            at[of_node[node]] += 1
    for place in range(size):
        sort_rows(dealt[starts[place] : starts[place + 1]], unused, unused)
    return dealt, starts


@loop
def _count_devices(stays: Stays, place: Ints, size: int) -> tuple[Ints, Ints, Ints]:
    """Devices, first and last day of each place; rows come device by device."""
    devices, last_device = np.zeros(size, np.int64), np.full(size, -1, np.int64)
    first = np.full(size, MOST, np.int64)
    last = np.full(size, LEAST, np.int64)
    for row in range(len(place)):
        at = place[row]
        if at >= 0:
            devices[at] += last_device[at] != stays.device[row]
            last_device[at] = stays.device[row]
            first[at], last[at] = min(first[at], stays.day[row]), max(last[at], stays.day[row])
    return devices, first, last


@loop
def _count_days(day: Ints, place: Ints, counted: Flags, size: int) -> Ints:
    """Days of each place on which a row was counted: one bit for each day of the window."""
    days = np.zeros(size, np.int64)
    if len(day) == 0:
        return days
    first = last = day[0]
    for row in range(len(day)):
        first, last = min(first, day[row]), max(last, day[row])
    seen = np.zeros((size, (last - first) // 64 + 1), np.uint64)
    for row in range(len(place)):
        at, since = place[row], day[row] - first
        bit = np.uint64(1) << np.uint64(since % 64)
        if at >= 0 and counted[row] and not seen[at, since // 64] & bit:
            seen[at, since // 64] |= bit
            days[at] += 1
    return days


@loop
def _medians(values: Floats, starts: Ints) -> Floats:
    """The median of each place's numbers; nan where there are none."""
    medians = np.full(len(starts) - 1, np.nan)
    for place in range(len(medians)):
        given = values[starts[place] : starts[place + 1]]
        given = np.sort(given[~np.isnan(given)])
        if len(given):
            low, high = given[(len(given) - 1) // 2], given[len(given) // 2]
            medians[place] = low + (high - low) * 0.5
    return medians
