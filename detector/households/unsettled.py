# pyright: reportUnknownVariableType=false
"""Devices seen too little to be tied → the household whose profiles they use."""

import numpy as np
from numba import njit

from detector.households.layout import Lives
from detector.kernels.arrays import Flags, Ints
from detector.kernels.bits import BITS, count_bits
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


@njit(cache=True, nogil=True)
def _adopt_all(lives: Lives, label: Ints, footing: int, least_pull: float) -> Ints:
    adopted = label.copy()
    for account in range(len(lives.accounts) - 1):
        begin, end = lives.accounts[account], lives.accounts[account + 1]
        own = label[begin:end]
        groups = np.unique(own[own >= 0])
        if len(groups) < 2:
            continue
        days = _count_days(lives, own, groups, begin)
        settled = groups[days >= footing]
        if 0 < len(settled) < len(groups):
            use = _count_use(lives, own, groups, begin)
            host = _choose_hosts(use, days >= footing, least_pull)
            for device in range(begin, end):
                if label[device] >= 0:
                    adopted[device] = groups[host[np.searchsorted(groups, label[device])]]
    return adopted


@njit(cache=True, nogil=True)
def _count_days(lives: Lives, own: Ints, groups: Ints, begin: int) -> Ints:
    """Days of each group at any place."""
    day = lives.day[lives.devices[begin] : lives.devices[begin + len(own)]]
    first = day.min()
    there = np.zeros((len(groups), day.max() - first + 1), np.bool_)
    for i in np.flatnonzero(own >= 0):
        group = np.searchsorted(groups, own[i])
        for row in range(lives.devices[begin + i], lives.devices[begin + i + 1]):
            if lives.place[row] >= 0:
                there[group, lives.day[row] - first] = True
    return there.sum(axis=1)


@njit(cache=True, nogil=True)
def _count_use(lives: Lives, own: Ints, groups: Ints, begin: int) -> Ints:
    """Visits on which each group used each profile."""
    use = np.zeros((len(groups), BITS), np.int64)
    for i in np.flatnonzero(own >= 0):
        rows = slice(lives.devices[begin + i], lives.devices[begin + i + 1])
        use[np.searchsorted(groups, own[i])] += count_bits(lives.profiles[rows])
    return use


@njit(cache=True, nogil=True)
def _choose_hosts(use: Ints, settled: Flags, least_pull: float) -> Ints:
    """The group to which each belongs: its own, unless its profiles point to a settled one."""
    host, hosts = np.arange(len(use)), np.flatnonzero(settled)
    at_home = np.zeros(BITS, np.int64)
    for group in hosts:
        at_home += use[group]
    for stray in np.flatnonzero(~settled):
        whole, best, bits = use[stray].sum(), np.int64(0), np.flatnonzero(use[stray])
        for group in hosts:
            pull = np.int64(0)
            for bit in bits:
                if use[group, bit] > 0:
                    belongs = use[group, bit] * WHOLE // at_home[bit]
                    pull += np.int64(np.rint(belongs * (use[stray, bit] / whole)))
            if pull >= least_pull and pull > best:
                best, host[stray] = pull, group
    return host
