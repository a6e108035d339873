"""Counts of people, made safe to publish: no group of fewer than ten can be told apart.

Small groups are merged with others instead of being left out, so that nothing needs a second
suppression: no published cell is small, and none can be had as a difference, as all cells and the
total are told. Then all are rounded to fives, adding up, so that the difference of two packs of one
plan tells nobody either (Hundepool et al., Statistical Disclosure Control, 2012, ch. 4 and 5).
"""

from collections.abc import Sequence
from typing import TypeVar

LEAST = 10
"""Of fewer accounts nothing is told."""
BASE = 5
"""Published counts are multiples of this."""

K = TypeVar("K")


def merge_small(counts: Sequence[tuple[K, int]]) -> list[tuple[tuple[K, ...], int]]:
    """Merge small groups, and the next larger ones where those are too few together.

    Args:
        counts: Groups and their numbers of accounts, in the order to show; empty ones are dropped.

    Returns:
        Groups in their order, then the merged ones as one; none where all are fewer than `LEAST`.

    Examples:
        >>> merge_small([("a", 40), ("b", 12), ("c", 3), ("d", 2)])
        [(('a',), 40), (('b', 'c', 'd'), 17)]
        >>> merge_small([("a", 4)])
        []
    """
    rising = sorted((pair for pair in enumerate(counts) if pair[1][1]), key=lambda p: p[1][1])
    merged = list[int]()
    for at, (_, count) in rising:
        held = sum(counts[each][1] for each in merged)
        if count >= LEAST and (not merged or held >= LEAST):
            break
        merged.append(at)
    total = sum(counts[at][1] for at in merged)
    if merged and total < LEAST:
        return []
    told = [((key,), n) for at, (key, n) in enumerate(counts) if n and at not in merged]
    names = tuple(counts[at][0] for at in sorted(merged))
    return [*told, (names, total)] if merged else told


def merge_in_order(counts: Sequence[tuple[K, int]]) -> list[tuple[K, K, int]]:
    """Merge neighbours, days say, until none is small.

    Returns:
        The first and the last of each, and the number; none where all are fewer than `LEAST`.

    Examples:
        >>> merge_in_order([(1, 30), (2, 4), (3, 9), (4, 2)])
        [(1, 1, 30), (2, 4, 15)]
    """
    periods = list[tuple[K, K, int]]()
    first, held = None, 0
    for key, count in counts:
        if not count:
            continue
        first, held = (key if first is None else first), held + count
        if held >= LEAST:
            periods.append((first, key, held))
            first, held = None, 0
    if held and periods:
        start, _, count = periods.pop()
        last = next(key for key, n in reversed(counts) if n)
        periods.append((start, last, count + held))
    return periods


def round_together(counts: Sequence[int]) -> list[int]:
    """Round to multiples of `BASE` whose sum is that of the rounded total.

    Each differs from its count by less than `BASE`: the largest rests are rounded up.

    Examples:
        >>> round_together([12, 12, 12])
        [15, 10, 10]
    """
    down = [count // BASE * BASE for count in counts]
    left = (sum(counts) + BASE // 2) // BASE * BASE - sum(down)
    rests = sorted(range(len(counts)), key=lambda at: (-(counts[at] % BASE), at))
    for at in rests[: left // BASE]:
        down[at] += BASE
    return down
