"""Less chance in what is read: what an account did before tells part of what it does after.

A. Deng, Y. Xu, R. Kohavi, T. Walker, WSDM 2013. What was before cannot be the pilot's doing, so
that taking it out moves no estimate and narrows its interval.
"""

import numpy as np

from detector.kernels.arrays import Floats, Ints


def take_out(outcome: Floats, before: Floats, cell: Ints) -> Floats:
    """Take out of an outcome what the time before tells of it.

    How much that is, is learnt within the cells, each of one stratum and arm: between arms it
    would learn from the effect itself.

    Args:
        outcome: Of each account.
        before: What it did before the pilot; where that is not known, not a number.
        cell: Its stratum and arm, numbered from 0.

    Returns:
        The outcome of each account, with the same mean over all.

    Examples:
        Who watched more before watches more after; what is left differs by the arm alone:

        >>> before = np.array([1.0, 2, 3, 1, 2, 3])
        >>> cell = np.array([0, 0, 0, 1, 1, 1])
        >>> take_out(before * 2 + cell, before, cell).tolist()
        [4.0, 4.0, 4.0, 5.0, 5.0, 5.0]
    """
    known = np.where(np.isnan(before), np.nanmean(before), before)
    own_before = known - _mean_of_cell(known, cell)
    own_outcome = outcome - _mean_of_cell(outcome, cell)
    spread = float(own_before @ own_before)
    slope = float(own_before @ own_outcome) / spread if spread > 0 else 0.0
    return outcome - slope * (known - known.mean())


def _mean_of_cell(values: Floats, cell: Ints) -> Floats:
    counts = np.bincount(cell)
    return (np.bincount(cell, weights=values) / np.maximum(counts, 1))[cell]
