"""The ways in which a loop over rows is compiled: one that is called from Python, and its parts.

Compiling costs 15 ms a line, at the first run of each version: nothing is compiled twice. What
NumPy does with whole arrays costs more, once for each type and shape of them: 0.1 to 0.4 s for
`np.flatnonzero`, 0.2 s for `np.full` or `np.zeros`. Statements about one element are cheapest.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

import numba

from detector.kernels.loading import load_without

F = TypeVar("F", bound=Callable[..., Any])
_njit: Any = numba.njit  # whose types know neither all options nor what a decorator keeps


# Linear algebra, which no loop does: SciPy's takes 0.1 s to load.
with suppress(ImportError):
    load_without("scipy.linalg", "numba.np.arraymath")


def loop(function: F) -> F:
    """Compile a loop when it is first called, and keep it for later runs; others run meanwhile.

    Examples:
        It is called like any other, once it stands in a file, by which it is found again:

        >>> import numpy as np
        >>> from detector.kernels.union_find import find_root
        >>> int(find_root(np.array([0, 0, 1]), 2))
        0
    """
    # Without the entry for callers written in C, of whom there are none.
    return _njit(cache=True, nogil=True, no_cfunc_wrapper=True)(function)


def part(function: F) -> F:
    """Write a function into each loop that calls it, before that is compiled.

    For what is short, or called from one place: a function of its own is compiled once by itself,
    and once more with each loop that calls it, and those that call them.
    """
    return _njit(cache=True, nogil=True, inline="always")(function)
