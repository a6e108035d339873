# pyright: reportUnknownVariableType=false
"""Devices seen too little to be tied → the household whose profiles they use."""

import numpy as np

from detector.households.layout import Lives
from detector.kernels.arrays import Flags, Ints
from detector.kernels.bits import BITS, count_bits
from detector.kernels.loops import loop, part
from detector.settings import HouseholdSettings

WHOLE = 1_000_000


def adopt_strays(lives: Lives, label: Ints, settings: HouseholdSettings) -> Ints:
    """Give a group that has no footing of its own to the group whose profiles it uses.

    A telephone on mobile networks, a browser that forgot its name in a hotel: places cannot
    tell with whom these live. The profiles they play may: one that is used mostly by one
    settled group of the account brings its strays there. Settled groups are left apart, however
    many profiles they have in common; that is for the evidence to weigh.

    Args:
        lives: Of any accounts.
        label: Of each device, the first device of its group; -1 for what is no device.
        settings: When a group is settled, and how surely a profile must point to one.

    Returns:
        The labels, with those of adopted groups replaced.

    Examples:
        >>> lives = Lives(np.array([0, 2]), np.array([0, 1, 6]), np.array([-1, 0, 0, 0, 0, 0]),
        ...               np.array([1, 1, 2, 3, 4, 5]), np.ones(6, np.int64),
        ...               np.ones(6, np.uint64))
        >>> adopt_strays(lives, np.array([0, 1]), HouseholdSettings()).tolist()
        [1, 1]
    """
    return _adopt_all(lives, label, settings.min_footing_days, settings.min_profile_pull * WHOLE)


@loop
def _adopt_all(lives: Lives, label: Ints, footing: int, least_pull: float) -> Ints:
    adopted = label.copy()
    for account in range(len(lives.accounts) - 1):
        begin, end = lives.accounts[account], lives.accounts[account + 1]
        group, first = _list_groups(label[begin:end], begin)
        if len(first) < 2:
            continue
        settled, some, all_are = np.zeros(len(first), np.bool_), False, True
        days = _count_days(lives, group, len(first), begin)
        for k in range(len(first)):
            settled[k] = days[k] >= footing
            some |= settled[k]
            all_are &= settled[k]
        if some and not all_are:
            use = _count_use(lives, group, len(first), begin)
            host = _choose_hosts(use, settled, least_pull)
            for i in range(len(group)):
                if group[i] >= 0:
                    adopted[begin + i] = first[host[group[i]]]
    return adopted


@part
def _list_groups(own: Ints, begin: int) -> tuple[Ints, Ints]:
    """The group of each device of an account, in the order of their labels, and the labels."""
    number, group = np.full(len(own), -1, np.int64), np.full(len(own), -1, np.int64)
    for i in range(len(own)):
        if own[i] >= 0:
            number[own[i] - begin] = 0
    first, count = np.empty(len(own), np.int64), 0
    for i in range(len(own)):
        if number[i] == 0:
            first[count], number[i] = begin + i, count
            count += 1
    for i in range(len(own)):
        if own[i] >= 0:
            group[i] = number[own[i] - begin]
    return group, first[:count]


@part
def _count_days(lives: Lives, group: Ints, groups: int, begin: int) -> Ints:
    """Days of each group at any place."""
    days, rows = np.zeros(groups, np.int64), lives.devices[begin : begin + len(group) + 1]
    first = last = lives.day[rows[0]]
    for row in range(rows[0], rows[-1]):
        first, last = min(first, lives.day[row]), max(last, lives.day[row])
    there = np.zeros((groups, last - first + 1), np.bool_)
    for i in range(len(group)):
        if group[i] < 0:
            continue
        for row in range(rows[i], rows[i + 1]):
            day = lives.day[row] - first
            if lives.place[row] >= 0 and not there[group[i], day]:
                there[group[i], day] = True
                days[group[i]] += 1
    return days


@part
def _count_use(lives: Lives, group: Ints, groups: int, begin: int) -> Ints:
    """Visits on which each group used each profile."""
    use = np.zeros((groups, BITS), np.int64)
    for i in range(len(group)):
        if group[i] >= 0:
            rows = slice(lives.devices[begin + i], lives.devices[begin + i + 1])
            count = count_bits(lives.profiles[rows])
            for bit in range(BITS):
                use[group[i], bit] += count[bit]
    return use


@part
def _choose_hosts(use: Ints, settled: Flags, least_pull: float) -> Ints:
    """The group to which each belongs: its own, unless its profiles point to a settled one."""
    host, at_home = np.arange(len(use)), np.zeros(BITS, np.int64)
    for group in range(len(use)):
        for bit in range(BITS):
            at_home[bit] += settled[group] * use[group, bit]
    for stray in range(len(use)):
        best = np.int64(0)
        for group in range(len(use)):
            if settled[stray] or not settled[group]:
                continue
            pull = _pull(use[stray], use[group], at_home)
            if pull >= least_pull and pull > best:
                best, host[stray] = pull, group
    return host


@part
def _pull(own: Ints, theirs: Ints, at_home: Ints) -> np.int64:
    """How far the profiles of a group belong to a settled one, of those that all settled use."""
    whole, pull = np.int64(0), np.int64(0)
    for bit in range(BITS):
        whole += own[bit]
    for bit in range(BITS):
        if own[bit] > 0 and theirs[bit] > 0:
            belongs = theirs[bit] * WHOLE // at_home[bit]
            pull += np.int64(np.rint(belongs * (own[bit] / whole)))
    return pull
