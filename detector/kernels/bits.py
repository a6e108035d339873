"""Sets that are kept as the bits of a number: of profiles, hours, half-hours."""

import numpy as np

from detector.kernels.arrays import Bits, Ints, Longs
from detector.kernels.loops import loop, part

BITS = 64
"""What one number can tell apart, such as the profiles of a visit."""


@loop
def count_bits(masks: Longs) -> Ints:
    """In how many masks each bit is set, such as on how many visits each profile was used.

    Examples:
        >>> count_bits(np.array([1, 5], np.uint64))[:3].tolist()
        [2, 0, 1]
    """
    count, one = np.zeros(BITS, np.int64), np.uint64(1)
    for mask in masks:
        bit = 0
        while mask:
            count[bit] += np.int64(mask & one)
            mask, bit = mask >> one, bit + 1
    return count


def to_hours(half_hours: Longs) -> Bits:
    """Tell the hours of a day in which any of the two half-hours is set.

    Examples:
        The half-hours from 20:30 to 21:30 lie in two hours:

        >>> to_hours(np.array([0b11 << 41], np.uint64)).tolist() == [0b11 << 20]
        True
    """
    hours = (half_hours | half_hours >> np.uint64(1)) & np.uint64(0x5555_5555_5555_5555)
    for shift, kept in _CLOSER:
        hours = (hours | hours >> np.uint64(shift)) & np.uint64(kept)
    return hours.astype(np.uint32)


_CLOSER = (
    (1, 0x3333_3333_3333_3333),
    (2, 0x0F0F_0F0F_0F0F_0F0F),
    (4, 0x00FF_00FF_00FF_00FF),
    (8, 0x0000_FFFF_0000_FFFF),
    (16, 0x0000_0000_FFFF_FFFF),
)
"""Every other bit, brought together in ever wider fields."""


@part
def count_ones(bits: np.uint64 | np.uint32) -> int:
    """How many bits are set, added up in ever wider fields.

    Examples:
        >>> count_ones(np.uint64(0b1011)), count_ones(np.uint64(1 << 63))
        (3, 1)
    """
    word = np.uint64(bits)
    word -= (word >> np.uint64(1)) & np.uint64(0x5555555555555555)
    pairs = word & np.uint64(0x3333333333333333)
    word = pairs + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    with_carry = word * np.uint64(0x0101010101010101)
    return int(with_carry >> np.uint64(56))
