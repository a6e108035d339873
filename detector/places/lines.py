# pyright: reportUnknownVariableType=false
"""Which devices hop over a provider's addresses on one line, and which on another."""

import numpy as np

from detector.kernels.arrays import MOST, Flags, Ints
from detector.kernels.loops import loop, part
from detector.kernels.sorts import sort_rows
from detector.kernels.union_find import find_root, unite
from detector.networks.numbers import NOWHERE
from detector.places.layout import Nodes
from detector.places.meetings import APART, JOINED, Limits, judge_meetings
from detector.places.units import Units
from detector.settings import PlaceSettings


def label_lines(units: Units, nodes: Nodes, scattered: Flags, settings: PlaceSettings) -> Ints:
    """Say which hopping units are on one line.

    Units that meet on one address as often as one line would let them are joined; units that
    should have met and never did are kept apart; all others get the benefit of the doubt and
    join the account's main line of that provider. Where a provider gives every session an
    address of its own, not meeting says nothing.

    Args:
        units: Of any accounts.
        nodes: Their networks.
        scattered: Of each pool, whether even one home's devices never meet there.
        settings: What counts as meeting.

    Returns:
        The line of each unit, named by its first unit.
    """
    # A whole number among them, as defaults may be, would have all loops compiled once more.
    limits = settings.min_expected_meetings, settings.min_meeting_rate, settings.max_apart_rate
    stretch = float(settings.min_hops_per_day), float(settings.max_stretch)
    return _label_all(units, nodes.position, scattered, Limits(*map(float, limits)), stretch)


@loop
def _label_all(
    units: Units,
    position: Ints,
    scattered: Flags,
    limits: Limits,
    stretch: tuple[float, float],
) -> Ints:
    line = np.arange(len(units.days))
    for block in range(len(units.blocks) - 1):
        begin, end = units.blocks[block], units.blocks[block + 1]
        if end - begin == 1:
            continue
        pool = units.pool[block]
        apart = np.zeros((end - begin, end - begin), np.bool_)
        if _join(units, line, begin, end, limits, apart):
            continue
        if pool >= 0 and scattered[pool]:
            apart = np.zeros((end - begin, end - begin), np.bool_)
        lines = _sort_lines(units, line, begin, end)
        rest = _keep_hopping(lines, stretch[0])
        if len(rest) > 1:
            _part_lines(line, begin, apart)
            _gather(units, position, line, apart, (begin, end), rest, stretch[1])
    return line


@part
def _join(  # noqa: PLR0913 - flat arrays, as compiled code takes them
    units: Units, line: Ints, begin: int, end: int, limits: Limits, apart: Flags
) -> bool:
    """Join the units of a block that meet, note which are apart; True if all are on one line."""
    for a in range(begin, end):
        for b in range(a + 1, end):
            found = judge_meetings(units, a, b, limits)
            if found == JOINED:
                unite(line, a, b)
            apart[a - begin, b - begin] = found == APART
    whole = True
    for unit in range(begin, end):
        line[unit] = find_root(line, unit)
        whole &= line[unit] == begin
    return whole


@part
def _part_lines(line: Ints, begin: int, apart: Flags) -> None:
    """Lines are apart if any of their units are; each is asked by its first unit."""
    for a in range(len(apart)):
        for b in range(a + 1, len(apart)):
            if apart[a, b]:
                i, j = line[begin + a] - begin, line[begin + b] - begin
                apart[i, j] = apart[j, i] = True


@part
def _keep_hopping(lines: tuple[Ints, Ints, Ints], least: float) -> Ints:
    """Lines that show so many addresses per day of use."""
    order, days, addresses = lines
    kept = 0
    for k in range(len(order)):
        line = order[k]
        if -addresses[line] >= least * -days[line]:
            order[kept] = line
            kept += 1
    return order[:kept]


@part
def _sort_lines(units: Units, line: Ints, begin: int, end: int) -> tuple[Ints, Ints, Ints]:
    """The lines of a block, the busiest first; days and addresses of each unit that names one.

    Both are below 0: the more, the less.
    """
    days, addresses = np.zeros(end - begin, np.int64), np.zeros(end - begin, np.int64)
    for unit in range(begin, end):
        days[line[unit] - begin] -= units.days[unit]
        addresses[line[unit] - begin] -= units.nodes[unit + 1] - units.nodes[unit]
    order, count = np.empty(end - begin, np.int64), 0
    for k in range(end - begin):
        if days[k] < 0:
            order[count] = k
            count += 1
    lines = order[:count]
    sort_rows(lines, days, addresses)
    return lines, days, addresses


@part
def _gather(  # noqa: PLR0913 - flat arrays, as compiled code takes them
    units: Units,
    position: Ints,
    line: Ints,
    apart: Flags,
    block: tuple[int, int],
    rest: Ints,
    stretch: float,
) -> None:
    """Let lines that hop over the same stretch of addresses be one, the busiest leading."""
    begin, end = block
    starts, at = _positions(units, position, line, begin, end)
    leader = np.arange(end - begin)
    while len(rest) > 1:
        chief, left = rest[0], 0
        chiefs = at[starts[chief] : starts[chief + 1]]
        for k in range(1, len(rest)):
            other = rest[k]
            theirs = at[starts[other] : starts[other + 1]]
            if not apart[other, chief] and _are_near(theirs, chiefs, stretch):
                leader[other] = chief
            else:
                rest[left] = other
                left += 1
        rest = rest[:left]
    for unit in range(begin, end):
        line[unit] = begin + leader[line[unit] - begin]


@part
def _positions(units: Units, position: Ints, line: Ints, begin: int, end: int) -> tuple[Ints, Ints]:
    """Where each line's addresses stand, sorted, each once."""
    size = units.nodes[end] - units.nodes[begin]
    owner, at, count = np.empty(size, np.int64), np.empty(size, np.int64), 0
    for unit in range(begin, end):
        for k in range(units.nodes[unit], units.nodes[unit + 1]):
            if position[units.node[k]] != NOWHERE:
                owner[count], at[count] = line[unit] - begin, position[units.node[k]]
                count += 1
    order = np.arange(count)
    sort_rows(order, owner, at)
    starts, kept, filled = np.zeros(end - begin + 1, np.int64), np.empty(count, np.int64), 0
    for k in range(count):
        now, last = order[k], order[k - 1]
        if k == 0 or owner[now] != owner[last] or at[now] != at[last]:
            kept[filled] = at[now]
            filled += 1
            starts[owner[now] + 1] += 1
    for k in range(1, len(starts)):
        starts[k] += starts[k - 1]
    return starts, kept


@part
def _are_near(theirs: Ints, chiefs: Ints, stretch: float) -> bool:
    """Whether most addresses of a line stand near one of its chief's."""
    if len(theirs) == 0 or len(chiefs) == 0:
        return False
    if theirs[-1] < chiefs[0] - stretch or theirs[0] > chiefs[-1] + stretch:
        return False
    gaps, above = np.full(len(theirs), MOST, np.int64), 0
    for k in range(len(theirs)):
        while above < len(chiefs) and chiefs[above] < theirs[k]:
            above += 1
        if above < len(chiefs):
            gaps[k] = chiefs[above] - theirs[k]
        if above > 0:
            gaps[k] = min(gaps[k], theirs[k] - chiefs[above - 1])
    order = np.arange(len(gaps))
    sort_rows(order, gaps, gaps)
    low, high = gaps[order[(len(gaps) - 1) // 2]], gaps[order[len(gaps) // 2]]
    return (float(low) + float(high)) / 2 <= stretch
