"""Grids of yes and no: owners in rows, days across."""

from detector.kernels.arrays import Flags, Ints


def find_ends(flags: Flags) -> tuple[Ints, Ints]:
    """The first and the last column that is set; of a row without any, nothing in particular.

    Examples:
        >>> import numpy as np
        >>> [ends.tolist() for ends in find_ends(np.array([[False, True, True, False]]))]
        [[1], [2]]
    """
    return flags.argmax(axis=1), flags.shape[1] - 1 - flags[:, ::-1].argmax(axis=1)
