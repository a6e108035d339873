# pyright: reportArgumentType=false
"""Spots: lines that hop and networks that stay; and what makes several of them one place.

A spot is numbered: a line by its first unit, so below the number of units; a network that no
line claims by the number of units and its node's. In one account and provider that is the order
of their names. Spots are one place by a television between two lines, both protocols of one
line, two subnets of what one line is given, or a new lease.
"""

import numpy as np

from detector.kernels.arrays import Flags, Ints
from detector.kernels.loops import loop, part
from detector.kernels.sorts import sort_rows
from detector.kernels.union_find import find_roots, unite
from detector.networks.numbers import IPV6
from detector.places.layout import CARRIER_NAT, Nodes, Stays, is_public
from detector.places.leasing import join_leases
from detector.places.units import Units

_HOURS = np.int64(1) << np.int64(32)


@loop
def name_spots(stays: Stays, units: Units, line: Ints, spot: Flags, nodes: int) -> Ints:
    """Give every network of an account one spot: the busiest line on it, or itself.

    A guest's own line must not claim the host's network: the line with most days wins.

    Args:
        stays: The sightings.
        units: Those that hop.
        line: Of each unit, from `label_lines`.
        spot: Rows that are at any spot at all.
        nodes: How many there are.

    Returns:
        The spot of each node; -1 for a network that is none.
    """
    days = np.zeros(len(line), np.int64)
    for unit in range(len(line)):
        days[line[unit]] += units.days[unit]
    found = np.full(nodes, -1, np.int64)
    for row in range(len(spot)):
        if not spot[row]:
            continue
        node, unit = stays.node[row], units.of_row[row]
        if unit < 0:
            if found[node] < 0:
                found[node] = len(line) + node
            continue
        claim, held = line[unit], found[node]
        if held < 0 or held >= len(line) or days[claim] > days[held]:
            found[node] = claim
        elif days[claim] == days[held]:
            found[node] = min(claim, held)
    return found


@loop
def unite_spots(  # noqa: PLR0913 - flat arrays, as compiled code takes them
    stays: Stays,
    nodes: Nodes,
    line: Ints,
    of_node: Ints,
    spot: Flags,
    spots: int,
    limits: tuple[int, int],
) -> Ints:
    """Find which spots are one place.

    Args:
        stays: The sightings.
        nodes: Their networks.
        line: Of each of them, from `number_lines`.
        of_node: The spot of each node.
        spot: Rows that are at any spot at all.
        spots: How many there are.
        limits: Times that a television must go back and forth; days that a lease may rest.

    Returns:
        The least spot of the place of each, to be asked by `find_root`.
    """
    place = np.arange(spots)
    of_line = _join_subnets(line, of_node, place)
    join_leases(stays, nodes, line, of_line, spot, limits[1], place)
    rows, when = np.empty(len(stays.node), np.int64), np.empty(len(stays.node), np.int64)
    for device in range(len(stays.devices) - 1):
        begin, end = stays.devices[device], stays.devices[device + 1]
        mine, count, several = rows[begin:end], 0, False
        for row in range(begin, end):
            if spot[row] and not is_public(nodes.kind[stays.node[row]]):
                mine[count] = row
                several |= of_node[stays.node[row]] != of_node[stays.node[mine[0]]]
                count += 1
        if several:
            kept = 0
            for k in range(count):
                row = mine[k]
                if nodes.kind[stays.node[row]] != CARRIER_NAT:
                    when[row] = stays.day[row] * _HOURS + stays.hours[row]
                    mine[kept] = row
                    kept += 1
            own = mine[:kept]
            sort_rows(own, when, stays.node)
            _join_protocols(stays, nodes, of_node, own, place)
            _join_alternating(stays, of_node, own, limits[0], place)
    return place


@part
def _join_subnets(line: Ints, of_node: Ints, place: Ints) -> Ints:
    """Spots with networks out of one IPv6 /56, which is one line's: a router opens several.

    Returns:
        One of the spots of each line, by its least node.
    """
    held = np.full(len(of_node), -1, np.int64)
    for node in range(len(of_node)):
        if of_node[node] < 0:
            continue
        if held[line[node]] < 0:
            held[line[node]] = of_node[node]
        else:
            unite(place, held[line[node]], of_node[node])
    return held


@part
def _join_alternating(stays: Stays, of_node: Ints, own: Ints, enough: int, place: Ints) -> None:
    """Spots between which a television keeps going back and forth: two lines of one home.

    A carrier's address beside a line of one's own is one line with both protocols: left out.
    """
    at, count, changes = np.empty(len(own), np.int64), 0, 0
    for k in range(len(own)):
        row = own[k]
        if stays.still[row]:
            at[count] = of_node[stays.node[row]]
            changes += count > 0 and at[count] != at[count - 1]
            count += 1
    if changes > enough:
        for k in range(1, count):
            unite(place, at[k - 1], at[k])


@part
def _join_protocols(stays: Stays, nodes: Nodes, of_node: Ints, own: Ints, place: Ints) -> None:
    """Spots of an IPv4 and an IPv6 network on which one device was seen in the same hour.

    A carrier's address is many homes': it must not make one of their private prefixes.
    """
    for k in range(len(own)):
        a, j = own[k], k + 1
        while j < len(own) and stays.day[own[j]] == stays.day[a]:
            b = own[j]
            one, other = stays.node[a], stays.node[b]
            new, newer = nodes.family[one] == IPV6, nodes.family[other] == IPV6
            if new != newer and stays.hours[a] & stays.hours[b]:
                unite(place, of_node[one], of_node[other])
            j += 1


def find_places_of(of_node: Ints, place: Ints) -> Ints:
    """The least spot of the place of each network, -1 for one that is at none.

    Args:
        of_node: The spot of each.
        place: Of each spot another one of its place.

    Examples:
        >>> find_places_of(np.array([2, -1, 1]), np.array([0, 0, 1])).tolist()
        [0, -1, 0]
    """
    return np.where(of_node >= 0, np.append(find_roots(place), -1)[of_node], -1)
