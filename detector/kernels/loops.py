"""The ways in which a loop over rows is compiled: one that is called from Python, and its parts.

Compiling costs 15 ms a line, at the first run of each version: nothing is compiled twice. What
NumPy does with whole arrays costs more, once for each type and shape of them: 0.1 to 0.4 s for
`np.flatnonzero`, 0.2 s for `np.full` or `np.zeros`. Statements about one element are cheapest.
"""

import sys
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., Any])
_njit: Any = numba.njit  # whose types know neither all options nor what a decorator keeps


def _stay_without_algebra() -> None:
    """Let Numba find no linear algebra, which no loop does: SciPy's takes 0.1 s to load."""
    known = cast("dict[str, None]", sys.modules)
    if "scipy.linalg" not in known:
        known["scipy.linalg"] = None
        with suppress(ImportError):
            import_module("numba.np.arraymath")
        del known["scipy.linalg"]


_stay_without_algebra()


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
