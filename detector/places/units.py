# pyright: reportArgumentType=false
"""Hopping sightings laid out by device and provider, for the kernels that tell lines apart.

A *unit* is one device on one provider's addresses; the units of one account and provider are a
*block*. Units lie block by block, in a block by device. Each owns a stretch of *entries*: one for
each day and line on which it was seen, in that order; and a stretch of *nodes*: its networks,
each once.
"""

from typing import NamedTuple

import numpy as np

from detector.kernels.arrays import Bits, Codes, Flags, Floats, Ints
from detector.kernels.bits import count_ones
from detector.kernels.loops import loop, part
from detector.kernels.sorts import sort_rows
from detector.places.layout import Nodes, Stays


class Units(NamedTuple):
    """Which devices hop over which addresses of a provider."""

    blocks: Ints
    """The first unit of each block, and the number of units."""

    pool: Codes
    """Of each block."""

    entries: Ints
    """The first entry of each unit, and the number of entries."""

    day: Ints
    line: Ints
    """The day and the line of each entry."""

    hours: Bits
    nodes: Ints
    """The first node of each unit, and their number."""

    node: Ints
    days: Ints
    """On how many days each unit was seen."""

    steady: Floats
    steady_day: Floats
    """Share of a unit's hours, and of its days, on which it kept its address: hours or days with
    a second address of one device show how seldom a match may be."""

    of_row: Ints
    """The unit of each row of the stays; -1 for those that do not hop."""


@loop
def lay_out_units(
    stays: Stays, nodes: Nodes, line: Ints, hops: Flags, least_steady: float
) -> Units:
    """Lay out the sightings that hop.

    Args:
        stays: The sightings.
        nodes: Their networks.
        line: Of each of them, from `number_lines`.
        hops: Of each sighting, whether its address may be one of many.
        least_steady: Share of its hours on which any line is taken to keep its address.
    """
    order, blocks, begins, of_row = _sort_units(stays, nodes, hops)
    size = len(begins) - 1
    day, at = np.empty(len(order), np.int64), np.empty(len(order), np.int64)
    hours, node = np.empty(len(order), np.uint32), np.empty(len(order), np.int64)
    days, steady, steady_day = np.zeros(size, np.int64), np.empty(size), np.empty(size)
    starts, first = np.zeros(size + 1, np.int64), np.zeros(size + 1, np.int64)
    filled, noded, minor = np.int64(0), np.int64(0), np.zeros(len(stays.node), np.int64)
    for k in range(len(order)):
        minor[order[k]] = line[stays.node[order[k]]]
    for unit in range(size):
        mine = order[begins[unit] : begins[unit + 1]]
        starts[unit], first[unit] = filled, noded
        sort_rows(mine, stays.node, minor)
        noded = _fill_nodes(stays, mine, node, noded)
        sort_rows(mine, stays.day, minor)
        filled = _fill_entries(stays, minor, mine, (day, at, hours), filled)
        days[unit], steady[unit], steady_day[unit] = _steadiness(
            stays, mine, day[starts[unit] : filled], least_steady
        )
    starts[size], first[size] = filled, noded
    pool = np.empty(len(blocks) - 1, np.int32)
    for block in range(len(pool)):
        pool[block] = nodes.pool[node[first[blocks[block]]]]
    return Units(
        blocks,
        pool,
        starts,
        day[:filled].copy(),
        at[:filled].copy(),
        hours[:filled].copy(),
        first,
        node[:noded].copy(),
        days,
        steady,
        steady_day,
        of_row,
    )


@part
def _sort_units(stays: Stays, nodes: Nodes, hops: Flags) -> tuple[Ints, Ints, Ints, Ints]:
    """Hopping rows by account, provider and device; where blocks and units begin."""
    order, of_row = np.empty(len(hops), np.int64), np.full(len(hops), -1, np.int64)
    pool, kept = np.empty(len(hops), np.int64), 0
    for row in range(len(hops)):
        if hops[row]:
            pool[row] = nodes.pool[stays.node[row]]
            order[kept] = row
            kept += 1
    order = order[:kept]
    blocks, entries = np.empty(len(order) + 1, np.int64), np.empty(len(order) + 1, np.int64)
    found, count, begin = 0, 0, 0
    for account in range(len(stays.accounts) - 1):
        end = begin
        while end < len(order) and order[end] < stays.accounts[account + 1]:
            end += 1
        sort_rows(order[begin:end], pool, stays.device)
        for k in range(begin, end):
            row, last = order[k], order[k - 1]
            other = k == begin or pool[row] != pool[last]
            if other:
                blocks[found] = count
                found += 1
            if other or stays.device[row] != stays.device[last]:
                entries[count] = k
                count += 1
            of_row[row] = count - 1
        begin = end
    blocks[found], entries[count] = count, len(order)
    return order, blocks[: found + 1].copy(), entries[: count + 1], of_row


def number_lines(nodes: Nodes) -> Ints:
    """The least node of its account that is on one line with each node."""
    return _number_lines(nodes.starts, nodes.line.view(np.int64), nodes.family.astype(np.int64))


@loop
def _number_lines(starts: Ints, number: Ints, family: Ints) -> Ints:
    line, order = np.arange(len(number)), np.arange(len(number))
    for account in range(len(starts) - 1):
        mine = order[starts[account] : starts[account + 1]]
        sort_rows(mine, number, family)
        for k in range(1, len(mine)):
            a, b = mine[k - 1], mine[k]
            if number[a] == number[b] and family[a] == family[b]:
                line[b] = line[a]
    return line


@part
def _fill_nodes(stays: Stays, mine: Ints, to: Ints, filled: int) -> int:
    """The networks of a unit, each once; how many nodes there are now."""
    for k in range(len(mine)):
        if k == 0 or stays.node[mine[k]] != stays.node[mine[k - 1]]:
            to[filled] = stays.node[mine[k]]
            filled += 1
    return filled


@part
def _fill_entries(
    stays: Stays, line: Ints, mine: Ints, to: tuple[Ints, Ints, Bits], filled: int
) -> int:
    """One entry for each day and line of a unit; how many entries there are now."""
    day, at, hours = to
    for k in range(len(mine)):
        row = mine[k]
        same = k > 0 and stays.day[row] == stays.day[mine[k - 1]]
        if not (same and line[row] == line[mine[k - 1]]):
            day[filled], at[filled], hours[filled] = stays.day[row], line[row], 0
            filled += 1
        hours[filled - 1] |= stays.hours[row]
    return filled


@part
def _steadiness(
    stays: Stays, mine: Ints, entry_days: Ints, least: float
) -> tuple[int, float, float]:
    """Days of a unit, and how steadily it kept its address, by hour and by day."""
    addressed, on, days, hours = 0, 0, 0, np.uint32(0)
    for k in range(len(mine)):
        if k == 0 or stays.day[mine[k]] != stays.day[mine[k - 1]]:
            on += count_ones(hours)
            days, hours = days + 1, np.uint32(0)
        addressed += count_ones(stays.hours[mine[k]])
        hours |= stays.hours[mine[k]]
    on += count_ones(hours)
    by_hour = min(max(2 - addressed / on, least), 1.0) if on else 1.0
    return days, by_hour, min(max(2 - len(entry_days) / days, 0.0), 1.0)
