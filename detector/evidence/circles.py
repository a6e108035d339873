"""Visits → circles: devices of an account that are chained together by the profiles they use."""

import numpy as np

from detector.kernels.arrays import Ints, Longs
from detector.kernels.bits import BITS, count_bits
from detector.kernels.loops import loop, part
from detector.kernels.union_find import find_root, unite

NOBODY = -1


@loop
def chain_devices(profiles: Longs, devices: Ints, accounts: Ints, slip_one_in: int) -> Ints:
    """Chain the devices of each account that use the same profiles.

    A family shares a television, so its profiles meet there; two households behind one
    address do not share a screen, and fall into circles of their own.

    Args:
        profiles: Of each visit, a bit for each profile.
        devices: The first visit of each device, and the number of visits.
        accounts: The first device of each account, and the number of devices.
        slip_one_in: A profile that is less than one in so many of a device's uses is a slip.

    Returns:
        The first device of each device's circle; `NOBODY` for one without profiles.

    Examples:
        >>> phone, stick, television = [0b001], [0b100], [0b011]
        >>> used = np.array([*phone, *stick, *television], np.uint64)
        >>> chain_devices(used, np.arange(4), np.array([0, 3]), 10).tolist()
        [0, 1, 0]
    """
    parent = np.arange(len(devices) - 1)
    used = np.zeros(len(parent), np.bool_)
    for account in range(len(accounts) - 1):
        first = np.full(BITS, NOBODY, np.int64)
        for device in range(accounts[account], accounts[account + 1]):
            count = count_bits(profiles[devices[device] : devices[device + 1]])
            used[device] = _chain(parent, first, count, device, slip_one_in)
    circle = np.full(len(parent), NOBODY, np.int64)
    for device in range(len(parent)):
        if used[device]:
            circle[device] = find_root(parent, device)
    return circle


@part
def _chain(parent: Ints, first: Ints, count: Ints, device: int, slip_one_in: int) -> bool:
    """Unite a device with the first that used its profiles; whether it used any."""
    whole = np.int64(0)
    for bit in range(BITS):
        whole += count[bit]
    for bit in range(BITS):
        if count[bit] > 0 and slip_one_in * count[bit] >= whole:
            if first[bit] == NOBODY:
                first[bit] = device
            unite(parent, first[bit], device)
    return bool(whole > 0)
