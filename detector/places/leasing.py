# pyright: reportArgumentType=false
"""Leases of one line: addresses that were taken for good when the last was left for good."""

import numpy as np

from detector.kernels.arrays import LEAST, MOST, Flags, Ints
from detector.kernels.loops import part
from detector.kernels.sorts import sort_rows
from detector.kernels.union_find import unite
from detector.places.layout import Nodes, Stays, is_public


@part
def join_leases(  # noqa: PLR0913 - flat arrays, as compiled code takes them
    stays: Stays, nodes: Nodes, line: Ints, of_line: Ints, spot: Flags, rest: int, place: Ints
) -> None:
    """Unite the spots of addresses that one line had one after the other.

    On one line and protocol a provider gives one address at a time. So of an account's addresses
    out of one pool, each follows the one that was given up last before it was first seen, if a
    device was on both. An address seen only while another is in use is another line's: a friend's
    at the same provider. Both protocols are asked apart, for one may be given anew alone.

    Args:
        stays: The sightings.
        nodes: Their networks.
        line: Of each node, from `number_lines`: the subnets of a line are one address here.
        of_line: The spot of each line, by the node that names it.
        spot: Rows that are at any spot at all.
        rest: Days that a line may go unused between two addresses.
        place: Of each spot another one of its place; changed in place.
    """
    spans = _spans(stays, nodes, line, spot)
    order, pool = np.empty(len(line), np.int64), np.empty(len(line), np.int64)
    for account in range(len(nodes.starts) - 1):
        begin, end = nodes.starts[account], nodes.starts[account + 1]
        rows = stays.accounts[account], stays.accounts[account + 1]
        mine = order[begin:end]
        count = 0
        for node in range(begin, end):
            if spans[2][node] > 0:
                pool[node] = nodes.pool[node] * 8 + nodes.family[node]
                mine[count] = node
                count += 1
        held = mine[:count]
        sort_rows(held, spans[0], spans[1])
        sort_rows(held, pool, spans[0])
        k = 0
        while k < count:
            until = k + 1
            while until < count and pool[held[until]] == pool[held[k]]:
                until += 1
            if until - k > 1:
                _follow(stays, line, of_line, held[k:until], spans, rows, rest, place)
            k = until


@part
def _spans(stays: Stays, nodes: Nodes, line: Ints, spot: Flags) -> tuple[Ints, Ints, Ints]:
    """The first and the last day of the account at each address, and how often it was seen there.

    Never, for what is no address of a pool, or one that many homes are behind.
    """
    first = np.full(len(line), MOST, np.int64)
    last = np.full(len(line), LEAST, np.int64)
    often = np.zeros(len(line), np.int64)
    for row in range(len(spot)):
        node = stays.node[row]
        if not spot[row]:
            continue
        if nodes.pool[node] >= 0 and nodes.family[node] > 0 and not is_public(nodes.kind[node]):
            at = line[node]
            first[at] = min(first[at], stays.day[row])
            last[at] = max(last[at], stays.day[row])
            often[at] += 1
    return first, last, often


@part
def _follow(  # noqa: PLR0913 - flat arrays, as compiled code takes them
    stays: Stays,
    line: Ints,
    of_line: Ints,
    held: Ints,
    spans: tuple[Ints, Ints, Ints],
    rows: tuple[int, int],
    rest: int,
    place: Ints,
) -> None:
    """Unite each of one pool's addresses, by their first day, with the one that it follows."""
    beside = _are_beside(held, spans)
    for k in range(len(held)):
        before = -1 if beside[k] else _find_before(held[:k], beside, spans, held[k])
        rested = before >= 0 and spans[0][held[k]] - spans[1][before] <= rest
        if rested and _have_moved(stays, line, before, held[k], rows):
            unite(place, of_line[before], of_line[held[k]])


@part
def _are_beside(held: Ints, spans: tuple[Ints, Ints, Ints]) -> Flags:
    """Which addresses came while another was in use, or went before it did."""
    first, last, _ = spans
    beside = np.zeros(len(held), np.bool_)
    for k in range(len(held)):
        b = held[k]
        for j in range(len(held)):
            a = held[j]
            begun, longer = first[a] < first[b], last[a] - first[a] > last[b] - first[b]
            comes = begun and first[b] < last[a]
            goes = longer and first[a] <= first[b] and last[b] <= last[a]
            beside[k] |= comes or goes
    return beside


@part
def _find_before(earlier: Ints, beside: Flags, spans: tuple[Ints, Ints, Ints], b: int) -> int:
    """The address that was given up last before another was taken, -1 for none.

    Of several given up on one day it is the one that was seen most.
    """
    first, last, often = spans
    before = -1
    for j in range(len(earlier)):
        a = earlier[j]
        if last[a] <= first[b] and not beside[j]:
            more = before < 0 or last[a] > last[before]
            if more or (last[a] == last[before] and often[a] > often[before]):
                before = a
    return before


@part
def _have_moved(stays: Stays, line: Ints, a: int, b: int, rows: tuple[int, int]) -> bool:
    """Whether at least half of the devices on one of two addresses were on the other too."""
    on_a = on_b = both = 0
    row = rows[0]
    while row < rows[1]:
        device, one, other = stays.device[row], False, False
        while row < rows[1] and stays.device[row] == device:
            if stays.node[row] >= 0:
                one |= line[stays.node[row]] == a
                other |= line[stays.node[row]] == b
            row += 1
        on_a += one
        on_b += other
        both += one and other
    return both > 0 and 2 * both >= min(on_a, on_b)
