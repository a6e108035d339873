"""Places get their numbers: 0 is where an account's devices spend most days."""

import numpy as np

from detector.kernels.arrays import Flags, Ints, Longs
from detector.kernels.loops import loop, part
from detector.kernels.sorts import sort_rows
from detector.kernels.union_find import find_root
from detector.places.layout import Nodes, Stays


@loop
def number_places(stays: Stays, nodes: Nodes, of_node: Ints, spot: Flags, place: Ints) -> Ints:
    """Number the places of each account by days of use, then by first day, then by name.

    Args:
        stays: The sightings.
        nodes: Their networks.
        of_node: The spot of each node; -1 for a network that is none.
        spot: Rows that are at any spot at all.
        place: The place of each spot, to be asked by `find_root`.

    Returns:
        The place of each node, -1 for a network that is none: the same whatever the order.
    """
    number, size = np.full(len(of_node), -1, np.int64), len(of_node)
    label, order = np.full(len(place), -1, np.int64), np.arange(size)
    use, first, words = np.zeros(size, np.int64), np.empty(size, np.int64), _count_words(stays.day)
    seen, device = np.zeros((size, words), np.uint64), np.full(size, -1, np.int64)
    for account in range(len(nodes.starts) - 1):
        begin, end = nodes.starts[account], nodes.starts[account + 1]
        count = _label_nodes(of_node, place, label, number, (begin, end))
        if count > 1:
            rows = stays.accounts[account], stays.accounts[account + 1]
            _count_use(stays, spot, number, rows, (use, first, seen, device))
        ranks = order[begin : begin + count]
        sort_rows(ranks, use, first)
        for k in range(count):
            use[ranks[k]] = k
        for node in range(begin, end):
            if number[node] >= 0:
                number[node] = use[number[node]]
    return number


@part
def _label_nodes(
    of_node: Ints, place: Ints, label: Ints, number: Ints, nodes: tuple[int, int]
) -> int:
    """Number an account's places from its first node, in the order of their names; how many."""
    count = 0
    for node in range(nodes[0], nodes[1]):
        if of_node[node] >= 0:
            root = find_root(place, of_node[node])
            if label[root] < 0:
                label[root], count = nodes[0] + count, count + 1
            number[node] = label[root]
    return count


@part
def _count_words(day: Ints) -> int:
    """Words of 64 bits that hold a bit for each day."""
    if len(day) == 0:
        return 0
    first = last = day[0]
    for row in range(len(day)):
        first, last = min(first, day[row]), max(last, day[row])
    return (last - first) // 64 + 1


@part
def _count_use(
    stays: Stays,
    spot: Flags,
    number: Ints,
    rows: tuple[int, int],
    counted: tuple[Ints, Ints, Longs, Ints],
) -> None:
    """Count the days of all devices at each label, below 0, and find its first day.

    Rows come device by device, so that one bit for each day tells whether it was counted.
    """
    use, first, seen, device = counted
    start = stays.day[rows[0]]
    for row in range(rows[0], rows[1]):
        start = min(start, stays.day[row])
    for row in range(rows[0], rows[1]):
        if not spot[row]:
            continue
        label, day = number[stays.node[row]], stays.day[row]
        word, bit = (day - start) // 64, np.uint64(1) << np.uint64((day - start) % 64)
        if device[label] < 0:
            first[label] = day
        if device[label] != stays.device[row]:
            device[label] = stays.device[row]
            seen[label] = 0
        if not seen[label, word] & bit:
            seen[label, word] |= bit
            use[label] -= 1
            first[label] = min(first[label], day)
