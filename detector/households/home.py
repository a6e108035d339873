"""Groups of devices get their numbers: 0 is home, where most of an account's life is."""

import numpy as np
from numba import njit

from detector.households.layout import Lives
from detector.kernels.arrays import Ints
from detector.kernels.sorts import sort_rows


@njit(cache=True, nogil=True)
def number_groups(lives: Lives, label: Ints, day_at_a_place: int) -> Ints:
    """Number the groups of each account by how much of its life they hold.

    Args:
        lives: Of any accounts.
        label: Of each device: any device of its account, the same for all of a group; -1 for
            what is no device.
        day_at_a_place: How much more it says of where the life is than a day on the road.

    Returns:
        The group of each device, -1 for none; 0 is home.
    """
    group = np.full(len(label), -1, np.int64)
    weight, least = _weigh(lives, label, day_at_a_place)
    for account in range(len(lives.accounts) - 1):
        begin, end = lives.accounts[account], lives.accounts[account + 1]
        order = begin + np.flatnonzero(least[begin:end] >= 0)
        sort_rows(order, weight, least)
        for k in range(len(order)):
            weight[order[k]] = k
        for device in range(begin, end):
            if label[device] >= 0:
                group[device] = weight[label[device]]
    return group


@njit(cache=True, nogil=True)
def _weigh(lives: Lives, label: Ints, day_at_a_place: int) -> tuple[Ints, Ints]:
    """How much of its account's life each label holds, as a number below 0; its first device."""
    life, use = np.zeros(len(label), np.int64), np.zeros(len(label), np.int64)
    least = np.full(len(label), -1, np.int64)
    for device in range(len(label)):
        mine = label[device]
        if mine < 0:
            continue
        if least[mine] < 0:
            least[mine] = device
        for row in range(lives.devices[device], lives.devices[device + 1]):
            life[mine] += day_at_a_place if lives.place[row] >= 0 else 1
            use[mine] += lives.use[row]
    return -life * use, least


@njit(cache=True, nogil=True)
def give_places(lives: Lives, group: Ints) -> tuple[Ints, Ints, Ints]:
    """A place belongs to the group that spends most device-days there; home wins a draw.

    Returns:
        The account, number and group of each place of a group, in order.
    """
    size = len(lives.place)
    order, of_row = np.empty(size, np.int64), np.empty(size, np.int64)
    owner, place = np.empty(size, np.int64), np.empty(size, np.int64)
    winner, found = np.empty(size, np.int64), 0
    for account in range(len(lives.accounts) - 1):
        count = 0
        for device in range(lives.accounts[account], lives.accounts[account + 1]):
            for row in range(lives.devices[device], lives.devices[device + 1]):
                of_row[row] = group[device]
                if group[device] >= 0 and lives.place[row] >= 0:
                    order[count] = row
                    count += 1
        mine = order[:count]
        sort_rows(mine, lives.place, of_row)
        run, best = 0, 0
        for k in range(count):
            row, last = mine[k], mine[k - 1]
            new = k == 0 or lives.place[row] != lives.place[last]
            run = 1 if new or of_row[row] != of_row[last] else run + 1
            if new:
                owner[found], place[found], best = account, lives.place[row], 0
                found += 1
            if run > best:
                best, winner[found - 1] = run, of_row[row]
    return owner[:found], place[:found], winner[:found]
