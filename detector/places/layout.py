"""Sightings laid out for the kernels that find places.

Three levels, each a set of flat arrays: *rows* are sightings sorted by account and device;
*nodes* are the networks of an account, account by account in the order of their names; and both
know where each account begins. A row names its node, a node its row in the gazetteer.
"""

from typing import NamedTuple, Self

import numpy as np

from detector.kernels.arrays import LEAST, MOST, Bits, Bytes, Codes, Flags, Ints, Longs
from detector.kernels.bits import to_hours
from detector.kernels.blocks import AccountRows
from detector.kernels.loops import loop, part
from detector.kernels.sorts import sort_rows
from detector.kinds import DEVICE_TYPES, NETWORK_KINDS, STATIONARY_TYPES
from detector.networks.lookup import Gazetteer
from detector.schemas import Sightings

S = Sightings

CELLULAR, ANONYMIZER, CARRIER_NAT, VENUE, WORKPLACE, CAMPUS = (
    np.uint8(NETWORK_KINDS.index(kind))
    for kind in ("cellular", "anonymizer", "carrier_nat", "venue", "workplace", "campus")
)
_STILL = np.array([kind in STATIONARY_TYPES for kind in DEVICE_TYPES])


class Stays(NamedTuple):
    """Which device was on which network on which day."""

    accounts: Ints
    """The first row of each account, and the number of rows."""

    devices: Ints
    """The first row of each device, and the number of rows."""

    device: Ints
    node: Ints
    """-1 where nothing is known of the network."""

    day: Ints
    """Since 1970."""

    hours: Bits
    still: Flags
    """Whether the device stays where it stands."""


class Nodes(NamedTuple):
    """The networks of each account."""

    starts: Ints
    """The first node of each account, and the number of nodes."""

    network: Codes
    """Its row in the gazetteer."""

    kind: Bytes
    pool: Codes
    family: Bytes
    line: Longs
    """See `Numbers.lines`."""

    position: Ints
    """See `Numbers.positions`."""

    @classmethod
    def known(cls, starts: Ints, network: Codes, gazetteer: Gazetteer) -> Self:
        """Say of each node what is known of its network."""
        numbers = gazetteer.numbers.take(network)
        kind, pool = gazetteer.kind[network], gazetteer.pool[network]
        return cls(
            starts, network, kind, pool, numbers.family, numbers.lines(), numbers.positions()
        )


def lay_out(rows: AccountRows, gazetteer: Gazetteer) -> tuple[Stays, Nodes]:
    """Turn sightings into numbers."""
    frame = rows.frame
    found = gazetteer.find(frame[S.network.name])
    node, starts, network = _number_nodes(rows.accounts, found.astype(np.int64))
    stays = Stays(
        rows.accounts,
        rows.devices,
        rows.device,
        node,
        rows.numbers(S.day.name),
        to_hours(rows.values(S.seen.name)),
        _STILL[rows.numbers(S.device_type.name)],
    )
    return stays, Nodes.known(starts, network, gazetteer)


@loop
def _number_nodes(accounts: Ints, network: Ints) -> tuple[Ints, Ints, Codes]:
    """The node of each row, the first node of each account, and the network of each node."""
    node, order = np.full(len(network), -1, np.int64), np.arange(len(network))
    starts, found = np.zeros(len(accounts), np.int64), np.empty(len(network), np.int32)
    count = 0
    for account in range(len(accounts) - 1):
        starts[account] = count
        mine = order[accounts[account] : accounts[account + 1]]
        sort_rows(mine, network, network)
        last = np.int64(-1)
        for k in range(len(mine)):
            row = mine[k]
            if network[row] != last:
                last = network[row]
                found[count] = last
                count += 1
            if last >= 0:
                node[row] = count - 1
    starts[-1] = count
    return node, starts, found[:count].copy()


@loop
def find_spots(stays: Stays, nodes: Nodes, min_router_days: int) -> Flags:
    """Rows on anything but gateways and relays; these too where a television stays."""
    spot = np.zeros(len(stays.node), np.bool_)
    for device in range(len(stays.devices) - 1):
        begin, end = stays.devices[device], stays.devices[device + 1]
        for row in range(begin, end):
            if stays.node[row] < 0:
                continue
            kind = nodes.kind[stays.node[row]]
            if kind == CELLULAR and stays.still[row]:
                spot[row] = _lasts(stays, nodes, begin, end, row, min_router_days)
            else:
                spot[row] = kind not in (CELLULAR, ANONYMIZER)
    return spot


@part
def _lasts(  # noqa: PLR0913 - flat arrays, as compiled code takes them
    stays: Stays, nodes: Nodes, begin: int, end: int, row: int, enough: int
) -> bool:
    """Whether a device is on the provider of one of its rows on so many days.

    Days on which it did not call itself a television count as one.
    """
    days, count = np.empty(enough, np.int64), 0
    pool = nodes.pool[stays.node[row]]
    for other in range(begin, end):
        if count == enough:
            break
        if stays.node[other] < 0 or nodes.pool[stays.node[other]] != pool:
            continue
        day = stays.day[other] if stays.still[other] else LEAST
        known = False
        for k in range(count):
            known |= days[k] == day
        if not known:
            days[count] = day
            count += 1
    return count >= enough


@loop
def find_hops(stays: Stays, nodes: Nodes, spot: Flags, max_hop_days: int) -> Flags:
    """Rows of spots whose address may be one of many of a line.

    A television's addresses within one provider's pool belong together, and so do the
    short-lived ones of any other device; an address that stays is a unit of its own.
    """
    size = len(nodes.network)
    first = np.full(size, MOST, np.int64)
    last = np.full(size, LEAST, np.int64)
    for row in range(len(spot)):
        if not spot[row]:
            continue
        node = stays.node[row]
        first[node] = min(first[node], stays.day[row])
        last[node] = max(last[node], stays.day[row])
    hops = np.zeros(len(spot), np.bool_)
    for row in range(len(spot)):
        node = stays.node[row]
        hops[row] = spot[row] and (stays.still[row] or last[node] - first[node] < max_hop_days)
    return hops


@part
def is_public(kind: np.uint8) -> bool:
    """Whether many people of many homes are there."""
    return kind in (VENUE, WORKPLACE, CAMPUS)
