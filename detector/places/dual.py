# pyright: reportArgumentType=false
"""Lines with both protocols: a device shows one place on IPv4 and one on IPv6 in one day.

On such a line a device that can do IPv6 mostly shows it, and seldom always; so what it shows on
either is one line, unless it goes back and forth between two homes at one provider. Homes with
both protocols tell that themselves: each is on one of them while the other is on it too.
"""

import numpy as np

from detector.kernels.arrays import LEAST, MOST, Ints
from detector.kernels.loops import loop, part
from detector.kernels.sorts import sort_rows
from detector.kernels.union_find import unite
from detector.networks.numbers import IPV4, IPV6
from detector.places.layout import Nodes, Stays, is_public


@loop
def join_dual(stays: Stays, nodes: Nodes, at: Ints, provider: Ints, place: Ints) -> None:
    """Make places one that a device shows over IPv4 and over IPv6 in one day.

    Of two that would do at one time it is the one that was met on more days; of equals neither.

    Args:
        stays: The sightings.
        nodes: Their networks.
        at: Of each network the least spot of its place, -1 for none.
        provider: Of each network, -1 if nobody knows.
        place: Of each spot another one of its place; changed in place.
    """
    number, order = np.full(len(place), -1, np.int64), np.arange(len(stays.node))
    for account in range(len(nodes.starts) - 1):
        begin, end = nodes.starts[account], nodes.starts[account + 1]
        held = _number_spots(nodes, at, begin, end, number)
        rows = order[stays.accounts[account] : stays.accounts[account + 1]]
        if len(held) > 1 and _has_both(nodes, at, begin, end):
            sort_rows(rows, stays.day, stays.node)
            sort_rows(rows, stays.device, stays.day)
            spans = _spans(stays, nodes, at, number, len(held), rows)
            met = _count_meetings(stays, nodes, at, number, provider, len(held), rows)
            for older in range(len(held)):
                for newer in range(len(held)):
                    if _is_chosen(met, spans, older, newer):
                        unite(place, held[older], held[newer])
        for k in range(len(held)):
            number[held[k]] = -1


@part
def _number_spots(nodes: Nodes, at: Ints, begin: int, end: int, number: Ints) -> Ints:
    """The places of an account where a home may be; `number` is told which is which."""
    held, count = np.empty(end - begin, np.int64), 0
    for node in range(begin, end):
        if at[node] >= 0 and number[at[node]] < 0 and not is_public(nodes.kind[node]):
            number[at[node]] = count
            held[count] = at[node]
            count += 1
    return held[:count]


@part
def _has_both(nodes: Nodes, at: Ints, begin: int, end: int) -> bool:
    """Whether the places of an account are on both protocols."""
    older, newer = False, False
    for node in range(begin, end):
        older |= at[node] >= 0 and nodes.family[node] == IPV4
        newer |= at[node] >= 0 and nodes.family[node] == IPV6
    return older and newer


@part
def _spans(  # noqa: PLR0913 - flat arrays, as compiled code takes them
    stays: Stays, nodes: Nodes, at: Ints, number: Ints, size: int, rows: Ints
) -> tuple[Ints, Ints]:
    """The first and the last day of each place on IPv4, and beyond `size` on IPv6."""
    first = np.full(2 * size, MOST, np.int64)
    last = np.full(2 * size, LEAST, np.int64)
    for i in range(len(rows)):
        row = rows[i]
        node = stays.node[row]
        if node >= 0 and at[node] >= 0 and number[at[node]] >= 0 and nodes.family[node] > 0:
            k = number[at[node]] + size * (nodes.family[node] == IPV6)
            first[k] = min(first[k], stays.day[row])
            last[k] = max(last[k], stays.day[row])
    return first, last


@part
def _count_meetings(  # noqa: PLR0913 - flat arrays, as compiled code takes them
    stays: Stays, nodes: Nodes, at: Ints, number: Ints, provider: Ints, size: int, rows: Ints
) -> Ints:
    """For each place on IPv4 and each on IPv6, on how many days a device was on both."""
    met, stamp = np.zeros((size, size), np.int64), np.zeros((size, size), np.int64)
    for i in range(len(rows)):
        one, j = stays.node[rows[i]], i
        if one < 0 or at[one] < 0 or nodes.family[one] != IPV4 or provider[one] < 0:
            continue
        while j > 0 and _is_one_day(stays, rows[j - 1], rows[i]):
            j -= 1
        day = j + 1
        while j < len(rows) and _is_one_day(stays, rows[j], rows[i]):
            other = stays.node[rows[j]]
            if other >= 0 and at[other] >= 0 and nodes.family[other] == IPV6:
                a, b = number[at[one]], number[at[other]]
                if min(a, b) >= 0 and provider[one] == provider[other] and stamp[a, b] != day:
                    stamp[a, b] = day
                    met[a, b] += a != b
            j += 1
    return met


@part
def _is_one_day(stays: Stays, a: int, b: int) -> bool:
    return stays.device[a] == stays.device[b] and stays.day[a] == stays.day[b]


@part
def _is_chosen(met: Ints, spans: tuple[Ints, Ints], older: int, newer: int) -> bool:
    """Whether two places take turns on each protocol, and no other pair would do as well."""
    often, size = met[older, newer], len(met)
    if often == 0 or _overlap(spans, older, newer) or _overlap(spans, size + older, size + newer):
        return False
    for k in range(size):
        if k != older and met[k, newer] >= often and _overlap(spans, k, older):
            return False
        if k != newer and met[older, k] >= often and _overlap(spans, size + k, size + newer):
            return False
    return True


@part
def _overlap(spans: tuple[Ints, Ints], a: int, b: int) -> bool:
    """Whether two places are on a protocol at one time, but for a day on which they change."""
    first, last = spans
    return min(last[a], last[b]) > max(first[a], first[b])
