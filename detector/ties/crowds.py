# pyright: reportArgumentType=false
"""How much better the places of one device tell another's than the crowd of the town does.

A place found by coordinates is a home, a stadium or a street corner, and only the number of
accounts seen there says which. One who lives with another goes to the other's places, each as
often as the other does, or to any that anybody goes to; a stranger of the same town only to these.
"""

import numpy as np

from detector.kernels.loops import loop, part
from detector.ties.overlap import MICRO, Stretches


@part
def tell_by_crowd(s: Stretches, a: int, b: int, habit: float, elsewhere: float) -> float:
    """The bits by which both devices' places are told by the other's, added up of both sides.

    Args:
        s: Stretches of which those of the two devices have a crowd.
        a: One device.
        b: The other.
        habit: Share of the places of one who lives with another that are the other's too.
        elsewhere: Places that a stranger goes to for each of these two.

    Examples:
        Two telephones at one corner that nobody else goes to, and at a stadium where thousands do;
        the corner tells, the stadium alone does not:

        >>> corner, stadium = np.array([0, 0, 1, 1]), np.array([0, 1, 1, 2])
        >>> day, weight = np.zeros(4, np.int64), np.ones(4)
        >>> from detector.ties.overlap import cut_stretches
        >>> both = cut_stretches(np.array([0, 2, 4]), corner * 0 + np.array([0, 1, 0, 1]), day,
        ...     weight, np.array([1, 5000, 1, 5000]))
        >>> apart = cut_stretches(np.array([0, 2, 4]), stadium, day, weight,
        ...     np.array([1, 5000, 5000, 1]))
        >>> [round(tell_by_crowd(each, 0, 1, 0.5, 4.0)) > 0 for each in (both, apart)]
        [True, False]
    """
    crowd = _count_crowd(s, a, b) * elsewhere
    return _tell_one(s, a, b, habit, crowd) + _tell_one(s, b, a, habit, crowd)


@part
def _count_crowd(s: Stretches, a: int, b: int) -> np.int64:
    """Accounts at each place of either device, added up."""
    i, j, crowd = s.devices[a], s.devices[b], np.int64(0)
    while i < s.devices[a + 1] or j < s.devices[b + 1]:
        if j == s.devices[b + 1] or (i < s.devices[a + 1] and s.place[i] < s.place[j]):
            crowd += s.crowd[i]
            i += 1
        else:
            if i < s.devices[a + 1] and s.place[i] == s.place[j]:
                i += 1
            crowd += s.crowd[j]
            j += 1
    return np.int64(crowd)


@loop
def _tell_one(s: Stretches, a: int, b: int, habit: float, crowd: float) -> float:
    """Of the places of `a`, each once, as a life has many: the mean."""
    bits, j, places = 0, s.devices[b], s.devices[a + 1] - s.devices[a]
    for i in range(s.devices[a], s.devices[a + 1]):
        while j < s.devices[b + 1] and s.place[j] < s.place[i]:
            j += 1
        share = 0.0
        if j < s.devices[b + 1] and s.place[j] == s.place[i]:
            share = (s.rows[j + 1] - s.rows[j]) / s.total[b]
        gain = np.log2(1 - habit + habit * share * crowd / s.crowd[i])
        bits += np.int64(np.rint(gain * MICRO))
    return bits / MICRO / places


@loop
def only_crowds(s: Stretches, device: int) -> bool:
    """Whether all places of a device, and at least one, were found by coordinates."""
    for k in range(s.devices[device], s.devices[device + 1]):
        if s.crowd[k] == 0:
            return False
    return s.devices[device + 1] > s.devices[device]
