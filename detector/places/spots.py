# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
"""The spots between which places are put together: lines that hop, and networks that stay.

A spot is numbered: a line by its first unit, so below the number of units; a network that no
line claims by the number of units and its node's. In one account and provider that is the order
of their names.
"""

import numpy as np
from numba import njit  # pyright: ignore[reportMissingTypeStubs]

from detector.kernels.blocks import Ints
from detector.places.layout import Flags, Stays
from detector.places.units import Units


@njit(cache=True, nogil=True)
def name_spots(stays: Stays, units: Units, line: Ints, spot: Flags, nodes: int) -> Ints:
    """Give every network of an account one spot: the busiest line on it, or itself.

    A guest's own line must not claim the host's network: the line with most days wins.

    Args:
        stays: The sightings.
        units: Those that hop.
        line: Of each unit, from `label_lines`.
        spot: Rows that are at any spot at all.
        nodes: How many there are.

    Returns:
        The spot of each node; -1 for a network that is none.
    """
    days = np.zeros(len(line), np.int64)
    for unit in range(len(line)):
        days[line[unit]] += units.days[unit]
    found = np.full(nodes, -1, np.int64)
    for row in np.flatnonzero(spot):
        node, unit = stays.node[row], units.of_row[row]
        if unit < 0:
            if found[node] < 0:
                found[node] = len(line) + node
            continue
        claim, held = line[unit], found[node]
        if held < 0 or held >= len(line) or (-days[claim], claim) < (-days[held], held):
            found[node] = claim
    return found
