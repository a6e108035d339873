"""How often two devices of an account show one address, and how often one line would let them.

Many lines show another address at most sessions, so the addresses of two devices of one home
may hardly ever be the same. What tells is the hours in which both were on: on one line they
then share an address as often as one device keeps its own; on two lines never.

All is compiled into its callers: handing all arrays of the units on costs as much as a meeting.
"""

from typing import NamedTuple

import numpy as np

from detector.kernels.bits import count_ones
from detector.kernels.loops import part
from detector.places.units import Units

STRANGERS, JOINED, APART, UNSURE = range(4)
"""Never on in one day; on one line; on two; not enough to tell."""


class Limits(NamedTuple):
    """When meetings tell."""

    least: float
    """Matches to expect before their absence tells."""

    joined: float
    """Share of them from which two units are on one line."""

    apart: float
    """Share of them below which they are on two."""


@part
def count_meetings(units: Units, a: int, b: int) -> tuple[int, int, int, float]:
    """Count the meetings of two units of one block.

    By hours in which both were on, or by days where the lines keep an address for a day.

    Returns:
        Days on which both were on, days on which they shared an address, matches seen, and
        matches to expect on one line.
    """
    joint_days, shared_days, joint, matched = 0, 0, 0, 0
    i, j = units.entries[a], units.entries[b]
    i_end, j_end = units.entries[a + 1], units.entries[b + 1]
    while i < i_end and j < j_end:
        if units.day[i] != units.day[j]:
            if units.day[i] < units.day[j]:
                i += 1
            else:
                j += 1
            continue
        i, j, hours, shared, met = _compare_day(units, i, i_end, j, j_end)
        joint_days += 1
        joint += hours
        shared_days += shared
        matched += met
    by_hour = joint * min(units.steady[a], units.steady[b])
    by_day = joint_days * min(units.steady_day[a], units.steady_day[b])
    if by_day > by_hour:
        return joint_days, shared_days, shared_days, by_day
    return joint_days, shared_days, matched, by_hour


@part
def _compare_day(
    units: Units, i: int, i_end: int, j: int, j_end: int
) -> tuple[int, int, int, int, int]:
    """Go through one day of two units, both ordered by line.

    Returns:
        The next entry of each, hours in which both were on, 1 if they shared an address, and
        the hours in which they did.
    """
    day, shared = units.day[i], 0
    mine = theirs = both = np.uint32(0)
    while (i < i_end and units.day[i] == day) or (j < j_end and units.day[j] == day):
        left = i < i_end and units.day[i] == day
        right = j < j_end and units.day[j] == day
        if left and right and units.line[i] == units.line[j]:
            both |= units.hours[i] & units.hours[j]
            shared = 1
        step_left = left and (not right or units.line[i] <= units.line[j])
        step_right = right and (not left or units.line[j] <= units.line[i])
        if step_left:
            mine |= units.hours[i]
            i += 1
        if step_right:
            theirs |= units.hours[j]
            j += 1
    return i, j, count_ones(mine & theirs), shared, count_ones(both)


@part
def judge_meetings(units: Units, a: int, b: int, limits: Limits) -> int:
    """Say whether two units are on one line.

    Args:
        units: Of any accounts.
        a: One unit.
        b: Another of the same block.
        limits: When matches, or their absence, tell.

    Returns:
        `STRANGERS`, `JOINED`, `APART` or `UNSURE`.
    """
    joint_days, shared_days, matched, expected = count_meetings(units, a, b)
    if joint_days == 0:
        return STRANGERS
    if expected < limits.least:
        return JOINED if shared_days > 0 else UNSURE
    if matched / expected >= limits.joined:
        return JOINED
    return APART if matched / expected < limits.apart else UNSURE
