# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
"""Places get their numbers: 0 is where an account's devices spend most days."""

import numpy as np
from numba import njit  # pyright: ignore[reportMissingTypeStubs]

from detector.account_rows import Ints
from detector.forest import find_root
from detector.small_sorts import sort_rows
from detector.stays import Flags, Nodes, Stays


@njit(cache=True, nogil=True)
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
    number = np.full(len(of_node), -1, np.int64)
    for account in range(len(nodes.starts) - 1):
        begin, end = nodes.starts[account], nodes.starts[account + 1]
        lone, several = np.int64(-1), False
        for node in range(begin, end):
            if of_node[node] >= 0:
                number[node] = find_root(place, of_node[node])
                several |= lone >= 0 and number[node] != lone
                lone = number[node]
        if several:
            first, last = stays.accounts[account], stays.accounts[account + 1]
            _number_several(stays, spot, number, (first, last), (begin, end))
        else:
            number[begin:end] = np.minimum(number[begin:end], 0)
    return number


@njit(cache=True, nogil=True)
def _number_several(
    stays: Stays, spot: Flags, number: Ints, rows: tuple[int, int], nodes: tuple[int, int]
) -> None:
    """Put numbers in the place of labels, for one account."""
    begin, end = nodes
    labels = np.unique(number[begin:end])
    labels = labels[labels >= 0]
    use, first = _count_use(stays, spot, number, rows, labels)
    # A label's first node is its first name.
    names = np.empty(len(labels), np.int64)
    for node in range(end - 1, begin - 1, -1):
        if number[node] >= 0:
            names[np.searchsorted(labels, number[node])] = node
    ranks = np.argsort(names)
    sort_rows(ranks, use, first)
    place = np.empty(len(labels), np.int64)
    place[ranks] = np.arange(len(labels))
    for node in range(begin, end):
        if number[node] >= 0:
            number[node] = place[np.searchsorted(labels, number[node])]


@njit(cache=True, nogil=True)
def _count_use(
    stays: Stays, spot: Flags, number: Ints, rows: tuple[int, int], labels: Ints
) -> tuple[Ints, Ints]:
    """Days of all devices at each label, below 0, and its first day.

    Rows come device by device, so that one bit for each day tells whether it was counted.
    """
    low, high = rows
    start = stays.day[low:high].min()
    words = (stays.day[low:high].max() - start) // 64 + 1
    seen, device = np.zeros((len(labels), words), np.uint64), np.full(len(labels), -1, np.int64)
    use = np.zeros(len(labels), np.int64)
    first = np.full(len(labels), np.iinfo(np.int64).max, np.int64)
    for row in range(low, high):
        if spot[row]:
            label = np.searchsorted(labels, number[stays.node[row]])
            since = stays.day[row] - start
            bit = np.uint64(1) << np.uint64(since % 64)
            if device[label] != stays.device[row]:
                device[label] = stays.device[row]
                seen[label] = 0
            if not seen[label, since // 64] & bit:
                seen[label, since // 64] |= bit
                use[label] -= 1
                first[label] = min(first[label], stays.day[row])
    return use, first
